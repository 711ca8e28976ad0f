"""The smallest change with which a message would have left, from what the gate recorded.

Pure: a verdict's reason and its evidence in, words out; one for every check that stood in the way,
as each of them alone would have held the message. Old evidence that lacks a value still gives
words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from mautod.core.sending.gate import CHANNEL_PAUSED, Evidence
from mautod.core.times.windows import first_known_zone
from mautod.duration import SECOND

REFUSED: Final = "refuse"
ALSO: Final = "also"


def remedies(verdict: str, reason: str, evidence: Evidence) -> list[str]:
    """What would have had to be different, in the order of the gate; nothing for a pass."""
    refused = verdict == REFUSED
    if not refused and verdict != "postpone":
        return []
    others = evidence.get(ALSO, ())
    rest = list(_listed(others))
    zone = _zone([evidence, *rest])
    found = [(reason, _Seen(evidence, zone, refused))]
    found += [(str(o.get("reason", "")), _Seen(o, zone, "until" not in o)) for o in rest]
    return [_WORDS[name](seen) for name, seen in found if name in _WORDS]


def _listed(others: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(others, list | tuple):
        yield from (other for other in others if isinstance(other, Mapping))


def _zone(seen: list[Evidence]) -> str:
    """The person's zone, if any check looked at it."""
    return first_known_zone(*(str(each["zone"]) for each in seen if "zone" in each))


class _Seen:
    """Evidence for phrases: texts by key, instants on the person's clock."""

    def __init__(self, evidence: Evidence, zone: str, refused: bool) -> None:  # noqa: FBT001
        self._evidence = evidence
        self._zone = zone
        self.refused = refused

    def text(self, key: str, missing: str = "?") -> str:
        found = self._evidence.get(key)
        if isinstance(found, list | tuple):
            return ", ".join(map(str, found))
        return missing if found is None or found == "" else str(found)

    def has(self, key: str) -> bool:
        return isinstance(self._evidence.get(key), int)

    def at(self, key: str) -> str:
        instant = self._evidence.get(key)
        if not isinstance(instant, int):
            return "?"
        wall = datetime.fromtimestamp(instant // SECOND, UTC).astimezone(ZoneInfo(self._zone))
        return f"{wall:%a %Y-%m-%d %H:%M} {self._zone}"


def _unsubscribed(seen: _Seen) -> str:
    scope, topic = seen.text("scope"), seen.text("topic")
    what = {"channel": "this channel", "all": "marketing at all"}.get(scope, topic)
    who = " by that address" if seen.text("by") == "address" else ""
    return f"a new opt-in{who} to {what}, unsubscribed since {seen.at('at')}"


def _left(seen: _Seen) -> str:
    match seen.text("how"):
        case "leave rule":
            return "a new entry: the chain's leave rule had ended this run"
        case "merged":
            return "nothing: the person's other run goes on in its place"
        case "chain stopped":
            return "the chain put back in force"
        case how:
            return f"a new entry: this run had ended ({how})"


def _cap(seen: _Seen) -> str:
    what = f"{seen.text('cap')} of {seen.text('of', 'all marketing')}"
    if not seen.has("frees_at"):
        return f"room in the cap of {what}"
    wait = ', which over_cap = "wait" does' if seen.refused else ""
    return f"to leave from {seen.at('frees_at')} on, when the cap of {what} has room{wait}"


def _expired(seen: _Seen) -> str:
    later = next((key for key in ("opens_at", "frees_at") if seen.has(key)), None)
    until = f", to last beyond {seen.at(later)}" if later else ""
    return f"to leave before {seen.at('expires_at')}, or a longer expires{until}"


def _window(seen: _Seen) -> str:
    if not seen.has("opens_at"):
        return f"windows that are ever open together, unlike {seen.text('window')}"
    wait = ', which outside = "wait" does' if seen.refused else ""
    return f"to leave from {seen.at('opens_at')} on{wait}"


_WORDS: Final[Mapping[str, Callable[[_Seen], str]]] = {
    "erased": lambda _: "nothing: who was erased is never written to",
    "no address": lambda seen: f"an address for {seen.text('channel', 'this channel')}",
    "suppressed": lambda seen: (
        f"another address: this one is never used again ({seen.text('why')})"
    ),
    "unsubscribed": _unsubscribed,
    "not confirmed": lambda seen: (
        f"the confirmation of {seen.text('topic')}, asked for on {seen.at('at')}"
    ),
    "not subscribed": lambda seen: (
        f"a yes to {seen.text('topic')}, which nobody gets who did not ask for it:"
        f" mautod subscribe PERSON {seen.text('topic')} --source TEXT"
    ),
    "left": _left,
    "goal reached": lambda _: "nothing: its goal was reached without it",
    "test": lambda seen: (
        f"a place on the test list of {seen.text('list')}, or the end of its trial"
    ),
    "holdout": lambda seen: (
        f"nothing, by design: the {seen.text('by')} keeps {seen.text('share', 'some')} of all"
        " people from its marketing, to measure what it does"
    ),
    "paused": lambda seen: (
        f"to leave from {seen.at('paused_until')} on: so long the person wants a rest"
    ),
    CHANNEL_PAUSED: lambda seen: (
        f"the channel resumed: mautod messages resume {seen.text('channel')}"
    ),
    "cap": _cap,
    "expired": _expired,
    "window": _window,
    "rate": lambda _: "a faster channel",
    "unreadable": lambda _: "a mautod that can read it",
}
