"""Chains that time starts: how far each was followed, and whose dates lie where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mautod.core.rules.printer import show_path
from mautod.store.db import Tx, to_json
from mautod.store.rules.values import is_column
from mautod.store.segments import membership as segments

Path = tuple[str, ...]

# primary key of occasion
_MARK: Final = "SELECT moment, upto FROM occasion WHERE chain_id = ?"
_BEGIN: Final = """
INSERT INTO occasion (chain_id, moment, upto) VALUES (?, ?, ?)
ON CONFLICT (chain_id) DO UPDATE SET moment = excluded.moment, upto = excluded.upto"""
_MOVE: Final = """
UPDATE occasion SET upto = ? WHERE chain_id = ? AND moment = ? AND upto = ? RETURNING 1"""

# a row a chain that time starts
_KEEP_ONLY: Final = "DELETE FROM occasion WHERE chain_id NOT IN (SELECT value FROM json_each(?))"

# primary key of person_date, then of person
DATED: Final = """
SELECT d.person_id, d.at, p.timezone FROM person_date d CROSS JOIN person p
WHERE d.prop = :name AND d.at >= :first AND d.at <= :last AND p.id = d.person_id
  AND p.merged_into IS NULL AND p.erased_at IS NULL"""
# indexes person_created, person_first_seen, person_last_seen
DATED_BY_COLUMN: Final = {
    name: f"SELECT p.id, p.{name}, p.timezone FROM person p WHERE p.{name} >= :first"
    f" AND p.{name} <= :last AND p.merged_into IS NULL AND p.erased_at IS NULL"
    for name in segments.COLUMN_FRONTIERS
}
# everybody, where somebody's data keep a rule from being asked of all at once
_LIVING: Final = "SELECT id FROM person WHERE merged_into IS NULL AND erased_at IS NULL"


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to which instant the moment of a chain, in words, was followed."""

    moment: str
    upto: int


@dataclass(frozen=True, slots=True)
class DatedPerson:
    """Somebody with a date, and their zone if it is known."""

    id: int
    at: int
    zone: str | None


def mark(tx: Tx, chain_id: int) -> Mark | None:
    """How far a chain was followed; None if it never was."""
    row = tx.execute(_MARK, (chain_id,)).fetchone()
    return Mark(*row) if row else None


def begin(tx: Tx, chain_id: int, moment: str, now: int) -> None:
    """Follow a chain from `now` on; inside `write`."""
    tx.execute(_BEGIN, (chain_id, moment, now))


def move(tx: Tx, chain_id: int, seen: Mark, upto: int) -> bool:
    """Whether a chain is followed up to `upto` now, from where it was seen. Inside `write`."""
    row = tx.execute(_MOVE, (upto, chain_id, seen.moment, seen.upto)).fetchone()
    return row is not None


def keep_only(tx: Tx, chain_ids: Iterable[int]) -> None:
    """Forget how far other chains were followed; inside `write`."""
    tx.execute(_KEEP_ONLY, (to_json(list(chain_ids)),))


def reach(tx: Tx, path: Path) -> tuple[int, int] | None:
    """The first and the last date that anybody has in a property."""
    if is_column(path):
        statement = segments.COLUMN_REACHES.get(path[0])
        return None if statement is None else segments.reach(tx, statement, "")
    return segments.reach(tx, segments.DATE_REACH, show_path(path))


def dated(tx: Tx, path: Path, first: int, last: int) -> list[DatedPerson]:
    """The people whose date in a property lies in [first, last]."""
    statement = DATED_BY_COLUMN.get(path[0]) if is_column(path) else DATED
    if statement is None:
        return []
    values = {"name": show_path(path), "first": first, "last": last}
    return [DatedPerson(*row) for row in tx.execute(statement, values)]


def living(tx: Tx) -> list[int]:
    """Everybody who is there."""
    return [row[0] for row in tx.execute(_LIVING)]
