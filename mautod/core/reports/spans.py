"""Days, weeks and months of a time zone: which of them an instant lies in.

Days are numbered from 1 January 1970 and named by the one with which a span begins; weeks begin on
Monday. Between two changes of the clock a zone is so far ahead of UTC all the time, which lets a
database find the day of an instant with one addition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from mautod.duration import DAY

By = Literal["day", "week", "month"]

_EPOCH: Final = date(1970, 1, 1)
_MS: Final = timedelta(milliseconds=1)
_FORWARD: Final = 32
"""Days that lead from the first of any month into the next."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Before the instant `until`, clocks are `ahead_ms` ahead of UTC."""

    until: int
    ahead_ms: int


def stretches(zone: str, first: int, last: int) -> list[Stretch]:
    """How far ahead the clocks of `zone` are, from `first` to `last`, in order.

    What lies before counts as the first stretch, what lies after as the last.
    """
    found: list[Stretch] = []
    known, at = _ahead(zone, first), first
    while at < last:
        following = min(at + DAY, last)
        ahead = _ahead(zone, following)
        if ahead != known:
            found.append(Stretch(_change(zone, at, following), known))
            known = ahead
        at = following
    return [*found, Stretch(last + 1, known)]


def day_of(at: int, spans: list[Stretch]) -> int:
    """The day in which an instant lies."""
    ahead = next((each.ahead_ms for each in spans if at < each.until), spans[-1].ahead_ms)
    return (at + ahead) // DAY


def first_day(day: int, by: By) -> int:
    """The day with which the span begins that `day` lies in."""
    there = date_of(day)
    match by:
        case "day":
            return day
        case "week":
            return day - there.weekday()
        case "month":
            return day - there.day + 1


def following(day: int, by: By) -> int:
    """The day with which the span after the one of `day` begins."""
    return first_day(first_day(day, by) + {"day": 1, "week": 7, "month": _FORWARD}[by], by)


def span_days(first: int, last: int, by: By) -> Iterator[int]:
    """The first days of the spans from that of `first` to that of `last`."""
    day = first_day(first, by)
    while day <= last:
        yield day
        day = following(day, by)


def date_of(day: int) -> date:
    """The date of a day."""
    return _EPOCH + timedelta(days=day)


def begins(day: int, zone: str) -> int:
    """The instant at which a day begins in `zone`."""
    there = date_of(day)
    moment = datetime(there.year, there.month, there.day, tzinfo=ZoneInfo(zone))
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MS


def _ahead(zone: str, at: int) -> int:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + at * _MS
    return (moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()) // _MS


def _change(zone: str, before: int, after: int) -> int:
    """The instant from which clocks are as they are at `after`."""
    target = _ahead(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _ahead(zone, middle) == target:
            after = middle
        else:
            before = middle
    return after
