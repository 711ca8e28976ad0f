"""When time itself starts a chain: on a schedule, or by a date among a person's properties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from mautod.core.rules.dates import origins
from mautod.core.times.schedules import Schedule
from mautod.core.times.wall import day_of, days_showing, instant_of
from mautod.duration import DAY, HOUR, MINUTE, show_duration

_TWO_LEAP_YEARS_APART: Final = 8 * 366
LATE_MS: Final = DAY
"""What could not happen in time, because nothing was running, happens so much later at most."""

Span = tuple[int, int]
"""First and last instant of dates to look at."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """For everybody whom the chain takes, whenever the schedule says."""

    schedule: Schedule

    @property
    def text(self) -> str:
        """What tells it from another, and how it is said."""
        return f"schedule {self.schedule.text}"


@dataclass(frozen=True, slots=True)
class Dated:
    """For each person `offset_ms` after (or, below 0, before) the date in a property.

    With `at_ms`, so much after midnight of that day on the person's own clock, and the offset is
    whole days; `yearly`, on every anniversary of the day.
    """

    path: tuple[str, ...]
    offset_ms: int = 0
    at_ms: int | None = None
    yearly: bool = False

    @property
    def text(self) -> str:
        """What tells it from another, and how it is said."""
        sign = "-" if self.offset_ms < 0 else "+"
        parts = [f"date {'.'.join(self.path)}"]
        parts += [f"{sign}{show_duration(abs(self.offset_ms))}"] if self.offset_ms else []
        parts += ["every year"] if self.yearly else []
        if self.at_ms is not None:
            parts.append(f"at {self.at_ms // HOUR:02}:{self.at_ms % HOUR // MINUTE:02}")
        return " ".join(parts)

    def spans(self, first: int, final: int, reach: Span | None, zone: str) -> Iterator[Span]:
        """Where in an index of dates those lie that have their moment in (first, final].

        They may hold others, whom `moment` tells apart. `reach` are the first and last date that
        anybody has; `zone` is the workspace's.
        """
        if self.at_ms is None:
            yield first + 1 - self.offset_ms, final - self.offset_ms
            return
        for shown in sorted(days_showing(self.at_ms, first, final)):
            day = shown - timedelta(milliseconds=self.offset_ms)
            begin, end = instant_of(day, 0, zone), instant_of(day + timedelta(days=1), 0, zone)
            if not self.yearly:
                yield begin, end - 1
            elif reach is not None:
                yield from origins(begin, begin, reach, zone)

    def moment(self, value: int, first: int, final: int, zones: tuple[str, str]) -> int | None:
        """The moment of somebody whose date is `value`, if it is in (first, final].

        `zones`: the workspace's, by whose clock the date is a day, and the person's.
        """
        if self.at_ms is None:
            at = value + self.offset_ms
            return at if first < at <= final else None
        try:
            born = day_of(value, zones[0])
        except OverflowError:
            return None
        offset = timedelta(milliseconds=self.offset_ms)
        for shown in days_showing(self.at_ms, first, final):
            day = shown - offset
            if _falls_on(born, day) if self.yearly else born == day:
                at = instant_of(shown, self.at_ms, zones[1])
                if first < at <= final:
                    return at
        return None

    def following(self, value: int, after: int, zones: tuple[str, str]) -> int | None:
        """The first moment after an instant of somebody whose date is `value`; None if none is."""
        if not self.yearly or self.at_ms is None:
            at = self.single(value, zones)
            return at if at is not None and at > after else None
        born, offset = day_of(value, zones[0]), timedelta(milliseconds=self.offset_ms)
        first = max(day_of(after, zones[1]) - offset - timedelta(days=1), born)
        for ahead in range(_TWO_LEAP_YEARS_APART):
            day = first + timedelta(days=ahead)
            if _falls_on(born, day):
                at = instant_of(day + offset, self.at_ms, zones[1])
                if at > after:
                    return at
        return None

    def single(self, value: int, zones: tuple[str, str]) -> int | None:
        """The moment of somebody whose date is `value`, whenever it is, years aside."""
        if self.at_ms is None:
            return value + self.offset_ms
        try:
            day = day_of(value, zones[0]) + timedelta(milliseconds=self.offset_ms)
        except OverflowError:
            return None
        return instant_of(day, self.at_ms, zones[1])


Moment = Recurring | Dated


def _falls_on(born: date, day: date) -> bool:
    """Whether `day` is an anniversary of `born`; of 29 February the 28th is, where there is none.

    The day itself is not.
    """
    if day.year <= born.year:
        return False
    if (born.month, born.day) == (day.month, day.day):
        return True
    leap_day = (born.month, born.day) == (2, 29)
    return leap_day and (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3  # noqa: PLR2004 - March
