"""Schedules: `mon-fri 10:00`, `1 10:00`, `every 3d 09:30`, or the five fields of cron.

A schedule is days, and times of day on them, by the clock of the workspace. The pure question is
which occurrence was the latest in a span of time.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from mautod.core.times.wall import day_of, instant_of
from mautod.core.times.windows import DAYS
from mautod.duration import HOUR, MINUTE
from mautod.errors import BadInput

EXPECTED: Final = (
    'Write "10:00", "mon, thu 10:00", "1 10:00" or "last 10:00" (of the month), "every 3d 10:00",'
    ' or the five fields of cron like "0 10 * * mon".'
)
MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
LAST: Final = 0
"""Stands for the last day of a month."""

_LONGEST: Final = 200  # characters
_MOST_DAYS: Final = 366
_SEARCHED: Final = 366 * 8
"""Days in which every day of the calendar occurs, 29 February too."""
_FIRST: Final = date(1970, 1, 1)
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_EVERY: Final = re.compile(r"every (\d{1,3})([dw])(?: (\S+))?")
_DAYS: Final = re.compile(r"(.+?) (\S+)")
_FIELD: Final = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days and the minutes of them. Make one with `parse_schedule`.

    With `either`, a day of the month or of the week suffices, as cron has it. `every`: only each
    so many-th day, counted from Thursday, 1 January 1970. `text` is how a person wrote it.
    """

    minutes: tuple[int, ...]
    months: frozenset[int] = frozenset(range(1, 13))
    monthdays: frozenset[int] = frozenset(range(1, 32))
    weekdays: frozenset[int] = frozenset(range(7))
    either: bool = False
    every: int = 1
    text: str = field(default="", compare=False)

    def holds(self, day: date) -> bool:
        """Whether it occurs on this day."""
        if day.month not in self.months or (day - _FIRST).days % self.every:
            return False
        final = day.day == monthrange(day.year, day.month)[1]
        by_month = day.day in self.monthdays or (final and LAST in self.monthdays)
        by_week = day.weekday() in self.weekdays
        return (by_month or by_week) if self.either else (by_month and by_week)

    def latest(self, after: int, until: int, zone: str) -> int | None:
        """The latest occurrence in (after, until]; None if there is none."""
        day, first = day_of(until, zone), day_of(after, zone)
        while day >= first:
            came = [at for at in self._instants(day, zone) if after < at <= until]
            if came:
                return max(came)
            day -= timedelta(days=1)
        return None

    def following(self, after: int, zone: str) -> int | None:
        """The first occurrence after an instant; None if there is none in years."""
        day = day_of(after, zone)
        for ahead in range(_SEARCHED):
            later = [at for at in self._instants(day + timedelta(ahead), zone) if at > after]
            if later:
                return min(later)
        return None

    def _instants(self, day: date, zone: str) -> Iterator[int]:
        """When it occurs on a day; not in order where the clock is changed."""
        minutes = self.minutes if self.holds(day) else ()
        return (instant_of(day, minute * MINUTE, zone) for minute in minutes)


def parse_schedule(text: str) -> Schedule:
    """The schedule that `text` describes.

    Raises:
        BadInput: it describes none, or one that never occurs.
    """
    words = " ".join(text.lower().split())
    if len(words) > _LONGEST:
        raise _bad(text)
    parse = _cron if len(words.split()) == _FIELDS and ":" not in words else _plain
    found = parse(words, text)
    if found.following(0, "UTC") is None:
        raise BadInput(f"{text[:80]!r} never occurs", hint="No year has such a day.")
    return found


