"""How a rule is best asked of everybody: leaf by leaf person by person, or of all of them at once.

Person by person a leaf costs a look into an index for each of those asked, and, where it needs what
an event holds, a far page for each of their events. At once it costs the range of its events in
the order in which they were written, and the sorting of whose they are. What it would be is
reckoned from how many events there are. The answer does not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from mautod.core.rules.checker import window_of
from mautod.core.rules.tree import (
    ONCE,
    Aggregate,
    Asked,
    Did,
    Eventful,
    Rule,
    Series,
    SinceEntry,
    Window,
    asked,
)
from mautod.store.db import Tx
from mautod.store.rules.matching import named_within
from mautod.store.rules.predicate import Predicate, compile_rule, select_people
from mautod.store.rules.values import Binder

SAMPLE: Final = 400
FEW: Final = 20_000
"""About how many people are looked at for a page of a search."""

# microseconds, measured at 1 M people and 10 M events
_SEEK: Final = 0.7  # one person in an index
_STEP: Final = 0.05  # one more event in it
_PROBE: Final = 0.6  # what follows an event, beside it in the index
_FETCH: Final = 3.0  # what an event holds, anywhere in the table
_LIST: Final = 0.9  # one event of a range, and whose it is
_SORT: Final = 0.3  # more, to put each person's together
_READ: Final = 0.8  # more, to look at what it holds
_JOIN: Final = 4.5  # what precedes or follows it, anywhere in the index
_PASSES: Final = 0.3  # of events, so many are taken to pass a where

_RANGES: Final = 4
_EACH: Final = 10
_EACH_UNREAD: Final = 1.5
_SCATTER: Final = 2_654_435_761
_LARGEST: Final = "SELECT max(id) FROM person"
# index event_name_ts_person
EVENTS: Final = """
SELECT count(*) FROM (SELECT 1 FROM event e WHERE {events} LIMIT :most) n"""


def for_everybody(tx: Tx, rule: Rule, *, zone: str, now: int) -> Predicate:
    """The predicate in the form in which it is asked of everybody soonest."""
    people = _people(tx)
    return compile_rule(rule, zone=zone, crowd=_Crowd(tx, now, zone, people, people))


def for_a_page(tx: Tx, rule: Rule, *, zone: str, now: int) -> Predicate:
    """The predicate in the form that finds the first few soonest: they may be found at once."""
    people = _people(tx)
    return compile_rule(rule, zone=zone, crowd=_Crowd(tx, now, zone, people, min(FEW, people)))


def _people(tx: Tx) -> int:
    largest: int | None = tx.execute(_LARGEST).fetchone()[0]
    return largest or 0


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Of `people`, so many are `asked`."""

    tx: Tx
    now: int
    zone: str
    people: int
    asked: float

    def among(self, rule: Rule) -> _Crowd:
        """Those of them for whom the rule holds, reckoned from a few taken anywhere."""
        few = {number * _SCATTER % self.people + 1 for number in range(min(SAMPLE, self.people))}
        if not few:
            return self
        found = select_people(self.tx, compile_rule(rule, zone=self.zone), few, self.now)
        return replace(self, asked=self.asked * max(len(found), 0.5) / len(few))

    def lead(self, leaf: Eventful) -> int | None:
        """Which of the events that the leaf looks at is read first, of all people at once.

        None if the leaf is better asked person by person.
        """
        if isinstance(window_of(leaf), SinceEntry) or not self.people:
            return None
        looked_at = asked(leaf)
        if isinstance(leaf, Series) and leaf.never is not None:
            looked_at.pop()
        windows = [window_of(leaf), *(None for _ in looked_at[1:])]
        events = [self._events(leaf, *pair) for pair in zip(looked_at, windows, strict=True)]
        costs = [_at_once(leaf, *pair) for pair in zip(looked_at, events, strict=True)]
        best = min(costs)
        return costs.index(best) if best < self._one_by_one(leaf, looked_at, events) else None

    def _one_by_one(self, leaf: Eventful, looked_at: list[Asked], events: list[int]) -> float:
        step = _PROBE if isinstance(leaf, Series) else _STEP
        each = [_FETCH if _is_read(leaf, part) else step for part in looked_at]
        share = self.asked / self.people
        rows = sum(share * cost * number for cost, number in zip(each, events, strict=True))
        return self.asked * _SEEK + rows

    def _events(self, leaf: Eventful, part: Asked, window: Window | None) -> int:
        """How many events there are, up to as many as make no difference."""
        bind = Binder(self.zone)
        statement = EVENTS.format(events=named_within(part, window, bind))
        each = _EACH if _is_read(leaf, part) else _EACH_UNREAD
        most = int(min(_RANGES * self.people, each * self.asked)) + 1
        row = self.tx.execute(statement, {**bind.values(self.now), "most": most}).fetchone()
        return int(row[0])


def _at_once(leaf: Eventful, part: Asked, events: int) -> float:
    cost = _LIST + (_READ if _is_read(leaf, part) else 0)
    if isinstance(leaf, Series):
        passing = 1 if part.where is None else _PASSES
        cost += passing * (_JOIN + (_FETCH if leaf.on else 0))
    elif not (isinstance(leaf, Did) and leaf.count == ONCE):
        cost += _SORT
    return events * cost


def _is_read(leaf: Eventful, part: Asked) -> bool:
    """Whether what the events hold matters."""
    joined = isinstance(leaf, Series) and leaf.on is not None
    return part.where is not None or joined or isinstance(leaf, Aggregate)
