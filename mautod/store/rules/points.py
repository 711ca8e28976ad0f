"""A score as SQL: what a person's rows of points come to, and what everybody's do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from mautod.core.rules.tree import Asked, Last, Window
from mautod.core.scoring import Each, Row, Score, While, steps
from mautod.store.db import Tx
from mautod.store.rules.crowd import for_everybody
from mautod.store.rules.matching import about, matching, named, of_person
from mautod.store.rules.predicate import ALIVE, ALL_OF_THEM, Predicate, ask, expression
from mautod.store.rules.values import KEPT, Binder, Count, balanced

_WHILE: Final = "CASE WHEN {condition} THEN {points} ELSE 0 END"
# primary key of event_stat
_EVER: Final = (
    "COALESCE((SELECT {times} FROM event_stat s"
    " WHERE s.person_id = p.id AND s.name_id {name}), 0) * {points}"
)
# index event_person_name_ts
_SUM: Final = "COALESCE((SELECT sum({worth}) FROM event e WHERE {events}), 0)"
_LATEST: Final = (
    "COALESCE((SELECT sum(l.worth) FROM (SELECT {worth} AS worth FROM event e WHERE {events}"
    " ORDER BY e.ts DESC LIMIT {most}) l), 0)"
)

# primary key of person, then whatever the sum reads
_VALUE: Final = "SELECT {sum} FROM person p WHERE p.id = :person"
# primary key of person, then index event_person_name_ts
_TIMES: Final = """
SELECT count(*) FROM (
  SELECT 1 FROM person p CROSS JOIN event e WHERE p.id = :person AND {events} LIMIT :most) n"""
_LATEST_TIMES: Final = """
SELECT e.ts FROM person p CROSS JOIN event e WHERE p.id = :person AND {events}
ORDER BY e.ts DESC LIMIT :limit"""

# index event_name_ts_person; the plus keeps the database from reading it all in the order of people
_OF_ALL: Final = """
SELECT g.person_id, {folded} FROM (
  SELECT +e.person_id AS person_id, {worth} AS worth FROM {source} WHERE {events}) g
GROUP BY g.person_id"""
_LATEST_OF_ALL: Final = """
SELECT g.person_id, sum(g.worth) FROM (
  SELECT +e.person_id AS person_id, {worth} AS worth,
    row_number() OVER (PARTITION BY +e.person_id ORDER BY e.ts DESC) AS place
  FROM {source} WHERE {events}) g
WHERE g.place <= {most} GROUP BY g.person_id"""


@dataclass(frozen=True, slots=True)
class Sum:
    """`sql` is a whole number, never NULL, for a row `p` of person; `bind` has its values.

    Somebody merged away or erased has no points.
    """

    sql: str
    bind: Binder


def compile_score(score: Score, zone: str, points: Mapping[str, Count] = KEPT) -> Sum:
    """What all rows of a score come to; dates without an offset are read in `zone`.

    Other scores that it asks are read as they are kept but for those in `points`.
    """
    bind = Binder(zone, points)
    return Sum(f"CASE WHEN {ALIVE} THEN {total_sql(score, bind)} ELSE 0 END", bind)


def total_sql(score: Score, bind: Binder) -> str:
    """What all rows give person `p`, merged away and erased or not."""
    return balanced([row_sql(row, bind) for row in score.rows], "+")


def row_sql(row: Row, bind: Binder) -> str:
    """What one row gives person `p`."""
    match row:
        case While():
            condition, points = expression(row.rule, bind), bind.constant(row.points)
            return _WHILE.format(condition=condition, points=points)
        case Each(where=None, decay=None):
            times = _at_most("s.count", row, bind)
            name, points = named((row.event,), bind), bind.constant(row.points)
            return _EVER.format(times=times, name=name, points=points)
        case Each():
            events = of_person(_asked(row), _window(row), bind)
            worth = _worth(row, bind)
            if row.most is None:
                return _SUM.format(worth=worth, events=events)
            return _LATEST.format(worth=worth, events=events, most=bind.constant(row.most))


def row_points(row: Row, zone: str, points: Mapping[str, Count] = KEPT) -> Sum:
    """What one row alone comes to; `points` as of `compile_score`."""
    bind = Binder(zone, points)
    return Sum(row_sql(row, bind), bind)


def points_at(tx: Tx, total: Sum, person_id: int, now: int) -> int:
    """What a person has at `now`; 0 if there is no such person.

    Raises:
        RuleFailed: the person's data made the statement fail.
    """
    values = {**total.bind.values(now), "person": person_id}
    found = ask(tx, _VALUE.format(sum=total.sql), values)
    return int(found[0][0]) if found else 0


def counted(
    tx: Tx, row: Each, zone: str, whose: tuple[int, int], limit: int
) -> tuple[int, list[int]]:
    """How many events count for `whose`, a person at an instant, and when the latest were.

    Raises:
        RuleFailed: the person's data made the statement fail.
    """
    bind, (person_id, now) = Binder(zone), whose
    events = of_person(_asked(row), _window(row), bind)
    values = {
        **bind.values(now),
        "person": person_id,
        "most": row.most or ALL_OF_THEM,
        "limit": limit,
    }
    (times,) = ask(tx, _TIMES.format(events=events), values)[0]
    found = ask(tx, _LATEST_TIMES.format(events=events), values)
    return times, [at for (at,) in found[:times]]


def row_of_all(tx: Tx, row: Row, zone: str, now: int) -> tuple[str, dict[str, object]]:
    """A statement of (person id, points of this row), for everybody who may have some.

    And its values.
    """
    if isinstance(row, While):
        predicate: Predicate = for_everybody(tx, row.rule, zone=zone, now=now)
        values = predicate.bind(now, points=row.points)
        return f"SELECT p.id, :points FROM person p WHERE {predicate.sql}", values
    bind = Binder(zone)
    return _each_of_all(row, bind), bind.values(now)


def _each_of_all(row: Each, bind: Binder) -> str:
    source, own = about([_asked(row)])
    events = " AND ".join([*own, matching(_asked(row), _window(row), bind)])
    shape = {"source": source, "events": events, "worth": _worth(row, bind)}
    if row.most is None:
        return _OF_ALL.format(**shape, folded="sum(g.worth)")
    if row.decay is None:
        folded = f"{_at_most('count(*)', row, bind)} * {bind.constant(row.points)}"
        return _OF_ALL.format(**shape, folded=folded)
    return _LATEST_OF_ALL.format(**shape, most=bind.constant(row.most))


def _asked(row: Each) -> Asked:
    return Asked((row.event,), row.where)


def _window(row: Each) -> Window | None:
    """Events that are older are worth nothing any more."""
    last, _ = steps(row)[-1]
    return Last(last) if last else None


def _worth(row: Each, bind: Binder) -> str:
    """What event `e` is worth, if it is in the window."""
    phases = [(points, until) for (_, points), (until, _) in pairwise(steps(row))]
    if len(phases) <= 1:
        return bind.constant(row.points)
    cases = (f"WHEN e.ts > {bind.ago(u)} THEN {bind.constant(points)}" for points, u in phases)
    return f"CASE {' '.join(cases)} ELSE 0 END"


def _at_most(times: str, row: Each, bind: Binder) -> str:
    if row.most is None:
        return times
    most = bind.constant(row.most)
    return f"CASE WHEN {times} < {most} THEN {times} ELSE {most} END"
