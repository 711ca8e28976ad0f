"""How far each mailbox elsewhere has been read, and whether it could be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.store.db import Tx

_FIND: Final = "SELECT validity, uid, read_at, error, error_at FROM mailbox WHERE name = ?"
_READ: Final = """
INSERT INTO mailbox (name, validity, uid, read_at) VALUES (:name, :validity, :uid, :at)
ON CONFLICT (name) DO UPDATE SET validity = excluded.validity, read_at = excluded.read_at,
  error = '', error_at = NULL,
  uid = CASE WHEN mailbox.validity = excluded.validity THEN max(mailbox.uid, excluded.uid)
    ELSE excluded.uid END"""
_FAILED: Final = """
INSERT INTO mailbox (name, error, error_at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET error = excluded.error,
  error_at = coalesce(mailbox.error_at, excluded.error_at)"""


@dataclass(frozen=True, slots=True)
class Place:
    """What was read of a mailbox: all up to `uid`, as long as its UIDVALIDITY is `validity`.

    `error_at`: since when it cannot be read; None while it can.
    """

    validity: int = 0
    uid: int = 0
    read_at: int | None = None
    error: str = ""
    error_at: int | None = None


def find(tx: Tx, name: str) -> Place:
    row = tx.execute(_FIND, (name,)).fetchone()
    return Place(*row) if row else Place()


def read(tx: Tx, name: str, validity: int, uid: int, at: int) -> None:
    """All up to `uid` is on disk here; the mark never moves back. Inside `write`."""
    tx.execute(_READ, {"name": name, "validity": validity, "uid": uid, "at": at})


def failed(tx: Tx, name: str, error: str, at: int) -> None:
    """It could not be read; inside `write`."""
    tx.execute(_FAILED, (name, error, at))
