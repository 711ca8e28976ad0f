"""Dates as rules and properties write them, as UTC milliseconds."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_ISO: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_DAY_LENGTH: Final = len("2026-01-31")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_YEAR_MS: Final = 31_556_952_000
_EPOCH_YEAR: Final = 1970
EARLIEST_NUMBER: Final = 100_000_000_000
LATEST_NUMBER: Final = 253_402_300_799_999


def instant(value: object, zone: str) -> int | None:
    """The instant that a property's value names, or None if it names none.

    Text is read as ISO 8601, in `zone` where it has no offset of its own; a number over 1e11 is
    milliseconds already.
    """
    if isinstance(value, str):
        return _parsed(value, zone)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if EARLIEST_NUMBER < value <= LATEST_NUMBER else None


def bounds(text: str, zone: str) -> tuple[int, int] | None:
    """First and last millisecond of a written date: a whole day, or an instant twice."""
    first = _parsed(text, zone)
    if first is None:
        return None
    if len(text) > _DAY_LENGTH:
        return first, first
    try:
        following = datetime.fromisoformat(text) + timedelta(days=1)
    except OverflowError:
        return None
    after = _parsed(following.date().isoformat(), zone)
    return None if after is None else (first, after - 1)


def anniversary(at: int | None, zone: str, now: int) -> int | None:
    """When the next anniversary of the day of `at` begins after `now`, by the days of `zone`.

    That of 29 February is the 28th in a year that has no 29th.
    """
    if at is None:
        return None
    try:
        day, year = _day(at, zone), _day(now, zone).year
        starts = (_parsed(_in_year(day, year + ahead).isoformat(), zone) for ahead in (0, 1))
        return next((start for start in starts if start is not None and start > now), None)
    except (ValueError, OverflowError):
        return None


def origins(first: int, final: int, reach: tuple[int, int], zone: str) -> Iterator[tuple[int, int]]:
    """Spans of instants, within `reach`, that have an anniversary from `first` to `final`."""
    years = range(_near_year(reach[0], -1), _near_year(reach[1], 1) + 1)
    for month, day in sorted(_origins(first, final, zone)):
        for year in years:
            if day <= monthrange(year, month)[1]:
                found = bounds(date(year, month, day).isoformat(), zone)
                if found is not None and found[0] <= reach[1] and found[1] >= reach[0]:
                    yield found


def _origins(first: int, final: int, zone: str) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    day = max(_day(first, zone), _day(final, zone) - timedelta(days=366))
    while (start := _parsed(day.isoformat(), zone)) is not None and start <= final:
        if start >= first:
            found.add((day.month, day.day))
            if (day.month, day.day) == (2, 28) and not isleap(day.year):
                found.add((2, 29))
        day += timedelta(days=1)
    return found


def _day(at: int, zone: str) -> date:
    return (_EPOCH + at * _MS).astimezone(ZoneInfo(zone)).date()


def _near_year(at: int, beside: int) -> int:
    """About the year of `at`, off by one at most; any instant has one, however far away."""
    return min(max(_EPOCH_YEAR + at // _YEAR_MS + beside, MINYEAR), MAXYEAR)


def _in_year(day: date, year: int) -> date:
    leapless = (day.month, day.day) == (2, 29) and not isleap(year)
    return day.replace(year=year, day=28 if leapless else day.day)


@lru_cache(maxsize=4096)
def _parsed(text: str, zone: str) -> int | None:
    if len(text) < _DAY_LENGTH or not _ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return (moment - _EPOCH) // _MS
    except (ValueError, OverflowError):
        return None