def _plain(words: str, text: str) -> Schedule:
    if found := _EVERY.fullmatch(words):
        every = int(found[1]) * (7 if found[2] == "w" else 1)
        if not 1 <= every <= _MOST_DAYS:
            raise _bad(text)
        return Schedule((_minute(found[3] or "10:00", text),), every=every, text=text)
    if _TIME.fullmatch(words):
        return Schedule((_minute(words, text),), text=text)
    found = _DAYS.fullmatch(words)
    if found is None:
        raise _bad(text)
    minutes, parts = (_minute(found[2], text),), found[1].split(",")
    if found[1][:1].isdigit() or found[1].startswith("last"):
        days = frozenset(_monthday(part.strip(), text) for part in parts)
        return Schedule(minutes, monthdays=days, text=text)
    weekdays = frozenset(day for part in parts for day in _weekdays(part.strip(), text))
    return Schedule(minutes, weekdays=weekdays, text=text)


def _minute(word: str, text: str) -> int:
    found = _TIME.fullmatch(word)
    if found is None:
        raise _bad(text)
    return int(found[1]) * (HOUR // MINUTE) + int(found[2])


def _monthday(word: str, text: str) -> int:
    if word == "last":
        return LAST
    if not word.isascii() or not word.isdecimal() or not 1 <= int(word) <= 31:  # noqa: PLR2004
        raise _bad(text)
    return int(word)


def _weekdays(part: str, text: str) -> Iterator[int]:
    first, dash, final = (word.strip() for word in part.partition("-"))
    if first not in DAYS or (dash and final not in DAYS):
        raise _bad(text)
    begin = DAYS.index(first)
    length = (DAYS.index(final) - begin) % 7 if dash else 0
    return ((begin + step) % 7 for step in range(length + 1))


# --- cron ---------------------------------------------------------------------------------------

_FIELDS: Final = 5
_SUNDAY_TOO: Final = 7
_WEEK: Final = {name: (place + 1) % 7 for place, name in enumerate(DAYS)}
_YEAR: Final = {name: place for place, name in enumerate(MONTHS, start=1)}


def _cron(words: str, text: str) -> Schedule:
    """Minute, hour, day of the month, month, day of the week from Sunday."""
    fields = words.split()
    minutes = _field(fields[0], (0, 59), {}, text)
    hours = _field(fields[1], (0, 23), {}, text)
    monthdays = _field(fields[2], (1, 31), {}, text)
    months = _field(fields[3], (1, 12), _YEAR, text)
    weekdays = _field(fields[4], (0, _SUNDAY_TOO), _WEEK, text)
    return Schedule(
        minutes=tuple(sorted(hour * 60 + minute for hour in hours for minute in minutes)),
        months=months,
        monthdays=monthdays,
        weekdays=frozenset((day - 1) % 7 for day in weekdays),
        either=not fields[2].startswith("*") and not fields[4].startswith("*"),
        text=text,
    )


def _field(
    field_: str, reach: tuple[int, int], names: Mapping[str, int], text: str
) -> frozenset[int]:
    values: set[int] = set()
    for part in field_.split(","):
        found = _FIELD.fullmatch(part)
        if found is None:
            raise _bad(text)
        first, final = _range(found, reach, names, text)
        step = int(found[4] or 1)
        if step == 0 or not reach[0] <= first <= final <= reach[1]:
            raise _bad(text)
        values.update(range(first, final + 1, step))
    return frozenset(values)


def _range(
    found: re.Match[str], reach: tuple[int, int], names: Mapping[str, int], text: str
) -> tuple[int, int]:
    if found[1]:
        return reach
    first = _number(found[2], names, text)
    if found[3]:
        final = _number(found[3], names, text)
        sunday = names is _WEEK and final == 0 < first
        return first, _SUNDAY_TOO if sunday else final
    return first, reach[1] if found[4] else first


def _number(word: str, names: Mapping[str, int], text: str) -> int:
    if word in names:
        return names[word]
    if not word.isascii() or not word.isdecimal() or len(word) > 2:  # noqa: PLR2004
        raise _bad(text)
    return int(word)


def _bad(text: str) -> BadInput:
    return BadInput(f"{text[:80]!r} is not a schedule", hint=EXPECTED)
