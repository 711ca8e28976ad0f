"""The wall clock: which day it is somewhere, and which instant a time of day there names.

Hours that a clock skips are taken as if it had not been changed yet, so a time of day in them
comes as much later; of hours that it repeats the first ones count. So every day has every time
of day once.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from mautod.duration import DAY, HOUR, MINUTE

EAST: Final = 14 * HOUR
WEST: Final = 12 * HOUR
"""So far are the clocks of the world from UTC, at most."""
_QUARTER: Final = 15 * MINUTE
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = date(1970, 1, 1)
_MS: Final = timedelta(milliseconds=1)


def day_of(at: int, zone: str) -> date:
    """Which day it is in `zone` at an instant.

    Raises:
        OverflowError: there is no such year.
    """
    return (_EPOCH + at * _MS).astimezone(ZoneInfo(zone)).date()


def instant_of(day: date, of_day_ms: int, zone: str) -> int:
    """The instant at which a clock in `zone` shows that much of `day`, less than a day."""
    minute, rest = divmod(of_day_ms, MINUTE)
    clock = time(minute // 60, minute % 60)
    return (datetime.combine(day, clock, ZoneInfo(zone)) - _EPOCH) // _MS + rest


def days_showing(of_day_ms: int, first: int, final: int) -> set[date]:
    """The days of which a clock somewhere may show that much in (first, final].

    Clocks differ from UTC by quarters of an hour, so for most short spans there is no such day.
    """
    found: set[date] = set()
    for offset in range(-WEST, EAST + 1, _QUARTER):
        begin, end = (at + offset - of_day_ms for at in (first, final))
        found |= {_FIRST + timedelta(days=n) for n in range(begin // DAY + 1, end // DAY + 1)}
    return found
