"""Rule to SQL: one boolean expression over a person, `p`, that serves every use of the rule."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.rules.dates import bounds
from mautod.core.rules.tree import (
    ONCE,
    All,
    Count,
    Did,
    InSegment,
    Last,
    Leaf,
    Not,
    Rule,
    Since,
    SinceEntry,
    Some,
    Test,
    Where,
    leaves,
)
from mautod.errors import MautodError
from mautod.store.db import Row, Tx, to_json
from mautod.store.operators import SQL_OPERATORS
from mautod.store.values import COLUMNS, Binder, Value, column, member_of

ALIVE: Final = "p.merged_into IS NULL AND p.erased_at IS NULL"


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


def compile_rule(rule: Rule, *, zone: str) -> Predicate:
    """The predicate of `rule`; dates without an offset are read in `zone`."""
    bind = Binder(zone)
    sql = _expression(rule, bind)
    found = [leaf for leaf in leaves(rule) if isinstance(leaf, Did)]
    has_entry = any(isinstance(leaf.window, SinceEntry) for leaf in found)
    return Predicate(f"({sql})", bind.constants, bind.sliding, has_entry)


# By index: json_each leads, then the primary key of person.
_AMONG: Final = """
SELECT p.id FROM json_each(:ids) d CROSS JOIN person p
WHERE p.id = d.value AND p.id > :after AND {sql} ORDER BY p.id LIMIT :limit"""
# Everybody, in the order of the primary key.
_EVERYBODY: Final = """
SELECT p.id FROM person p WHERE p.id > :after AND {sql} ORDER BY p.id LIMIT :limit"""
_COUNT: Final = "SELECT count(*) FROM person p WHERE {sql}"
# By index: json_each leads, then the primary keys of run and person.
_RUNS: Final = """
SELECT r.id FROM json_each(:ids) d CROSS JOIN run r CROSS JOIN person p
WHERE r.id = d.value AND p.id = r.person_id AND {sql}"""


def select_people(
    tx: Tx,
    predicate: Predicate,
    ids: Iterable[int] | None,
    now: int,
    *,
    after: int = 0,
    limit: int = -1,
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


def holds_for_runs(tx: Tx, predicate: Predicate, run_ids: Iterable[int], now: int) -> set[int]:
    """Those of `run_ids` whose person matches at `now`; what `since entry` needs.

    Raises:
        RuleFailed: some person's data made the statement fail.
    """
    values = predicate.bind(now, ids=to_json(sorted(run_ids)))
    return {row[0] for row in ask(tx, _RUNS.format(sql=predicate.sql), values)}


def ask(tx: Tx, statement: str, values: Mapping[str, Any]) -> list[Row]:
    """All rows of a statement that holds a predicate.

    Raises:
        RuleFailed: the statement failed for what it found, not for want of disk or lock.
    """
    try:
        return tx.execute(statement, values).fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        raise RuleFailed(f"the rule cannot be answered: {error}") from error


def _expression(rule: Rule, bind: Binder) -> str:
    match rule:
        case All(parts) | Some(parts):
            word = "AND" if isinstance(rule, All) else "OR"
            return balanced([_expression(part, bind) for part in sorted(parts, key=_cost)], word)
        case Not(part):
            return f"NOT ({_expression(part, bind)})"
        case Test():
            value = column(rule.path[0]) if is_column(rule.path) else None
            return _test(rule, value or member_of("p.props", rule.path, bind), bind)
        case Did():
            return _did(rule, bind)
        case InSegment(key):
            return _in_segment(key, bind)


def is_column(path: tuple[str, ...]) -> bool:
    """Whether this property of a person is a column of its own."""
    return len(path) == 1 and path[0] in COLUMNS


def balanced(parts: Sequence[str], word: str) -> str:
    """The parts joined as a balanced tree: SQLite refuses expressions deeper than 1 000."""
    if len(parts) == 1:
        return f"({parts[0]})"
    half = len(parts) // 2
    return f"({balanced(parts[:half], word)} {word} {balanced(parts[half:], word)})"


def _cost(rule: Rule) -> int:
    """Cheap questions are asked first; the answer does not depend on the order."""
    return max(_leaf_cost(leaf) for leaf in leaves(rule))


def _leaf_cost(leaf: Leaf) -> int:
    if isinstance(leaf, Test):
        return 0 if is_column(leaf.path) else 1
    if isinstance(leaf, InSegment):
        return 2
    return 4 if leaf.where is not None else 3


def _test(rule: Test, value: Value, bind: Binder) -> str:
    return f"COALESCE({SQL_OPERATORS[rule.op](value, rule.value, bind)}, FALSE)"


# primary key of member
_IN_SEGMENT: Final = (
    "EXISTS (SELECT 1 FROM member ms WHERE ms.person_id = p.id AND ms.segment_id ="
    " (SELECT id FROM segment WHERE key = {key}))"
)


def _in_segment(key: str, bind: Binder) -> str:
    return _IN_SEGMENT.format(key=bind.constant(key))


# primary key of event_stat
_EVER: Final = "EXISTS (SELECT 1 FROM event_stat s WHERE s.person_id = p.id AND s.name_id {names})"
_TIMES_EVER: Final = (
    "COALESCE((SELECT sum(s.count) FROM event_stat s"
    " WHERE s.person_id = p.id AND s.name_id {names}), 0) {amount}"
)
# index event_person_name_ts
_ONCE: Final = "EXISTS ({events})"
_TIMES: Final = "(SELECT count(*) FROM ({events} LIMIT {most}) n) {amount}"


def _did(rule: Did, bind: Binder) -> str:
    shape = {"names": _names(rule.events, bind)}
    if rule.count != ONCE:
        shape["amount"] = _amount(rule.count, bind)
        shape["most"] = bind.constant((rule.count.most or rule.count.number) + 1)
    if rule.window is None and rule.where is None:
        return (_EVER if rule.count == ONCE else _TIMES_EVER).format(**shape)
    events = f"SELECT 1 FROM event e WHERE {counted(rule, bind)}"
    return (_ONCE if rule.count == ONCE else _TIMES).format(events=events, **shape)


def _amount(count: Count, bind: Binder) -> str:
    number = bind.constant(count.number)
    if count.most is not None:
        return f"BETWEEN {number} AND {bind.constant(count.most)}"
    return f"{_SYMBOLS[count.op]} {number}"


def counted(rule: Did, bind: Binder) -> str:
    """The condition under which the leaf counts an event `e` of person `p`."""
    names = _names(rule.events, bind)
    events = f"e.person_id = p.id AND e.name_id {names}{_within(rule, bind)}"
    return events if rule.where is None else f"{events} AND {_where(rule.where, bind)}"


_SYMBOLS: Final = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _names(events: tuple[str, ...], bind: Binder) -> str:
    if len(events) == 1:
        return f"= (SELECT id FROM event_name WHERE name = {bind.constant(events[0])})"
    names = ", ".join(bind.constant(name) for name in events)
    return f"IN (SELECT id FROM event_name WHERE name IN ({names}))"


def _within(rule: Did, bind: Binder) -> str:
    match rule.window:
        case None:
            return ""
        case Last(span_ms):
            return f" AND e.ts > {bind.ago(span_ms)}"
        case Since(date):
            edges = bounds(date.text, bind.zone)
            return " AND FALSE" if edges is None else f" AND e.ts >= {bind.constant(edges[0])}"
        case SinceEntry():
            return (
                " AND e.ts >= r.entered_at"
                " AND (e.ts > r.entered_at OR e.id > COALESCE(r.entry_event, 0))"
            )


def _where(where: Where, bind: Binder) -> str:
    match where:
        case All(parts) | Some(parts):
            word = "AND" if isinstance(where, All) else "OR"
            return balanced([_where(part, bind) for part in parts], word)
        case Not(part):
            return f"NOT {_where(part, bind)}"
        case Test(path):
            return _test(where, member_of("e.props", path, bind), bind)
        case Did() | InSegment():
            return "FALSE"
