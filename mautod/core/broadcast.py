"""A broadcast: when each of its recipients is written to.

All of it is arithmetic on what was asked for: the wall-clock time, the rate at which it grows, and
the share of people on whom variants are tried first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from mautod.core.experiments import draw
from mautod.core.files.definition import Table, expected, flag, one_of, span
from mautod.core.sending.holdout import WHOLE, Share, parse_share
from mautod.core.times.windows import Window, opening
from mautod.duration import DAY, HOUR, MINUTE, SECOND, parse_duration
from mautod.errors import BadInput

PERIODS: Final = {"minute": MINUTE, "hour": HOUR, "day": DAY}
MOST_PER_PERIOD: Final = 100_000_000
LATE: Final = ("send", "skip")

_EVEN: Final = 100  # percent of the stretch before
_GROWTH: Final = {"double": 200, "triple": 300}
_STEEPEST: Final = 1000
_RATE: Final = re.compile(r"(\d{1,9})\s+per\s+(minute|hour|day)")
_GROW: Final = re.compile(r"then\s+(?:(double|triple)|(\d{1,3})%\s+more)\s+every\s+(\S+)")
_MOST: Final = re.compile(r"at\s+most\s+(\d{1,9})")
_RAMP_HINT: Final = 'Write "500 per hour", or "100 per hour, then double every hour, at most 5000".'
_WALL: Final = "%Y-%m-%d %H:%M"
_LATEST_YEAR: Final = 2200
_MOST_OPENINGS: Final = 14
_MOST_FREE: Final = 64


@dataclass(frozen=True, slots=True)
class Ramp:
    """How fast: `count` in each `period_ms`, and with every stretch of `every_ms` `percent` of it.

    The moments at which somebody may be written to, its slots, are spread evenly and numbered from
    0. Whatever subset of them is used, no period holds more than the highest rate that it touches.
    `text` is how a person wrote it.
    """

    count: int
    period_ms: int
    percent: int = _EVEN
    every_ms: int = HOUR
    most: int = MOST_PER_PERIOD
    text: str = ""

    def __post_init__(self) -> None:
        fits = 1 <= self.count <= self.most <= MOST_PER_PERIOD
        if not fits or self.every_ms < self.period_ms or self.every_ms % self.period_ms:
            raise BadInput(f"{self.text!r} is no rate", hint=_RAMP_HINT)

    def moment(self, slot: int) -> int:
        """When a slot is, in milliseconds after the beginning."""
        start = first = 0
        for count in self._growing():
            size = self._size(count)
            if slot < first + size:
                return start + (slot - first) * self.period_ms // count
            start, first = start + self.every_ms, first + size
        return start + (slot - first) * self.period_ms // self._last()

    def slot(self, moment: int) -> int:
        """The first slot that is not before `moment`."""
        start = first = 0
        for count in self._growing():
            if moment <= start:
                return first
            if moment < start + self.every_ms:
                return first + _up((moment - start) * count, self.period_ms)
            start, first = start + self.every_ms, first + self._size(count)
        return first + _up(max(moment - start, 0) * self._last(), self.period_ms)

    def _growing(self) -> Iterator[int]:
        """The rates of the stretches before the rate stays as it is."""
        count = self.count
        while self.percent > _EVEN and count < self.most:
            yield count
            grown = max(count * self.percent // _EVEN, count + 1)
            count = min(grown, self.most)

    def _last(self) -> int:
        return self.most if self.percent > _EVEN else self.count

    def _size(self, count: int) -> int:
        return count * (self.every_ms // self.period_ms)


def parse_ramp(text: str) -> Ramp:
    """The rate in `text`: `500 per hour`, `100 per hour, then double every day, at most 900`.

    Raises:
        BadInput: it says none.
    """
    parts = [part.strip() for part in text.lower().split(",")]
    rate = _RATE.fullmatch(parts[0])
    grow = _GROW.fullmatch(parts[1]) if len(parts) > 1 else None
    most = _MOST.fullmatch(parts[-1]) if len(parts) > 1 else None
    if rate is None or len(parts) != 1 + (grow is not None) + (most is not None):
        raise BadInput(f"{text[:80]!r} is no rate", hint=_RAMP_HINT)
    if grow is None and most is not None:
        raise BadInput(f"{text[:80]!r} grows towards nothing", hint=_RAMP_HINT)
    period = PERIODS[rate[2]]
    percent = _GROWTH.get(grow[1] or "", _EVEN + int(grow[2] or 0)) if grow else _EVEN
    if percent > _STEEPEST:
        raise BadInput(f"{text[:80]!r} grows more than tenfold", hint=_RAMP_HINT)
    every = _every(grow[3]) if grow else period
    return Ramp(
        int(rate[1]), period, percent, every, int(most[1]) if most else MOST_PER_PERIOD, text
    )


def _every(text: str) -> int:
    return PERIODS.get(text) or parse_duration(text)


def _up(value: int, by: int) -> int:
    return -(-value // by)


@dataclass(frozen=True, slots=True)
class Trial:
    """Variants are tried on `share` of the people; the rest waits for the better one.

    With no winner `decide_ms` after the last of them was written to, the better so far is taken.
    """

    share: Share
    decide_ms: int

    def takes(self, broadcast: str, person_id: int) -> bool:
        """Whether somebody is among the first; the same person always is, or is not."""
        weights = {"first": self.share.e4, "rest": WHOLE - self.share.e4}
        return draw(weights, broadcast, "", person_id) == "first"


@dataclass(frozen=True, slots=True)
class Slots:
    """Which slots of a ramp are taken: all before `next`, but for stretches [first, end) of `free`.

    What is free was passed over because of somebody's hours; others may have it. Only the latest
    stretches are remembered.
    """

    next: int = 0
    free: tuple[tuple[int, int], ...] = ()

    def taken(self, slot: int) -> Slots:
        """The same without `slot`."""
        if slot >= self.next:
            return Slots(slot + 1, _some((*self.free, (self.next, slot))))
        parts: list[tuple[int, int]] = []
        for first, end in self.free:
            whole = not first <= slot < end
            parts += [(first, end)] if whole else [(first, slot), (slot + 1, end)]
        return Slots(self.next, _some(parts))


def _some(free: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(part for part in free if part[0] < part[1])[-_MOST_FREE:]


@dataclass(frozen=True, slots=True)
class Plan:
    """When recipients are written to.

    `at` is a time on the wall clock of the workspace, or with `local` of each recipient; None is
    at once. Whose time has passed when the broadcast starts is written to at once, or with `late`
    = `skip` not at all.
    """

    at: datetime | None = None
    local: bool = False
    late: str = "send"
    ramp: Ramp | None = None
    trial: Trial | None = None

    def earliest(self, zone: str, started_at: int) -> int | None:
        """The first instant that suits somebody in `zone`; None if it has passed and is skipped.

        `zone` is the recipient's, or the workspace's where `local` is not asked for.
        """
        instant = self.instant(zone)
        if instant is None or (instant < started_at and self.late == "send"):
            return started_at
        return instant if instant >= started_at else None

    def take(self, hours: Hours, begin: int, slots: Slots, earliest: int) -> tuple[int, Slots]:
        """When somebody is written to, and what is left: their first free slot inside their hours.

        Nobody is earlier than `begin` or than `earliest`. Where no slot ever meets the hours (one a
        day, at night), the next is taken as it is: then the letter waits at the gate.
        """
        if self.ramp is None:
            return max(begin, earliest), slots
        soonest = self.ramp.slot(earliest - begin)
        for first, end in (*slots.free, (slots.next, None)):
            found = self._meeting(hours, begin, max(first, soonest), end)
            if found is not None:
                break
        else:
            found = max(slots.next, soonest)
        return begin + self.ramp.moment(found), slots.taken(found)

    def _meeting(self, hours: Hours, begin: int, slot: int, end: int | None) -> int | None:
        """The first slot from `slot` on, before `end`, that is inside the hours."""
        assert self.ramp is not None, "there are slots"
        for _ in range(_MOST_OPENINGS):
            if end is not None and slot >= end:
                return None
            when = begin + self.ramp.moment(slot)
            opens = opening(hours.windows, hours.zone, when)
            if opens is None:
                return None
            if opens == when:
                return slot
            slot = max(slot + 1, self.ramp.slot(opens - begin))
        return None

    def instant(self, zone: str) -> int | None:
        """When its time is in `zone`; None if it has none."""
        return None if self.at is None else wall(self.at, zone)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a person may be written to: all `windows` on the wall clock of their `zone`."""

    windows: tuple[Window, ...]
    zone: str


