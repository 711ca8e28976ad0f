"""How far people came in a funnel: their events read person by person, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final, cast

from mautod.core.reports.funnel import Funnel, Moment, Walk, farthest
from mautod.core.rules.tree import Asked
from mautod.store.db import Tx, to_json
from mautod.store.rules.matching import about, matching
from mautod.store.rules.predicate import ask, ask_in_parts
from mautod.store.rules.values import Binder, is_column, json_path

SOURCE: Final = "source"
"""By this people are told apart by where they came from: `utm_source`, or `DIRECT`."""
DIRECT: Final = "direct"
_LONGEST: Final = 100
_PERSON: Final = "person."
_TOGETHER: Final = 2_000
"""People whose later events are read at once."""

# Every first event by index event_name_ts_person, sorted by person.
FIRSTS: Final = """
SELECT e0.person_id, e0.ts, e0.id FROM {about}
WHERE {first} AND e0.ts >= :since AND e0.ts < :until ORDER BY e0.person_id, e0.ts, e0.id"""
# json_each leads, then index event_person_name_ts alone, in whose order the rows come.
LATER: Final = """
SELECT x.person_id, x.ts, x.id FROM json_each(:people) k CROSS JOIN event x
WHERE x.person_id = k.value AND x.name_id = (SELECT id FROM event_name WHERE name = :name)
AND x.ts >= :since AND x.ts < :until + :within"""
# json_each leads, then the primary keys of event and person.
VALUES: Final = """
SELECT {by} FROM json_each(:events) k CROSS JOIN event e0 CROSS JOIN person p
WHERE e0.id = k.value AND p.id = e0.person_id"""


def walks(
    tx: Tx, funnel: Funnel, since: int, until: int, zone: str
) -> Iterator[tuple[str | None, Walk]]:
    """Each person who did the first event in [since, until), with the value that they go by.

    Raises:
        RuleFailed: some event's properties made the statement fail.
    """
    period = {"since": since, "until": until, "within": funnel.within_ms}
    people = _people(_firsts(tx, funnel, period, zone))
    while some := dict(islice(people, _TOGETHER)):
        later = {name: _later(tx, name, some, period) for name in set(funnel.events[1:])}
        ways = [later[name] for name in funnel.events[1:]]
        best = [
            farthest(firsts, [way.get(person, ()) for way in ways], funnel.within_ms)
            for person, firsts in some.items()
        ]
        values = _values(tx, funnel.by, [event for (*_, event), _ in best], zone)
        yield from zip(values, (walk for _, walk in best), strict=True)


def names(tx: Tx) -> set[str]:
    """Every name of an event that ever came in; the table is small."""
    return {row[0] for row in tx.execute("SELECT name FROM event_name")}


def _firsts(tx: Tx, funnel: Funnel, period: Mapping[str, int], zone: str) -> Iterator[Moment]:
    bind = Binder(zone)
    statement = first_events(funnel, bind)
    for rows in ask_in_parts(tx, statement, {**bind.constants, **period}):
        yield from cast("list[Moment]", rows)


def first_events(funnel: Funnel, bind: Binder) -> str:
    """The statement that finds the first events of everybody."""
    asked = Asked(funnel.events[:1], funnel.where)
    tables, conditions = about([asked], "e0")
    first = " AND ".join([matching(asked, None, bind, "e0"), *conditions])
    return FIRSTS.format(about=tables, first=first)


def _people(rows: Iterable[Moment]) -> Iterator[tuple[int, list[Moment]]]:
    """Events in the order of people and of time, person by person."""
    for person, mine in groupby(rows, key=itemgetter(0)):
        yield person, list(mine)


def _later(
    tx: Tx, name: str, people: Iterable[int], period: Mapping[str, int]
) -> dict[int, list[Moment]]:
    asked = {**period, "name": name, "people": to_json(list(people))}
    return dict(_people(tx.execute(LATER, asked)))


def _values(tx: Tx, by: str, events: Sequence[int], zone: str) -> list[str | None]:
    """What each of these people goes by; in the order of `events`, the first of each."""
    if not by:
        return [None] * len(events)
    bind = Binder(zone)
    statement = VALUES.format(by=_value(by, bind))
    asked: dict[str, Any] = {**bind.constants, "events": to_json(events)}
    return [row[0] for row in ask(tx, statement, asked)]


def _value(by: str, bind: Binder) -> str:
    """What people are told apart by: of the first event, or of its person."""
    name = "utm_source" if by == SOURCE else by.removeprefix(_PERSON)
    path = tuple(name.split("."))
    at = bind.constant(json_path(path))
    own = f"p.{name}" if is_column(path) else f"json_extract(p.props, {at})"
    found = [own] if by.startswith(_PERSON) else [f"json_extract(e0.props, {at})", own]
    none = [bind.constant(DIRECT)] if by == SOURCE else ["NULL"]
    return f"substr(CAST(COALESCE({', '.join([*found, *none])}) AS TEXT), 1, {_LONGEST})"
