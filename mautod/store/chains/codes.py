"""Promo codes and whose they are. A code with an instant was given, and is nobody else's ever."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.store.db import Tx, to_json

# json_each leads, then index code_person (person_id); the plus keeps it from all of a pool
OF_PEOPLE: Final = """
SELECT c.person_id, c.code FROM json_each(:ids) k CROSS JOIN code c
WHERE c.person_id = k.value AND +c.pool = :pool ORDER BY c.at DESC, c.code DESC"""
# index code_free (pool, at), in the order of the codes
FREE: Final = "SELECT code FROM code WHERE pool = ? AND at IS NULL ORDER BY code LIMIT ?"
LEFT: Final = "SELECT count(*) FROM code WHERE pool = ? AND at IS NULL"
# primary key (pool, code)
GIVE: Final = """
UPDATE code SET person_id = ?, at = ? WHERE pool = ? AND code = ? AND at IS NULL RETURNING 1"""
MAKE: Final = """
INSERT INTO code (pool, code, person_id, at) VALUES (?, ?, ?, ?)
ON CONFLICT (pool, code) DO NOTHING RETURNING 1"""
TOTAL: Final = "SELECT count(*) FROM code WHERE pool = ?"
_LOAD: Final = """
INSERT INTO code (pool, code) SELECT :pool, k.value FROM json_each(:codes) k WHERE true
ON CONFLICT (pool, code) DO NOTHING"""
_DROP: Final = """
DELETE FROM code WHERE pool = :pool AND at IS NULL
AND code NOT IN (SELECT k.value FROM json_each(:codes) k)"""


@dataclass(frozen=True, slots=True)
class Stock:
    """How many codes of a pool were given, and how many are left."""

    given: int
    left: int


def of_people(tx: Tx, pool: str, ids: Iterable[int]) -> dict[int, str]:
    """The code of a pool that each of these people has, the first one if they have several."""
    return dict(tx.execute(OF_PEOPLE, {"pool": pool, "ids": to_json(list(ids))}))


def free(tx: Tx, pool: str, limit: int) -> list[str]:
    """Codes that nobody has had."""
    return [row[0] for row in tx.execute(FREE, (pool, limit))]


def give(tx: Tx, pool: str, code: str, person_id: int, now: int) -> bool:
    """Whether a code of a list is this person's now. Inside `write`."""
    return tx.execute(GIVE, (person_id, now, pool, code)).fetchone() is not None


def make(tx: Tx, pool: str, code: str, person_id: int, now: int) -> bool:
    """Whether a code that was not there before is this person's now. Inside `write`."""
    return tx.execute(MAKE, (pool, code, person_id, now)).fetchone() is not None


def stock(tx: Tx, pool: str) -> Stock:
    """How much of a pool is left."""
    (left,), (total,) = (tx.execute(sql, (pool,)).fetchone() for sql in (LEFT, TOTAL))
    return Stock(total - left, left)


def load(tx: Tx, pool: str, codes: Sequence[str]) -> None:
    """Let a pool hold these codes, and of others only those that were given. Inside `write`."""
    values = {"pool": pool, "codes": to_json(list(codes))}
    tx.execute(_DROP, values)
    tx.execute(_LOAD, values)
