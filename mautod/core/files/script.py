"""What an invented person is like, does and answers: the file that a simulation plays.

zone  = "Europe/Berlin"         the person's; without it the workspace's clock holds
start = "2026-01-05 10:00"      on the person's clock
for   = "30d"                   how far to look

[person]
email = "anna@example.com"

[[event]]
at    = "+1h"                   from the start, or a date and time; "-30d" lies before it
name  = "Product Added"
props = { price = 14.5 }

[[reaction]]
to    = "cart-1"                whenever this message has come
after = "10m"
click = "cart"                  the first link that holds this

[[answer]]
to    = "crm"                   whenever this webhook step asks; or chain = "…" besides
after = "2s"
body  = { ok = true }           or fails = "503 Service Unavailable"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from mautod.core.files.definition import (
    Table,
    duration,
    expected,
    flag,
    key_name,
    label,
    span,
    text,
)
from mautod.core.rules.dates import instant
from mautod.core.times.windows import known_zone
from mautod.duration import MINUTE, SECOND, parse_duration
from mautod.errors import BadInput

KEYS: Final = ("zone", "start", "for", "person", "event", "reaction", "answer")
START: Final = "2026-01-05 10:00"
LENGTH: Final = "180d"
MOST: Final = 500
"""Events, and reactions, of one script."""
FURTHEST_MS: Final = parse_duration("3660d")
DEEDS: Final = ("name", "traits", "start")
ANSWERS: Final = ("open", "click", "unsubscribe", "event")


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that happens at the instant `at`: an event, news of the person, or a start.

    `name` is the event's; `traits` what becomes known; `chain` one that an operator starts.
    `trusted`: it comes from a server, not from the person's browser.
    """

    at: int
    name: str = ""
    props: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    chain: str = ""
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the person does `after_ms` a message of template `to` has come.

    `does` is open, click, unsubscribe or event. `link` is a piece of the address that is clicked,
    `name` and `props` are the event's.
    """

    to: str
    after_ms: int
    does: str
    link: str = ""
    name: str = ""
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a webhook step is answered `after_ms` it asked: `body`, or with `fails` that it failed.

    `chain` is "" where steps of every chain are meant.
    """

    to: str
    after_ms: int
    chain: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    fails: str = ""

    def fits(self, chain: str, step: str) -> bool:
        """Whether this is what a step of a chain is answered."""
        return step == self.to and self.chain in ("", chain)


@dataclass(frozen=True, slots=True)
class Script:
    """One person and all that they do; instants in UTC ms, `zone` is "" if it is not known."""

    zone: str
    start: int
    until: int
    person: Mapping[str, Any]
    deeds: tuple[Deed, ...]
    reactions: tuple[Reaction, ...]
    replies: tuple[Reply, ...] = ()

    @property
    def begin(self) -> int:
        """When the person comes into being: at the start, or with what lies before it."""
        return min([self.start, *(deed.at for deed in self.deeds)])


def read_script(table: Table, zone: str) -> Script:
    """The script in `table`, other keys of which are not looked at; `zone` is the workspace's.

    Raises:
        DefinitionError: naming file, line, key and what was expected.
    """
    clock = clock_of(table, zone)
    person = table.table("person")
    deeds = (_deed(part, clock) for part in _few(table, "event"))
    return Script(
        zone=table.get("zone", _zone, ""),
        start=clock.start,
        until=clock.start + table.get("for", span, parse_duration(LENGTH)),
        person={} if person is None else _plain(person.values),
        deeds=tuple(sorted(deeds, key=lambda deed: deed.at)),
        reactions=tuple(_reaction(part) for part in _few(table, "reaction")),
        replies=tuple(_reply(part) for part in _few(table, "answer")),
    )


def clock_of(table: Table, zone: str) -> Clock:
    """The clock of the script in `table`; `zone` is the workspace's.

    Raises:
        DefinitionError: its zone or its start is none.
    """
    clock = Clock(table.get("zone", _zone, zone))
    return Clock(clock.zone, table.get("start", clock.moment, clock.moment(START)))


