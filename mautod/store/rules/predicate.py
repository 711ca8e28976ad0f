"""Rule to SQL: one boolean expression over a person, `p`, that serves every use of the rule."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mautod.core.rules.checker import depends
from mautod.core.rules.tree import (
    Aggregate,
    All,
    Did,
    Eventful,
    Leaf,
    Named,
    Not,
    Occurrence,
    Rule,
    Series,
    Some,
    Standing,
    Test,
    Will,
    leaves,
)
from mautod.errors import MautodError
from mautod.store.db import Row, Tx, to_json
from mautod.store.rules import aggregates, sequences
from mautod.store.rules.operators import tested
from mautod.store.rules.standing import standing
from mautod.store.rules.values import KEPT, Binder, Count, balanced, is_column, property_of
from mautod.store.rules.wills import will, will_of_all

ALIVE: Final = "p.merged_into IS NULL AND p.erased_at IS NULL"


ALL_OF_THEM: Final = 2**63 - 1
"""More than there can be of anything."""

PART: Final = 10_000
"""Rows held at once where there may be as many as people."""


class RuleFailed(MautodError):
    """The database could not answer a rule, for the sake of some person's data."""

    code = "rule_failed"


@dataclass(frozen=True, slots=True)
class Predicate:
    """`sql` is true or false, never NULL, for a row `p` of person; `bind(now)` are its values.

    With `has_entry` it also refers to a row `r` of run. A person merged away or erased never
    matches `sql`; `bare` leaves that question out.
    """

    bare: str
    constants: Mapping[str, Any]
    sliding: Mapping[str, int]
    has_entry: bool

    @property
    def sql(self) -> str:
        return f"({ALIVE} AND {self.bare})"

    def bind(self, now: int, /, **more: Any) -> dict[str, Any]:
        """The parameters at `now`, with `more` of the caller's own."""
        return {**self.constants, **{n: now - ms for n, ms in self.sliding.items()}, **more}


class Crowd(Protocol):
    """Whom a rule will be asked about, if they are many."""

    def among(self, rule: Rule) -> Crowd:
        """Those for whom the rule holds."""

    def lead(self, leaf: Eventful) -> int | None:
        """Which of the leaf's events is read first to ask of all at once; None: one by one."""


def compile_rule(
    rule: Rule,
    *,
    zone: str,
    crowd: Crowd | None = None,
    points: Mapping[str, Count] = KEPT,
) -> Predicate:
    """The predicate of `rule`; dates without an offset are read in `zone`.

    It serves any number of people, best the `crowd`, if one is given; else a few. Scores are read
    as they are kept but for those in `points`.
    """
    bind = Binder(zone, points)
    sql = expression(rule, bind, crowd)
    return Predicate(f"({sql})", bind.constants, bind.sliding, depends(rule).has_entry)


# By index: json_each leads, then the primary key of person.
_AMONG: Final = """
SELECT p.id FROM json_each(:ids) d CROSS JOIN person p
WHERE p.id = CAST(d.value AS BIGINT) AND p.id > :after AND {sql} ORDER BY p.id LIMIT :limit"""
# Everybody, in the order of the primary key.
_EVERYBODY: Final = """
SELECT p.id FROM person p WHERE p.id > :after AND {sql} ORDER BY p.id LIMIT :limit"""
_COUNT: Final = "SELECT count(*) FROM person p WHERE {sql}"
_SAMPLE: Final = """
WITH found AS MATERIALIZED (SELECT p.id FROM person p WHERE {sql})
SELECT 0, count(*) FROM found
UNION ALL SELECT 1, f.id FROM (SELECT id FROM found ORDER BY id LIMIT :limit) f"""
# By index: json_each leads, then the primary keys of run and person.
_RUNS: Final = """
SELECT r.id FROM json_each(:ids) d CROSS JOIN run r CROSS JOIN person p
WHERE r.id = CAST(d.value AS BIGINT) AND p.id = r.person_id AND {sql}"""


def select_people(
    tx: Tx,
    predicate: Predicate,
    ids: Iterable[int] | None,
    now: int,
    *,
    after: int = 0,
    limit: int = ALL_OF_THEM,
) -> list[int]:
    """The people, among `ids` or everybody, who match at `now`: by id, beyond `after`.

    Raises:
        RuleFailed: some person's data made the statement fail.
    """
    shape = _EVERYBODY if ids is None else _AMONG
    values = predicate.bind(now, after=after, limit=limit)
    if ids is not None:
        values["ids"] = to_json(sorted(ids))
    return [row[0] for row in ask(tx, shape.format(sql=predicate.sql), values)]


def count_people(tx: Tx, predicate: Predicate, now: int) -> int:
    """How many people match at `now`.

    Raises:
        RuleFailed: some person's data made the statement fail.
    """
    count: int = ask(tx, _COUNT.format(sql=predicate.sql), predicate.bind(now))[0][0]
    return count


