"""Broadcasts: the row of each, and whom it is for, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.broadcast import Slots
from mautod.store.catalog import Definition
from mautod.store.chains.campaigns import CHAIN, ChainRow
from mautod.store.db import Tx, from_json, to_json

KIND: Final = "broadcast"
PART: Final = 1000
"""Recipients whose turn is one transaction."""
DRAFT: Final = "draft"
FILLING: Final = "filling"
TESTING: Final = "testing"
PLANNING: Final = "planning"
SENDING: Final = "sending"
CANCELLING: Final = "cancelling"
FINISHED: Final = "finished"
CANCELLED: Final = "cancelled"
_SELECT: Final = """
SELECT b.id, b.key, coalesce(b.chain_id, 0), b.phase, b.query, b.body, b.audience, b.asked_at,
  b.started_at, b.begin_at, b.slot, b.cursor, b.decide_at, b.decided_at, b.ended_at,
  coalesce(c.definition_id, 0), coalesce(c.state, ''), b.free
FROM broadcast b LEFT JOIN chain c ON c.id = b.chain_id"""
_INSERT: Final = f"""
INSERT INTO broadcast (key, phase, query, body, audience, asked_at)
VALUES (?, '{DRAFT}', ?, ?, ?, ?) RETURNING id"""
_PUT_PART: Final = "INSERT INTO broadcast_part (broadcast_id, part, people) VALUES (?, ?, ?)"
# index of UNIQUE (key)
_FIND: Final = f"{_SELECT} WHERE b.key = ?"
_TAKEN: Final = (
    "SELECT 1 FROM broadcast WHERE key = :key UNION SELECT 1 FROM chain WHERE key = :key"
)
# index broadcast_open
_OPEN: Final = f"{_SELECT} WHERE b.ended_at IS NULL AND b.phase <> '{DRAFT}' ORDER BY b.id"
_OLD_DRAFTS: Final = f"""
SELECT id FROM broadcast WHERE ended_at IS NULL AND phase = '{DRAFT}' AND asked_at < ?"""
# primary key of broadcast
_LIST: Final = f"{_SELECT} WHERE b.id < ? AND b.phase <> '{DRAFT}' ORDER BY b.id DESC LIMIT ?"
# primary key of broadcast_part
_PART: Final = """
SELECT part, people FROM broadcast_part WHERE broadcast_id = ? AND part >= ?
ORDER BY part LIMIT 1"""
_STRIKE: Final = "DELETE FROM broadcast_part WHERE broadcast_id = ? AND part = ?"
_STRIKE_ALL: Final = "DELETE FROM broadcast_part WHERE broadcast_id = ?"
_DROP: Final = "DELETE FROM broadcast WHERE id = ?"
_PARTS: Final = """
SELECT coalesce(sum(json_array_length(people)), 0) FROM broadcast_part WHERE broadcast_id = ?"""
_PUT_CHAIN: Final = f"""
INSERT INTO chain (key, name, state, definition_id, version, changed_at, kind)
VALUES (?, ?, 'running', ?, ?, ?, '{KIND}') RETURNING id"""
# chain and broadcast hold one row each for every broadcast; index of UNIQUE (chain_id)
_EARNING: Final = f"""
SELECT {CHAIN} FROM broadcast b CROSS JOIN chain c
WHERE c.id = b.chain_id AND (b.ended_at IS NULL OR b.ended_at > ?) ORDER BY c.id"""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A row of `broadcast` with the state of its chain, which it has once it has started.

    `phase` says what the pump does next, `slot` which slot of the ramp comes next, `free` which
    were passed over, `cursor` up to which run it has planned. `begin_at` is when slot 0 is;
    `decide_at` when a trial is over.
    """

    id: int
    key: str
    chain_id: int
    phase: str
    query: str
    body: str
    audience: int
    asked_at: int
    started_at: int | None
    begin_at: int | None
    slot: int
    cursor: int
    decide_at: int | None
    decided_at: int | None
    ended_at: int | None
    definition_id: int
    state: str
    free: str

    @property
    def slots(self) -> Slots:
        """Which slots of its ramp are taken."""
        return Slots(self.slot, tuple((first, end) for first, end in from_json(self.free)))