@dataclass(frozen=True, slots=True)
class Clock:
    """How a script's file tells the time: on the clock of `zone`, or counted from `start`."""

    zone: str
    start: int = 0

    def moment(self, value: Any) -> int:
        """Reader: a date and time on the person's clock."""
        written = value.isoformat() if isinstance(value, date | datetime) else value
        found = instant(written, self.zone) if isinstance(written, str) else None
        if found is None:
            raise expected('a date and time like "2026-01-05 10:00"', value)
        return found

    def at(self, value: Any) -> int:
        """Reader: a moment, or how long after the start it is: "+1h", "1d 2h", "-30d"."""
        if isinstance(value, date | datetime):
            return self.moment(value)
        words = text(value).strip()
        if instant(words, self.zone) is not None:
            return self.moment(words)
        sign = -1 if words.startswith("-") else 1
        try:
            length = sum(map(parse_duration, words.lstrip("+-").split()))
        except BadInput as error:
            raise expected('a time like "+1h", "1d 2h" or "2026-01-05 10:00"', value) from error
        if length > FURTHEST_MS:
            raise expected("at most ten years", value)
        return self.start + sign * length


def _deed(table: Table, clock: Clock) -> Deed:
    table.only("at", "props", "trusted", *DEEDS)
    what = _one_of(table, DEEDS)
    traits = table.table("traits")
    return Deed(
        at=table.get("at", clock.at, clock.start),
        name=table.get("name", label, ""),
        props=_props(table, with_="name" if what == "name" else ""),
        traits={} if traits is None else _plain(traits.values),
        chain=table.get("start", key_name, ""),
        trusted=table.get("trusted", flag, default=False),
    )


def _reaction(table: Table) -> Reaction:
    table.only("to", "after", "props", *ANSWERS)
    does = _one_of(table, ANSWERS)
    for key in ("open", "unsubscribe"):
        if not table.get(key, flag, default=True):
            raise table.error(key, "expected true.", "Or remove it.")
    return Reaction(
        to=table.need("to", key_name),
        after_ms=table.get("after", _pause, MINUTE),
        does=does,
        link=table.get("click", _link, ""),
        name=table.get("event", label, ""),
        props=_props(table, with_="event" if does == "event" else ""),
    )


def _reply(table: Table) -> Reply:
    table.only("to", "after", "chain", "body", "fails")
    body, fails = table.table("body"), table.get("fails", text, "")
    if body is not None and fails:
        raise table.error("fails", "what fails has no body.", "Remove one of them.")
    return Reply(
        to=table.need("to", key_name),
        after_ms=table.get("after", _pause, SECOND),
        chain=table.get("chain", key_name, ""),
        body={} if body is None else _plain(body.values),
        fails=fails,
    )


def _one_of(table: Table, keys: tuple[str, ...]) -> str:
    found = [key for key in keys if key in table]
    if len(found) != 1:
        words = ", ".join(keys)
        raise table.error("", f"needs one of {words}, found {len(found)}.", "Write one of them.")
    return found[0]


def _props(table: Table, with_: str) -> Mapping[str, Any]:
    inner = table.table("props")
    if inner is not None and not with_:
        raise table.error("props", "belong to an event.", "Remove them.")
    return {} if inner is None else _plain(inner.values)


def _few(table: Table, key: str) -> tuple[Table, ...]:
    found = table.tables(key)
    if len(found) > MOST:
        raise table.error(key, f"{len(found)} are too many.", f"At most {MOST}.")
    return found


def _zone(value: Any) -> str:
    name = text(value)
    if not known_zone(name):
        raise BadInput(f"{name[:80]!r} is no time zone.", hint="Write one like Europe/Berlin.")
    return name


def _pause(value: Any) -> int:
    length = duration(value)
    if length < SECOND:
        raise expected("at least one second", value)
    return length


def _link(value: Any) -> str:
    if value is True:
        return ""
    return text(value)


def _plain(value: Any) -> Any:
    """What JSON can hold: dates as text, numbers as they are written."""
    match value:
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case str() | int():
            return value
        case _:
            return value.isoformat()