def read_plan(table: Table) -> Plan:
    """The plan in the `[broadcast]` table of a definition.

    Raises:
        DefinitionError: it is none.
    """
    table.only("at", "local", "late", "ramp", "test", "decide")
    at = table.get("at", wall_time, None)
    if at is None and ("local" in table or "late" in table):
        raise table.error("", "has no time of its own.", 'Write at = "2026-12-01 10:00".')
    trial = None
    if "test" in table:
        trial = Trial(table.need("test", _share), table.need("decide", span))
    return Plan(
        at=at,
        local=table.get("local", flag, default=False),
        late=table.get("late", one_of(*LATE), LATE[0]),
        ramp=table.get("ramp", _ramp, None),
        trial=trial,
    )


def wall_time(value: Any) -> datetime:
    """Reader: a date and a time of day without a zone."""
    try:
        found = datetime.strptime(str(value).replace("T", " ").strip(), _WALL)  # noqa: DTZ007
    except ValueError:
        raise expected('a date and a time like "2026-12-01 10:00"', value) from None
    if not 1970 < found.year < _LATEST_YEAR:  # noqa: PLR2004 - before that no clock of ours ran
        raise expected("a year that somebody lives to see", value)
    return found


def _share(value: Any) -> Share:
    if not isinstance(value, str):
        raise expected('a share of people like "20%"', value)
    return parse_share(value)


def _ramp(value: Any) -> Ramp:
    if not isinstance(value, str):
        raise expected('a rate like "500 per hour"', value)
    return parse_ramp(value)


@lru_cache(maxsize=2048)
def wall(at: datetime, zone: str) -> int:
    """The instant of a wall-clock time in a zone.

    One that the clock skips is the moment after the change, one that it repeats is the first.
    """
    return int(at.replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND
