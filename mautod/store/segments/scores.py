"""Scores and the points that people have of them; who has no row has 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.core.files.definition import Table
from mautod.core.scoring import Score, read_score
from mautod.store.catalog import Definition
from mautod.store.db import Row, Tx, from_json, to_json
from mautod.store.rules.points import Sum, compile_score, row_of_all
from mautod.store.rules.predicate import ALIVE, ask

# primary key of definition for each score
_COLUMNS: Final = "s.id, s.key, s.name, d.file, d.body, s.rebuilt_at, s.error"
_LIST: Final = f"""
SELECT {_COLUMNS} FROM score s JOIN definition d ON d.id = s.definition_id
WHERE s.active = 1 ORDER BY s.key"""
# index of UNIQUE (key)
_FIND: Final = f"""
SELECT {_COLUMNS} FROM score s JOIN definition d ON d.id = s.definition_id
WHERE s.key = ? AND s.active = 1"""
_PUT: Final = """
INSERT INTO score (key, name, definition_id) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET name = excluded.name, definition_id = excluded.definition_id,
  active = 1"""
# index person_score_points
_EMPTY: Final = """
DELETE FROM person_score WHERE score_id = (SELECT id FROM score WHERE key = ?)"""
_DEACTIVATE: Final = "UPDATE score SET active = 0, error = NULL WHERE key = ?"
_FAIL: Final = "UPDATE score SET error = ? WHERE id = ? AND error IS NULL"

# By index: json_each leads, then the primary keys of person and person_score.
CHANGES: Final = """
WITH asked AS MATERIALIZED (
  SELECT p.id AS person_id, COALESCE(ps.points, 0) AS was, {sum} AS points
  FROM json_each(:ids) d CROSS JOIN person p
  LEFT JOIN person_score ps ON ps.person_id = p.id AND ps.score_id = :score
  WHERE p.id = CAST(d.value AS BIGINT))
SELECT person_id, was, points FROM asked WHERE was <> points"""
# everybody, person by person
_RECKON: Final = """
WITH asked AS MATERIALIZED (SELECT {sum} AS points FROM person p)
SELECT {counts} FROM asked"""
# primary key of person_score
_GIVE: Final = """
INSERT INTO person_score (person_id, score_id, points) VALUES (?, ?, ?)
ON CONFLICT (person_id, score_id) DO UPDATE SET points = excluded.points"""
_TAKE: Final = "DELETE FROM person_score WHERE person_id = ? AND score_id = ?"

# Everybody once for each row of points; then the primary keys of all three.
_GATHER: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS scored (person_id INTEGER PRIMARY KEY, points INTEGER)"""
_FORGET: Final = "DELETE FROM scored"
_ADD: Final = """
INSERT INTO scored (person_id, points) SELECT f.* FROM ({found}) f WHERE TRUE
ON CONFLICT (person_id) DO UPDATE SET points = scored.points + excluded.points"""
_NOBODY: Final = f"""
DELETE FROM scored WHERE points = 0 OR NOT EXISTS (
  SELECT 1 FROM person p WHERE p.id = scored.person_id AND {ALIVE})"""
_STRIP: Final = """
DELETE FROM person_score WHERE score_id = :score
AND NOT EXISTS (SELECT 1 FROM scored f WHERE f.person_id = person_score.person_id)"""
_GIVE_ALL: Final = """
INSERT INTO person_score (person_id, score_id, points)
SELECT f.person_id, :score, f.points FROM scored f WHERE TRUE
ON CONFLICT (person_id, score_id) DO UPDATE SET points = excluded.points
WHERE person_score.points <> excluded.points"""
_REBUILT: Final = "UPDATE score SET rebuilt_at = :now, error = NULL WHERE id = :score"


@dataclass(frozen=True, slots=True)
class Kept:
    """One active score; `error` says why its rules could not be asked, until it is rebuilt."""

    id: int
    key: str
    name: str
    file: str
    body: str
    rebuilt_at: int | None
    error: str | None

    def score(self) -> Score:
        """What gives points.

        Raises:
            DefinitionError: what was applied cannot be read any more.
        """
        body = from_json(self.body)
        rules = body.pop("rules", {})
        return read_score(self.key, Table(self.file, body, (self.key,)), rules)


Change = tuple[int, int, int]
"""(person id, points before, points now)"""


def list_scores(tx: Tx) -> list[Kept]:
    """The active scores by key."""
    return [Kept(*row) for row in tx.execute(_LIST)]


def find(tx: Tx, key: str) -> Kept | None:
    """The active score called `key`."""
    row: Row | None = tx.execute(_FIND, (key,)).fetchone()
    return None if row is None else Kept(*row)


def put(tx: Tx, definition: Definition, name: str) -> None:
    """Define a score, new or anew; points stay as they are until it is rebuilt. Inside `write`."""
    tx.execute(_PUT, (definition.key, name, definition.id))


def deactivate(tx: Tx, key: str) -> None:
    """Take a score away, with everybody's points; inside `write`."""
    tx.execute(_EMPTY, (key,))
    tx.execute(_DEACTIVATE, (key,))


def changes(tx: Tx, score_id: int, total: Sum, ids: Sequence[int], now: int) -> list[Change]:
    """Which of `ids` have other points than the rows come to at `now`.

    Raises:
        RuleFailed: some person's data made the statement fail.
    """
    values = {**total.bind.values(now), "score": score_id, "ids": to_json(ids)}
    return ask(tx, CHANGES.format(sum=total.sql), values)


def move(tx: Tx, score_id: int, changed: Iterable[Change]) -> None:
    """Write changed points down; inside `write`."""
    given = [(person, score_id, points) for person, _, points in changed]
    tx.executemany(_GIVE, [row for row in given if row[-1]])
    tx.executemany(_TAKE, [row[:2] for row in given if not row[-1]])


def rebuild(tx: Tx, score_id: int, score: Score, zone: str, now: int) -> None:
    """Count everybody's points; inside `write`.

    Raises:
        RuleFailed: some person's data made a statement fail; roll the transaction back.
    """
    tx.execute(_GATHER)
    tx.execute(_FORGET)
    for row in score.rows:
        found, values = row_of_all(tx, row, zone, now)
        ask(tx, _ADD.format(found=found), values)
    tx.execute(_NOBODY)
    values = {"score": score_id, "now": now}
    tx.execute(_STRIP, values)
    tx.execute(_GIVE_ALL, values)
    tx.execute(_REBUILT, values)
    tx.execute(_FORGET)


def reckon(tx: Tx, score: Score, zone: str, now: int) -> tuple[int, list[int]]:
    """How many people would have points, and how many would have reached each level.

    Raises:
        RuleFailed: some person's data made the statement fail.
    """
    total = compile_score(score, zone)
    levels = [total.bind.constant(level.points) for level in score.levels]
    counts = ("points <> 0", *(f"points >= {points}" for points in levels))
    shown = ", ".join(f"COALESCE(sum(CASE WHEN {count} THEN 1 ELSE 0 END), 0)" for count in counts)
    statement = _RECKON.format(sum=total.sql, counts=shown)
    people, *reached = ask(tx, statement, total.bind.values(now))[0]
    return people, reached


def fail(tx: Tx, score_id: int, reason: str) -> bool:
    """Note why a score's rules cannot be asked; whether that is news. Inside `write`."""
    return tx.execute(_FAIL, (reason, score_id)).rowcount > 0
