"""A simulation's log as values for JSON and as lines for people; the same log, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from mautod.core.times.instants import iso
from mautod.services.simulate.log import Entry, Letter, Log

LINES: Final = 3
"""How much of a letter's text is shown."""
_EARLIEST: Final = 100_000_000_000
"""A whole number above it is an instant."""
_NAMED: Final = frozenset({"template", "message", "subject"})
"""Values that a sentence tells by themselves."""


def as_values(log: Log) -> dict[str, Any]:
    """All of the log; HTML aside, which is for files."""
    return {
        "chain": log.chain,
        "zone": log.zone,
        "start": iso(log.start),
        "until": iso(log.until),
        "log": [_entry(log, entry) for entry in log.entries],
        "messages": [_letter(log, letter) for letter in log.letters],
        "under_way": [_entry(log, entry) for entry in log.under_way],
    }


def _entry(log: Log, entry: Entry) -> dict[str, Any]:
    told = {
        "at": entry.at,
        "utc": iso(entry.at),
        "local": _wall(log.zone, entry.at).isoformat(timespec="milliseconds"),
        "kind": entry.kind,
        "what": entry.what,
        "chain": entry.chain,
        "run": entry.run,
        "step": entry.step,
        "values": dict(entry.values),
    }
    return {key: value for key, value in told.items() if value not in ("", 0, {})}


def _letter(log: Log, letter: Letter) -> dict[str, Any]:
    return {
        "utc": iso(letter.at),
        "local": _wall(log.zone, letter.at).isoformat(timespec="milliseconds"),
        "chain": letter.chain,
        "step": letter.step,
        "template": letter.template,
        "channel": letter.channel,
        "address": letter.address,
        "subject": letter.preview.subject,
        "text": letter.preview.text,
    }


def as_lines(log: Log, *, everything: bool = False) -> Iterator[str]:
    """What happened when, in UTC and on the person's clock.

    Of other chains only who entered, what was sent and how it ended, as long as this one went on;
    with `everything` all, the moves between segments too.
    """
    yield f"{'UTC':<19}  {log.zone}"
    letters = {one.message: one for one in log.letters}
    last = max((n for n, entry in enumerate(log.entries) if entry.chain == log.chain), default=-1)
    hidden = 0
    for number, entry in enumerate(log.entries):
        if everything or _matters(log, entry, late=number > last):
            yield f"{_times(log, entry.at)}  {_words(log, entry)}"
            if entry.kind == "sent":
                yield from _first_lines(letters.get(entry.values.get("message", 0)))
        else:
            hidden += entry.kind == "sent"
    yield from (f"{_times(log, entry.at)}  {_ahead(log, entry)}" for entry in log.under_way)
    if not any(entry.kind == "entered" and entry.chain == log.chain for entry in log.entries):
        yield f"Nobody entered {log.chain}."
    if hidden:
        yield f"Later {hidden} messages of other chains follow; see them with --all."


def _matters(log: Log, entry: Entry, *, late: bool) -> bool:
    if entry.chain == log.chain or entry.kind in {"aside", "event"}:
        return True
    return not late and entry.kind in {"entered", "sent", "ended"}


def _times(log: Log, at: int) -> str:
    utc = datetime.fromtimestamp(at // 1000, UTC)
    return f"{utc:%Y-%m-%d %H:%M:%S}  {_wall(log.zone, at):%a %d %b %H:%M:%S}"


def _wall(zone: str, at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone))


def _words(log: Log, entry: Entry) -> str:
    """One entry as a sentence; the chain is named where it is another."""
    words = _sentence(log, entry)
    return words if entry.chain in {"", log.chain} else f"({entry.chain}) {words}"


def _sentence(log: Log, entry: Entry) -> str:
    match entry.kind:
        case "event" | "segment":
            return f"{entry.what} {_values(log, entry.values)}".rstrip()
        case "aside":
            return f"set aside: {entry.what} {_values(log, entry.values)}"
        case "entered":
            return f"enters {entry.chain}"
        case "ended":
            return f"leaves {entry.chain}: {entry.what}"
        case "step" | "webhook":
            return _of_step(log, entry)
        case _:
            return _of_message(log, entry)


def _of_step(log: Log, entry: Entry) -> str:
    """Which step it is and until when it waits, or what a webhook was answered."""
    until = entry.values.get("until")
    waits = "" if until is None else f", until {_short(log, until)}"
    others = {key: value for key, value in entry.values.items() if key != "until"}
    told = f" {_values(log, others)}" if others and entry.kind == "webhook" else ""
    return f"{entry.kind} {entry.step}: {entry.what}{waits}{told}"


def _of_message(log: Log, entry: Entry) -> str:
    """What the gate said of a message, or what became of it."""
    values = {key: value for key, value in entry.values.items() if key not in _NAMED}
    told = _values(log, values)
    if entry.kind == "gate":
        return f"gate, {entry.values['template']}: {entry.what}  {told}".rstrip()
    if entry.kind == "sent":
        return f"sent {entry.what}: {entry.values.get('subject', '')}".removesuffix(": ")
    return f"{entry.kind} {entry.what} {told}".rstrip()


def _ahead(log: Log, entry: Entry) -> str:
    """What is still to come when the simulation ends."""
    chain = "" if entry.chain == log.chain else f"({entry.chain}) "
    if entry.kind == "gate":
        return f"{chain}{entry.values['template']} waits for this moment still"
    return f"{chain}is at step {entry.step} still"


def _values(log: Log, values: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={_value(log, value)}" for key, value in values.items())


def _value(log: Log, value: Any) -> str:
    if isinstance(value, int) and value > _EARLIEST:
        return _short(log, value)
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _short(log: Log, at: int) -> str:
    return f"{_wall(log.zone, at):%a %d %b %H:%M:%S}"


def _first_lines(letter: Letter | None) -> Iterator[str]:
    text = "" if letter is None else letter.preview.text
    lines = [line for line in text.splitlines() if line.strip()]
    yield from (f"{'':<42}| {line.strip()}" for line in lines[:LINES])