def sample_people(tx: Tx, predicate: Predicate, now: int, limit: int) -> tuple[int, list[int]]:
    """How many people match at `now`, and the first of them by id; they are asked once.

    Raises:
        RuleFailed: some person's data made the statement fail.
    """
    rows = ask(tx, _SAMPLE.format(sql=predicate.sql), predicate.bind(now, limit=limit))
    counts, ids = ([row[1] for row in rows if row[0] == which] for which in (0, 1))
    return counts[0], sorted(ids)


def holds_for_runs(tx: Tx, predicate: Predicate, run_ids: Iterable[int], now: int) -> set[int]:
    """Those of `run_ids` whose person matches at `now`; what `since entry` needs.

    Raises:
        RuleFailed: some person's data made the statement fail.
    """
    values = predicate.bind(now, ids=to_json(sorted(run_ids)))
    return {row[0] for row in ask(tx, _RUNS.format(sql=predicate.sql), values)}


def ask_in_parts(tx: Tx, statement: str, values: Mapping[str, Any]) -> Iterator[list[Row]]:
    """The rows of a statement that holds a predicate, some thousands at a time.

    Raises:
        RuleFailed: some person's data made the statement fail.
    """
    with _answered():
        cursor = tx.execute(statement, values)
        while some := cursor.fetchmany(PART):
            yield some


def ask(tx: Tx, statement: str, values: Mapping[str, Any]) -> list[Row]:
    """All rows of a statement that holds a predicate.

    Raises:
        RuleFailed: the statement failed for what it found, not for want of disk or lock.
    """
    with _answered():
        return tx.execute(statement, values).fetchall()


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        raise RuleFailed(f"the rule cannot be answered: {error}") from error


def expression(rule: Rule, bind: Binder, crowd: Crowd | None = None) -> str:
    """The rule as a condition on person `p`, merged away and erased or not."""
    match rule:
        case All(parts):
            return balanced(_all(sorted(parts, key=_cost), bind, crowd), "AND")
        case Some(parts):
            some = [expression(part, bind, crowd) for part in sorted(parts, key=_cost)]
            return balanced(some, "OR")
        case Not(part):
            return f"NOT ({expression(part, bind, crowd)})"
        case Named(key, inner):
            if inner is None:
                raise RuleFailed(f'nobody knows what rule "{key}" says here')
            return expression(inner, bind, crowd)
        case _:
            return _leaf(rule, bind, crowd)


def _all(parts: list[Rule], bind: Binder, crowd: Crowd | None) -> list[str]:
    """The costly parts are asked about those only for whom the cheap ones hold."""
    cheap = [part for part in parts if _cost(part) < _COSTLY]
    costly = parts[len(cheap) :]
    found = [expression(part, bind, crowd) for part in cheap]
    if cheap and costly and crowd is not None:
        crowd = crowd.among(All(tuple(cheap)))
    return [*found, *(expression(part, bind, crowd) for part in costly)]


def _leaf(leaf: Leaf, bind: Binder, crowd: Crowd | None) -> str:
    if isinstance(leaf, Test):
        return tested(leaf, property_of(leaf.path, bind), bind)
    if isinstance(leaf, Standing):
        return standing(leaf, bind, at_once=crowd is not None)
    if isinstance(leaf, Will):
        return will(leaf, bind) if crowd is None else will_of_all(leaf, bind)
    lead = None if crowd is None else crowd.lead(leaf)
    return _eventful(leaf, bind) if lead is None else _of_all(leaf, lead, bind)


def _eventful(leaf: Eventful, bind: Binder) -> str:
    match leaf:
        case Did():
            return aggregates.did(leaf, bind)
        case Aggregate():
            return aggregates.aggregate(leaf, bind)
        case Occurrence():
            return aggregates.occurrence(leaf, bind)
        case Series():
            return sequences.sequence(leaf, bind)


def _of_all(leaf: Eventful, lead: int, bind: Binder) -> str:
    match leaf:
        case Did():
            return aggregates.did_of_all(leaf, bind)
        case Aggregate():
            return aggregates.aggregate_of_all(leaf, bind)
        case Occurrence():
            return aggregates.occurrence_of_all(leaf, bind)
        case Series():
            return sequences.sequence_of_all(leaf, lead, bind)


_COSTLY: Final = 3


def _cost(rule: Rule) -> int:
    """Cheap questions are asked first; the answer does not depend on the order."""
    return max(_leaf_cost(leaf) for leaf in leaves(rule))


def _leaf_cost(leaf: Leaf) -> int:
    if isinstance(leaf, Test):
        return 0 if is_column(leaf.path) else 1
    if isinstance(leaf, Standing | Will):
        return 2
    if isinstance(leaf, Series):
        return _COSTLY + 2
    return _COSTLY + 1 if leaf.where is not None else _COSTLY
