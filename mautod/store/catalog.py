"""Definitions as they were applied: immutable versions, at most one of each in force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from mautod.store.db import Row, Tx

KINDS: Final = (
    "rule", "topic", "segment", "score", "template", "codes", "chain", "capture", "popup",
)  # fmt: skip

_COLUMNS: Final = "id, kind, key, version, hash, file, body, applied_at, active"

# index definition_active (kind, key) WHERE active = 1
_ACTIVE: Final = f"SELECT {_COLUMNS} FROM definition WHERE kind = ? AND active = 1 ORDER BY key"
_FIND: Final = f"SELECT {_COLUMNS} FROM definition WHERE kind = ? AND key = ? AND active = 1"
_RETIRE: Final = "UPDATE definition SET active = 0 WHERE kind = ? AND key = ? AND active = 1"
# primary key
_GET: Final = f"SELECT {_COLUMNS} FROM definition WHERE id = ?"
# index of UNIQUE (kind, key, version)
_VERSIONS: Final = f"""
SELECT {_COLUMNS} FROM definition WHERE kind = ? AND key = ? AND version <= ?
ORDER BY version DESC LIMIT ?"""
_ONE: Final = f"SELECT {_COLUMNS} FROM definition WHERE kind = ? AND key = ? AND version = ?"
_LATEST: Final = "SELECT coalesce(max(version), 0) FROM definition WHERE kind = ? AND key = ?"
_INSERT: Final = f"""
INSERT INTO definition (kind, key, version, hash, file, body, applied_at, active)
VALUES (?, ?, ?, ?, ?, ?, ?, 1) RETURNING {_COLUMNS}"""
_MOVED: Final = "UPDATE definition SET file = ? WHERE id = ?"

_VERSION: Final = "SELECT value FROM state WHERE key = 'definitions_version'"
_BUMP: Final = """
INSERT INTO state (key, value) VALUES ('definitions_version', '1')
ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(state.value AS BIGINT) + 1 AS TEXT)"""

# A chain that comes back after it was taken away runs again; one that was paused or stopped by hand
# stays so.
_PUT_CHAIN: Final = """
INSERT INTO chain (key, name, state, definition_id, version, changed_at)
VALUES (:key, :name, 'running', :id, :version, :now)
ON CONFLICT (key) DO UPDATE SET name = excluded.name, definition_id = excluded.definition_id,
  version = excluded.version, changed_at = excluded.changed_at,
  state = CASE WHEN chain.state = 'stopped' AND :back THEN 'running' ELSE chain.state END"""
_STOP_CHAIN: Final = "UPDATE chain SET state = 'stopped', changed_at = ? WHERE key = ?"


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of one definition; `body` never changes once it is stored."""

    id: int
    kind: str
    key: str
    version: int
    hash: str
    file: str
    body: str = field(repr=False)
    applied_at: int
    active: bool


def digest(body: str) -> str:
    """What tells two bodies apart."""
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def active(tx: Tx, kind: str) -> list[Definition]:
    """The definitions of `kind` in force, by key."""
    return [_definition(row) for row in tx.execute(_ACTIVE, (kind,))]


def get(tx: Tx, definition_id: int) -> Definition | None:
    """One version, in force or not."""
    return _first(tx, _GET, (definition_id,))


def find(tx: Tx, kind: str, key: str) -> Definition | None:
    """The version of `kind` and `key` in force."""
    return _first(tx, _FIND, (kind, key))


def versions(tx: Tx, kind: str, key: str, limit: int, upto: int = 2**31) -> list[Definition]:
    """Its versions up to number `upto`, the newest first."""
    return [_definition(row) for row in tx.execute(_VERSIONS, (kind, key, upto, limit))]


def one(tx: Tx, kind: str, key: str, version: int) -> Definition | None:
    """One version by its number, in force or not."""
    return _first(tx, _ONE, (kind, key, version))


def latest(tx: Tx, kind: str, key: str) -> int:
    """The highest version there ever was; 0 if there was none."""
    return int(tx.execute(_LATEST, (kind, key)).fetchone()[0])


def version(tx: Tx) -> int:
    """A number that grows whenever what is in force changes; 0 before the first apply."""
    row = tx.execute(_VERSION).fetchone()
    return int(row[0]) if row else 0


def bump(tx: Tx) -> None:
    """Let everybody read again what is in force. Inside `write`."""
    tx.execute(_BUMP)


def put(tx: Tx, kind: str, key: str, file: str, body: str, now: int) -> Definition:
    """Make `body` the version in force; the same body again changes nothing. Inside `write`."""
    current = find(tx, kind, key)
    if current is not None and current.body == body:
        if current.file != file:
            tx.execute(_MOVED, (file, current.id))
        return current
    tx.execute(_RETIRE, (kind, key))
    number = latest(tx, kind, key) + 1
    row = tx.execute(_INSERT, (kind, key, number, digest(body), file, body, now)).fetchone()
    tx.execute(_BUMP)
    return _definition(row)


def retire(tx: Tx, kind: str, key: str) -> None:
    """Nothing of this key is in force any more; its versions stay. Inside `write`."""
    tx.execute(_RETIRE, (kind, key))
    tx.execute(_BUMP)


def put_chain(tx: Tx, definition: Definition, name: str, now: int, *, back: bool = True) -> None:
    """Let `definition` be what new runs of its chain follow; runs under way stay with theirs.

    A stopped chain runs again if it comes `back` after it was taken away. Inside `write`.
    """
    values = {"key": definition.key, "name": name, "id": definition.id, "now": now, "back": back}
    tx.execute(_PUT_CHAIN, {**values, "version": definition.version})


def stop_chain(tx: Tx, key: str, now: int) -> None:
    """Nobody enters or goes on in this chain; inside `write`."""
    tx.execute(_STOP_CHAIN, (now, key))


def _first(tx: Tx, sql: str, values: Row) -> Definition | None:
    row = tx.execute(sql, values).fetchone()
    return _definition(row) if row else None


def _definition(row: Row) -> Definition:
    return Definition(*(*row[:-1], bool(row[-1])))
