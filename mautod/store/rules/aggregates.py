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
    Window,
    asked,
)
from mautod.store.rules.matching import about, matching, named, of_person
from mautod.store.rules.operators import SQL_OPERATORS, admits_zero, against
from mautod.store.rules.values import Binder, Value, member_of

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

# index event_name_ts_person; the plus keeps the database from reading it all in the order of people
_ALL: Final = "p.id IN (SELECT e.person_id FROM {source} WHERE {events})"
_ALL_GROUPED: Final = (
    "p.id IN (SELECT g.person_id FROM (SELECT +e.person_id AS person_id, {each} AS x"
    " FROM {source} WHERE {events}) g GROUP BY g.person_id HAVING {holds})"
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


def did_of_all(rule: Did, bind: Binder) -> str:
    """The same, of all people at once."""
    events = _events_of_all(asked(rule)[0], rule.window, bind)
    if rule.count == ONCE:
        return _ALL.format(**events)
    amount = f"count(*) {_times(rule.count, bind)}"
    return _grouped(amount, "1", events, of_nothing=admits_zero(rule.count))


def aggregate(rule: Aggregate, bind: Binder) -> str:
    """Whether the values of the events of person `p` come to what the rule says."""
    events = of_person(Asked((rule.event,), rule.where), rule.window, bind)
    return _TOTAL.format(total=total(rule, bind), events=events, amount=_amount(rule, bind))


def aggregate_of_all(rule: Aggregate, bind: Binder) -> str:
    """The same, of all people at once."""
    events = _events_of_all(asked(rule)[0], rule.window, bind)
    holds = f"{_folded(rule, 'g.x')} {_amount(rule, bind)}"
    known = rule.function in ("sum", "distinct")
    of_nothing = known and admits_zero(rule.amount)
    return _grouped(holds, _each(rule, bind), events, of_nothing=of_nothing)


def occurrence(rule: Occurrence, bind: Binder) -> str:
    """Whether the first, or last, event of person `p` was when the rule says."""
    if rule.where is None:
        at = f"s.{rule.which}_ts"
        return _EDGE_EVER.format(names=named((rule.event,), bind), holds=_at(rule, at, bind))
    events = of_person(Asked((rule.event,), rule.where), None, bind)
    return _EDGE.format(edge=_edge(rule), events=events, holds=_at(rule, "t.at", bind))


def occurrence_of_all(rule: Occurrence, bind: Binder) -> str:
    """The same, of all people at once."""
    events = _events_of_all(asked(rule)[0], None, bind)
    return _grouped(_at(rule, f"{_edge(rule)}(g.x)", bind), "e.ts", events, of_nothing=False)


def _events_of_all(part: Asked, window: Window | None, bind: Binder) -> dict[str, str]:
    source, own = about([part])
    return {"source": source, "events": " AND ".join([*own, matching(part, window, bind)])}


def _grouped(holds: str, each: str, events: dict[str, str], *, of_nothing: bool) -> str:
    """Those whose events come to it; if nothing does too, all but those whose do not."""
    if of_nothing:
        return f"NOT {_ALL_GROUPED.format(holds=f'NOT ({holds})', each=each, **events)}"
    return _ALL_GROUPED.format(holds=holds, each=each, **events)


def _edge(rule: Occurrence) -> str:
    return "min" if rule.which == "first" else "max"


def total(rule: Aggregate, bind: Binder) -> str:
    """What the events `e` come to; sums and averages in units of 1/10 000."""
    return _folded(rule, _each(rule, bind))


def in_units(rule: Aggregate) -> bool:
    """Whether `total` is in units of 1/10 000."""
    return rule.function in ("sum", "avg")


def _each(rule: Aggregate, bind: Binder) -> str:
    """What one event counts for."""
    value = member_of("e.props", rule.path, bind)
    if rule.function == "distinct":
        return value.key
    if not in_units(rule):
        return value.number
    return f"round(CAST({value.number} AS DOUBLE PRECISION) * {UNIT}.0)"


def _folded(rule: Aggregate, each: str) -> str:
    if rule.function == "distinct":
        return f"count(DISTINCT {each})"
    return f"COALESCE(sum({each}), 0)" if rule.function == "sum" else f"{rule.function}({each})"


def _amount(rule: Aggregate, bind: Binder) -> str:
    number, most = (_scaled(rule, n) for n in (rule.amount.number, rule.amount.most))
    return against(rule.amount.op, number, most, bind)


def _scaled(rule: Aggregate, number: float | None) -> float | None:
    if number is None or not in_units(rule):
        return number
    return float(Decimal(repr(number)) * UNIT)


def _times(count: Count, bind: Binder) -> str:
    return against(count.op, count.number, count.most, bind)


def _at(rule: Occurrence, at: str, bind: Binder) -> str:
    return SQL_OPERATORS[rule.op](Value(f"{at} IS NOT NULL", instant=at), rule.value, bind)
