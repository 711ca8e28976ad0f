"""What a rule finds when it looks at one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.rules.tree import Did
from mautod.store.db import Tx, from_json
from mautod.store.predicate import Predicate, ask, counted
from mautod.store.values import COLUMNS, Binder

# primary key of person
_TRUTH: Final = "SELECT {sql} FROM person p WHERE p.id = :person"
_COLUMNS: Final = tuple(sorted(COLUMNS))
_PERSON: Final = f"SELECT props, {', '.join(_COLUMNS)} FROM person WHERE id = ?"
# primary key of person, then index event_person_name_ts
_TALLY: Final = """
SELECT count(*), min(e.ts), max(e.ts) FROM person p CROSS JOIN event e
WHERE p.id = :person AND {counted}"""
# index event_person_name_ts
_TIMES: Final = """
SELECT DISTINCT e.ts FROM event e
WHERE e.person_id = ? AND e.name_id = (SELECT id FROM event_name WHERE name = ?) AND e.ts >= ?
ORDER BY e.ts LIMIT ?"""
# Everybody, in the order of the primary key.
_PEOPLE: Final = "SELECT p.id FROM person p WHERE {sql} ORDER BY p.id"
# primary key of member
_SINCE: Final = """
SELECT since FROM member
WHERE segment_id = (SELECT id FROM segment WHERE key = ?) AND person_id = ?"""


@dataclass(frozen=True, slots=True)
class Known:
    """A person's properties: those that are columns, and the others."""

    columns: dict[str, Any]
    props: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many events a leaf counts, and when the first and the last of them were."""

    times: int
    first: int | None
    last: int | None


def holds(tx: Tx, predicate: Predicate, person_id: int, now: int) -> bool:
    """Whether the rule, leaving out if the person is still there, is true at `now`.

    Raises:
        RuleFailed: the person's data made the statement fail.
    """
    values = predicate.bind(now, person=person_id)
    found = ask(tx, _TRUTH.format(sql=predicate.bare), values)
    return bool(found and found[0][0])


def known(tx: Tx, person_id: int) -> Known:
    """All properties of a person; nothing of somebody who is not there."""
    row = tx.execute(_PERSON, (person_id,)).fetchone()
    if row is None:
        return Known({}, {})
    return Known(dict(zip(_COLUMNS, row[1:], strict=True)), from_json(row[0]))


def tally(tx: Tx, leaf: Did, zone: str, person_id: int, now: int) -> Tally:
    """The events of the person that the leaf counts at `now`.

    Raises:
        RuleFailed: the person's data made the statement fail.
    """
    bind = Binder(zone)
    statement = _TALLY.format(counted=counted(leaf, bind))
    (row,) = ask(tx, statement, {**bind.values(now), "person": person_id})
    return Tally(*row)


def times(tx: Tx, person_id: int, name: str, first: int, limit: int) -> Iterable[int]:
    """The instants at which the person did `name`, from `first` on."""
    return [row[0] for row in tx.execute(_TIMES, (person_id, name, first, limit))]


def since(tx: Tx, key: str, person_id: int) -> int | None:
    """Since when the person has been in the segment; None if they are not."""
    row = tx.execute(_SINCE, (key, person_id)).fetchone()
    return None if row is None else int(row[0])


def statement(predicate: Predicate) -> str:
    """The statement that finds everybody who matches; it binds what the predicate binds."""
    return _PEOPLE.format(sql=predicate.sql)


def plan(tx: Tx, sql: str, values: Mapping[str, Any]) -> list[str]:
    """What the database says it will do, line by line, steps of a step indented."""
    depth = {0: -1}
    lines = []
    for step, parent, _, text in tx.execute(f"EXPLAIN QUERY PLAN {sql}", values):
        depth[step] = depth[parent] + 1
        lines.append(f"{'  ' * depth[step]}{text}")
    return lines
