"""Leaves that add events up: how many, how much, when for the first and for the last time."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from mautod.core.rules.tree import (
    ONCE,
    Aggregate,
    Asked,
    Count,
    Did,
    Occurrence,
    Range,
)
from mautod.store.matching import named, of_person
from mautod.store.operators import SQL_OPERATORS
from mautod.store.values import Binder, Value, member_of

UNIT: Final = 10_000
"""Sums and averages are taken of whole ten-thousandths, so that cents add up in any order."""

# primary key of event_stat
_EVER: Final = "EXISTS (SELECT 1 FROM event_stat s WHERE s.person_id = p.id AND s.name_id {names})"
_TIMES_EVER: Final = (
    "COALESCE((SELECT sum(s.count) FROM event_stat s"
    " WHERE s.person_id = p.id AND s.name_id {names}), 0) {amount}"
)
_EDGE_EVER: Final = (
    "EXISTS (SELECT 1 FROM event_stat s WHERE s.person_id = p.id AND s.name_id {names} AND {holds})"
)
# index event_person_name_ts
_ONCE: Final = "EXISTS (SELECT 1 FROM event e WHERE {events})"
_TIMES: Final = (
    "(SELECT count(*) FROM (SELECT 1 FROM event e WHERE {events} LIMIT {most}) n) {amount}"
)
_TOTAL: Final = "COALESCE((SELECT {total} FROM event e WHERE {events}) {amount}, FALSE)"
_EDGE: Final = (
    "EXISTS (SELECT 1 FROM (SELECT {edge}(e.ts) AS at FROM event e WHERE {events}) t WHERE {holds})"
)


def did(rule: Did, bind: Binder) -> str:
    """Whether person `p` did it as often as the rule says."""
    shape = {"names": named(rule.events, bind)}
    if rule.count != ONCE:
        shape["amount"] = _times(rule.count, bind)
        shape["most"] = bind.constant((rule.count.most or rule.count.number) + 1)
    if rule.window is None and rule.where is None:
        return (_EVER if rule.count == ONCE else _TIMES_EVER).format(**shape)
    shape["events"] = of_person(Asked(rule.events, rule.where), rule.window, bind)
    return (_ONCE if rule.count == ONCE else _TIMES).format(**shape)


def aggregate(rule: Aggregate, bind: Binder) -> str:
    """Whether the values of the events of person `p` come to what the rule says."""
    events = of_person(Asked((rule.event,), rule.where), rule.window, bind)
    return _TOTAL.format(total=total(rule, bind), events=events, amount=_amount(rule, bind))


def occurrence(rule: Occurrence, bind: Binder) -> str:
    """Whether the first, or last, event of person `p` was when the rule says."""
    if rule.where is None:
        at = f"s.{rule.which}_ts"
        return _EDGE_EVER.format(names=named((rule.event,), bind), holds=_at(rule, at, bind))
    events = of_person(Asked((rule.event,), rule.where), None, bind)
    return _EDGE.format(edge=edge(rule), events=events, holds=_at(rule, "t.at", bind))


def edge(rule: Occurrence) -> str:
    """The function of SQL that finds the instant which the rule compares."""
    return "min" if rule.which == "first" else "max"


def total(rule: Aggregate, bind: Binder) -> str:
    """What the events `e` come to; sums and averages in units of 1/10 000."""
    value = member_of("e.props", rule.path, bind)
    match rule.function:
        case "sum":
            return f"COALESCE(sum({_units(value)}), 0)"
        case "avg":
            return f"avg({_units(value)})"
        case "distinct":
            return f"count(DISTINCT {value.key})"
        case _:
            return f"{rule.function}({value.number})"


def in_units(rule: Aggregate) -> bool:
    """Whether `total` is in units of 1/10 000."""
    return rule.function in ("sum", "avg")


def _units(value: Value) -> str:
    return f"round({value.number} * {UNIT}.0)"


def _amount(rule: Aggregate, bind: Binder) -> str:
    value, op = rule.amount.value, rule.amount.op
    if isinstance(value, Range):
        low, high = (_scaled(rule, number) for number in (value.low, value.high))
        return f"BETWEEN {bind.constant(low)} AND {bind.constant(high)}"
    return f"{_SYMBOLS[op]} {bind.constant(_scaled(rule, value))}"


def _scaled(rule: Aggregate, number: object) -> object:
    return float(Decimal(repr(number)) * UNIT) if in_units(rule) else number


def _times(count: Count, bind: Binder) -> str:
    number = bind.constant(count.number)
    if count.most is not None:
        return f"BETWEEN {number} AND {bind.constant(count.most)}"
    return f"{_SYMBOLS[count.op]} {number}"


_SYMBOLS: Final = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _at(rule: Occurrence, at: str, bind: Binder) -> str:
    return SQL_OPERATORS[rule.op](Value(f"{at} IS NOT NULL", instant=at), rule.value, bind)
