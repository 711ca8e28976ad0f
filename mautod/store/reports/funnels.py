"""How far people came in a funnel: one statement over the indexes of events."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from mautod.core.reports.funnel import Funnel, Walk
from mautod.core.rules.tree import Asked
from mautod.store.db import Tx
from mautod.store.rules.matching import matching
from mautod.store.rules.predicate import ask_in_parts
from mautod.store.rules.values import Binder, is_column, json_path

SOURCE: Final = "source"
"""By this people are told apart by where they came from: `utm_source`, or `DIRECT`."""
DIRECT: Final = "direct"
_LONGEST: Final = 100
_PERSON: Final = "person."

# Every first event by index event_name_ts_person; what follows each by event_person_name_ts, the
# earliest that does, which leaves most time for the rest. Of each person the attempt that came
# farthest, of those the earliest.
WALKS: Final = """
WITH attempt AS (
  SELECT e0.person_id AS person, e0.id AS id, e0.ts AS t0, {times}, {by} AS value
  FROM event e0 CROSS JOIN person p {joins}
  WHERE {first} AND e0.ts >= :since AND e0.ts < :until AND p.id = e0.person_id),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY person ORDER BY {depth} DESC, t0, id) AS place
  FROM attempt)
SELECT value, t0, {columns} FROM ranked WHERE place = 1"""
_JOIN: Final = """LEFT JOIN event e{n} ON e{n}.id = (
  SELECT x.id FROM event x WHERE x.person_id = e{m}.person_id
  AND x.name_id = (SELECT id FROM event_name WHERE name = {name})
  AND x.ts >= e{m}.ts AND x.ts < e0.ts + :within AND (x.ts > e{m}.ts OR x.id > e{m}.id)
  ORDER BY x.ts, x.id LIMIT 1)"""


def walks(
    tx: Tx, funnel: Funnel, since: int, until: int, zone: str
) -> Iterator[tuple[str | None, Walk]]:
    """Each person who did the first event in [since, until), with the value that they go by.

    Raises:
        RuleFailed: some event's properties made the statement fail.
    """
    statement, bind = _statement(funnel, zone)
    values = {**bind.constants, "since": since, "until": until, "within": funnel.within_ms}
    for rows in ask_in_parts(tx, statement, values):
        for value, *moments in rows:
            told = [at for at in moments if at is not None]
            steps = tuple(after - before for before, after in pairwise(told))
            yield value, Walk(steps)


def names(tx: Tx) -> set[str]:
    """Every name of an event that ever came in; the table is small."""
    return {row[0] for row in tx.execute("SELECT name FROM event_name")}


def _statement(funnel: Funnel, zone: str) -> tuple[str, Binder]:
    bind = Binder(zone)
    later = range(1, len(funnel.events))
    statement = WALKS.format(
        times=", ".join(f"e{n}.ts AS t{n}" for n in later),
        by=_value(funnel.by, bind),
        joins=" ".join(
            _JOIN.format(n=n, m=n - 1, name=bind.constant(funnel.events[n])) for n in later
        ),
        first=matching(Asked(funnel.events[:1], funnel.where), None, bind, "e0"),
        depth=" + ".join(f"(t{n} IS NOT NULL)" for n in later),
        columns=", ".join(f"t{n}" for n in later),
    )
    return statement, bind


def _value(by: str, bind: Binder) -> str:
    """What people are told apart by: of the first event, or of its person."""
    if not by:
        return "NULL"
    name = "utm_source" if by == SOURCE else by.removeprefix(_PERSON)
    path = tuple(name.split("."))
    at = bind.constant(json_path(path))
    own = f"p.{name}" if is_column(path) else f"json_extract(p.props, {at})"
    found = [own] if by.startswith(_PERSON) else [f"json_extract(e0.props, {at})", own]
    none = [bind.constant(DIRECT)] if by == SOURCE else ["NULL"]
    return f"substr(CAST(COALESCE({', '.join([*found, *none])}) AS TEXT), 1, {_LONGEST})"
