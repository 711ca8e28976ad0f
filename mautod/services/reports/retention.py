"""Who comes back: people by when they did something first, and how many did it again later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from mautod import wire
from mautod.core.reports.spans import By, begins, date_of, day_of, first_day, following, stretches
from mautod.duration import DAY
from mautod.errors import BadInput
from mautod.services.reports.funnel import check_names
from mautod.store.db import Tx
from mautod.store.reports import cohorts

MOST: Final = 52
LENGTHS: Final[dict[By, int]] = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY}
"""How long a span after somebody's first event is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who did `first`, and then `again`; so many days, weeks or months up to now."""

    first: str
    again: str
    by: str = "week"
    spans: int = 12


def retention(tx: Tx, asked: Asked, now: int, zone: str) -> wire.Retention:
    """Cohorts by the day, week or month of the first event; spans count from it, each person's own.

    Raises:
        BadInput: `by` is none, or too many spans or none.
        NotFound: an event of that name never happened.
    """
    by = next((each for each in get_args(By) if each == asked.by), None)
    if by is None:
        raise BadInput(
            f"{asked.by!r} is no span", field="by", hint=f"One of: {', '.join(get_args(By))}."
        )
    if not 1 <= asked.spans <= MOST:
        raise BadInput(f"at least 1 and at most {MOST}", field="spans")
    check_names(tx, (asked.first, asked.again))
    found = _Cohorts(tx, asked, by, now, zone).made()
    return wire.Retention(
        asked.first, asked.again, by, asked.spans, found, _averages(found, asked.spans)
    )


@dataclass(frozen=True, slots=True)
class _Cohorts:
    tx: Tx
    asked: Asked
    by: By
    now: int
    zone: str

    def made(self) -> list[wire.Cohort]:
        """The cohorts, the oldest first; those that nobody is in too."""
        days = self._days()
        period = begins(days[0], self.zone), self.now + 1
        spans = stretches(self.zone, *period)
        length = LENGTHS[self.by]
        sizes, again = Counter[int](), Counter[tuple[int, int]]()
        for day, people in cohorts.sizes(self.tx, self.asked.first, period, spans).items():
            sizes[first_day(day, self.by)] += people
        events = self.asked.first, self.asked.again
        lengths = length, length * self.asked.spans
        found = cohorts.again(self.tx, events, period, spans, lengths)
        for (day, later), people in found.items():
            again[first_day(day, self.by), later] += people
        return [self._cohort(day, sizes[day], again) for day in days]

    def _days(self) -> list[int]:
        """The days with which the cohorts begin."""
        spans = stretches(self.zone, self.now - DAY, self.now)
        days = [first_day(day_of(self.now, spans), self.by)]
        while len(days) < self.asked.spans:
            days.insert(0, first_day(days[0] - 1, self.by))
        return days

    def _cohort(self, day: int, people: int, again: Counter[tuple[int, int]]) -> wire.Cohort:
        start, end = begins(day, self.zone), begins(following(day, self.by), self.zone)
        length, most = LENGTHS[self.by], self.asked.spans
        begun = min(most, (self.now - start) // length + 1)
        complete = min(most, max(self.now - end, -1) // length)
        return wire.Cohort(
            date=date_of(day).isoformat(),
            begins=start,
            people=people,
            again=[again[day, later] for later in range(begun)],
            complete=max(complete, 0),
        )


def _averages(found: Sequence[wire.Cohort], spans: int) -> list[float | None]:
    """The share of those who came back, span by span, of cohorts whose time is over."""
    return [
        _share((each for each in found if each.complete > later), later) for later in range(spans)
    ]


def _share(whose: Iterable[wire.Cohort], later: int) -> float | None:
    cohorts_ = list(whose)
    people = sum(each.people for each in cohorts_)
    return sum(each.again[later] for each in cohorts_) / people if people else None