def put(tx: Tx, key: str, texts: tuple[str, str], people: Sequence[int], now: int) -> Broadcast:
    """Write down a draft, query and body, and whom it is for; inside `write`."""
    (number,) = tx.execute(_INSERT, (key, *texts, len(people), now)).fetchone()
    parts = (
        (number, start // PART, to_json(people[start : start + PART]))
        for start in range(0, len(people), PART)
    )
    tx.executemany(_PUT_PART, parts)
    return get(tx, key)


def get(tx: Tx, key: str) -> Broadcast:
    """A broadcast that is there."""
    return Broadcast(*tx.execute(_FIND, (key,)).fetchone())


def find(tx: Tx, key: str) -> Broadcast | None:
    row = tx.execute(_FIND, (key,)).fetchone()
    return Broadcast(*row) if row else None


def is_taken(tx: Tx, key: str) -> bool:
    """Whether a chain or a broadcast has this key."""
    return tx.execute(_TAKEN, {"key": key}).fetchone() is not None


def open_ones(tx: Tx) -> list[Broadcast]:
    """Those that have started and not ended."""
    return [Broadcast(*row) for row in tx.execute(_OPEN)]


def list_broadcasts(tx: Tx, after: int | None, limit: int) -> list[Broadcast]:
    """Those that were started, the latest first."""
    return [Broadcast(*row) for row in tx.execute(_LIST, (after or 2**62, limit))]


def drop(tx: Tx, broadcast_id: int) -> None:
    """Forget a draft; inside `write`."""
    tx.execute(_STRIKE_ALL, (broadcast_id,))
    tx.execute(_DROP, (broadcast_id,))


def drop_old(tx: Tx, before: int) -> None:
    """Forget drafts that nobody confirmed; inside `write`."""
    for (broadcast_id,) in tx.execute(_OLD_DRAFTS, (before,)).fetchall():
        drop(tx, broadcast_id)


def update(tx: Tx, broadcast_id: int, **columns: Any) -> None:
    """Note how far a broadcast has come; inside `write`."""
    parts = ", ".join(f"{name} = :{name}" for name in columns)
    tx.execute(f"UPDATE broadcast SET {parts} WHERE id = :id", {**columns, "id": broadcast_id})


def take_slots(tx: Tx, broadcast_id: int, slots: Slots) -> None:
    """Note which slots are taken; inside `write`."""
    update(tx, broadcast_id, slot=slots.next, free=to_json(slots.free))


def part(tx: Tx, broadcast_id: int, start: int = 0) -> tuple[int, list[int]] | None:
    """The first part of the audience from number `start` on: its number and its people."""
    row = tx.execute(_PART, (broadcast_id, start)).fetchone()
    return (row[0], from_json(row[1])) if row else None


def strike(tx: Tx, broadcast_id: int, number: int) -> None:
    """Take a part off the audience: its runs have begun. Inside `write`."""
    tx.execute(_STRIKE, (broadcast_id, number))


def not_begun(tx: Tx, broadcast_id: int) -> int:
    """How many of the audience have no run yet."""
    return int(tx.execute(_PARTS, (broadcast_id,)).fetchone()[0])


def put_chain(tx: Tx, definition: Definition, name: str, now: int) -> int:
    """The row of `chain` for a broadcast that starts; its id. Inside `write`."""
    values = (definition.key, name, definition.id, definition.version, now)
    return int(tx.execute(_PUT_CHAIN, values).fetchone()[0])


def earning(tx: Tx, since: int) -> list[ChainRow]:
    """Broadcasts that have not ended before `since`: their messages may reach their goal yet."""
    return [ChainRow(*row) for row in tx.execute(_EARNING, (since,))]
