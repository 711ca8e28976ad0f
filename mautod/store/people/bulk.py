"""Acts on many people at once: who is meant is written down first, part by part, then done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mautod.store.db import Tx, from_json, to_json
from mautod.wire import Bulk

ASKED: Final = "asked"
RUNNING: Final = "running"
DONE: Final = "done"
DROPPED: Final = "dropped"
PART: Final = 500
"""People whose turn is one transaction."""

_COLUMNS: Final = "id, at, act, value, query, state, total, done, changed"
_INSERT: Final = f"""
INSERT INTO bulk (at, act, value, query, state, total) VALUES (?, ?, ?, ?, '{ASKED}', ?)
RETURNING {_COLUMNS}"""
# primary key of bulk
_FIND: Final = f"SELECT {_COLUMNS} FROM bulk WHERE id = ?"
_LIST: Final = f"""
SELECT {_COLUMNS} FROM bulk WHERE id < ? AND state IN ('{RUNNING}', '{DONE}')
ORDER BY id DESC LIMIT ?"""
_PROGRESS: Final = f"""
UPDATE bulk SET state = ?, done = done + ?, changed = changed + ? WHERE id = ?
RETURNING {_COLUMNS}"""
# index bulk_running
_RUNNING: Final = f"SELECT id FROM bulk WHERE state = '{RUNNING}' ORDER BY id LIMIT 1"
# primary key of bulk_part
_PART: Final = "SELECT part, people FROM bulk_part WHERE bulk_id = ? ORDER BY part LIMIT 1"
# primary key of person
_LIVING: Final = """
SELECT p.{what} FROM person p WHERE p.id IN (SELECT k.value FROM json_each(?) k)
AND p.merged_into IS NULL AND p.erased_at IS NULL ORDER BY p.id"""
_FIRST: Final = 2**62


def put(tx: Tx, at: int, act: tuple[str, str], query: str, people: Sequence[int]) -> Bulk:
    """Write down an act (kind and value) and whom it is about; nothing is done yet."""
    row = tx.execute(_INSERT, (at, *act, query, len(people))).fetchone()
    parts = (
        (row[0], start // PART, to_json(people[start : start + PART]))
        for start in range(0, len(people), PART)
    )
    tx.executemany("INSERT INTO bulk_part (bulk_id, part, people) VALUES (?, ?, ?)", parts)
    return Bulk(*row)


def find(tx: Tx, bulk_id: int) -> Bulk | None:
    row = tx.execute(_FIND, (bulk_id,)).fetchone()
    return Bulk(*row) if row else None


def list_bulks(tx: Tx, after: int | None, limit: int) -> list[Bulk]:
    """Those that were begun, the latest first."""
    return [Bulk(*row) for row in tx.execute(_LIST, (after or _FIRST, limit))]


def running(tx: Tx) -> int | None:
    """The oldest act that was begun and is not done."""
    row = tx.execute(_RUNNING).fetchone()
    return row[0] if row else None


def take(tx: Tx, bulk_id: int) -> list[int]:
    """The next people of an act, who are struck off; nobody at the end. Inside `write`."""
    row = tx.execute(_PART, (bulk_id,)).fetchone()
    if row is None:
        return []
    tx.execute("DELETE FROM bulk_part WHERE bulk_id = ? AND part = ?", (bulk_id, row[0]))
    people: list[int] = from_json(row[1])
    return people


def progress(tx: Tx, bulk_id: int, done: int, changed: int) -> Bulk:
    """Count what was done; the act is over when nobody is left. Inside `write`."""
    left = tx.execute(_PART, (bulk_id,)).fetchone()
    row = tx.execute(_PROGRESS, (RUNNING if left else DONE, done, changed, bulk_id)).fetchone()
    return Bulk(*row)


def living(tx: Tx, ids: Sequence[int]) -> list[int]:
    """Those of `ids` who are neither absorbed nor erased."""
    return [row[0] for row in tx.execute(_LIVING.format(what="id"), (to_json(list(ids)),))]


def emails(tx: Tx, ids: Sequence[int]) -> list[str]:
    """The addresses of those who have one."""
    rows = tx.execute(_LIVING.format(what="email"), (to_json(list(ids)),))
    return [row[0] for row in rows if row[0]]


def drop_asked(tx: Tx, before: int) -> None:
    """Give up acts that were asked for before an instant and never begun. Inside `write`.

    The row stays, so that its number never means another act.
    """
    # bulk holds the acts of operators: a few
    old = f"SELECT id FROM bulk WHERE state = '{ASKED}' AND at < ?"
    tx.execute(f"DELETE FROM bulk_part WHERE bulk_id IN ({old})", (before,))
    tx.execute(f"UPDATE bulk SET state = '{DROPPED}' WHERE state = '{ASKED}' AND at < ?", (before,))
