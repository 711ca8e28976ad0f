"""What needs somebody: from the checkup, the counters and the campaigns. Pure.

The gravest first, each with the place where something can be done about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mautod import wire
from tui import show
from tui.words import many, tr

GRAVE: Final = 0
WAITS: Final = 1
NOTE: Final = 2
QUIET_MS: Final = 60_000
SYSTEM: Final = "system"
CAMPAIGNS: Final = "campaigns"
SIGNS: Final = {GRAVE: ("✗", "$bad"), WAITS: ("◷", "$wait"), NOTE: ("·", "$quiet")}


@dataclass(frozen=True, slots=True)
class Need:
    """One thing: how grave, in a line, more of it, and the place and row that it leads to."""

    grade: int
    key: str
    text: str
    more: str = ""
    place: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the installation; None where the daemon was not asked yet."""

    status: wire.Status | None = None
    checkup: wire.Checkup | None = None
    chains: Sequence[wire.Chain] = ()
    broadcasts: Sequence[wire.Broadcast] = ()


def needs(known: Known) -> list[Need]:
    """All that needs somebody, the gravest first."""
    found = [
        *_counted(known.status),
        *_found(known.checkup),
        *_held(known.chains),
        *_sent(known.broadcasts),
    ]
    return sorted(found, key=lambda need: need.grade)


def works(status: wire.Status) -> bool:
    """Whether a worker is there: pumps with nothing to do let go of their leases for a while."""
    return any(pump.until > status.now - QUIET_MS for pump in status.pumps)


def _counted(status: wire.Status | None) -> Iterator[Need]:
    if status is None:
        return
    if status.pumps and not works(status):
        hint = tr("Nothing is digested or sent until one runs: mautod up, or mautod worker.")
        yield Need(GRAVE, "worker", tr("No worker is running."), hint, SYSTEM)
    failed = status.messages.get("failed", 0)
    if failed:
        words = many(failed, "message failed|messages failed")
        hint = tr("See: mautod messages list --state failed")
        yield Need(WAITS, "failed", f"{show.count(failed)} {words}", hint)


def _found(checkup: wire.Checkup | None) -> Iterator[Need]:
    for one in checkup.findings if checkup else ():
        if one.level == "ok":
            continue
        grade = GRAVE if one.level == "wrong" else NOTE
        more = "\n".join([*one.details, one.hint]).strip("\n")
        text = f"{show.clean(one.check)}: {show.clean(one.message)}"
        yield Need(grade, f"doctor-{one.check}", text, show.clean_lines(more), SYSTEM)


def _held(chains: Sequence[wire.Chain]) -> Iterator[Need]:
    for chain in chains:
        if chain.state == "paused":
            people = many(chain.active, "person waits|people wait")
            text = tr("{name} is paused", name=show.clean(chain.name))
            told = f"{text}, {show.count(chain.active)} {people}"
            yield Need(WAITS, f"chain-{chain.key}", told, "", CAMPAIGNS, chain.key)


def _sent(broadcasts: Sequence[wire.Broadcast]) -> Iterator[Need]:
    for sent in broadcasts:
        if sent.state == "paused":
            text = tr("broadcast {name} is paused", name=show.clean(sent.name))
            left = f"{show.count(sent.open)} {many(sent.open, 'person waits|people wait')}"
            yield Need(WAITS, f"broadcast-{sent.key}", f"{text}, {left}", "", CAMPAIGNS, sent.key)
