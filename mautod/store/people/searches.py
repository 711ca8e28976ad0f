"""Searches with a name, for everybody at the desk."""

from __future__ import annotations

from typing import Final

from mautod.store.db import Tx
from mautod.wire import Search

# primary key of search; a team has a few
_LIST: Final = "SELECT name, query, saved_at FROM search ORDER BY name"
_SAVE: Final = """
INSERT INTO search (name, query, saved_at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET query = excluded.query, saved_at = excluded.saved_at"""


def list_searches(tx: Tx) -> list[Search]:
    """All, by name."""
    return [Search(*row) for row in tx.execute(_LIST)]


def save(tx: Tx, name: str, query: str, at: int) -> None:
    """Keep a search under a name, in place of what had it. Inside `write`."""
    tx.execute(_SAVE, (name, query, at))


def delete(tx: Tx, name: str) -> bool:
    """Forget a search; True if it was there. Inside `write`."""
    return tx.execute("DELETE FROM search WHERE name = ?", (name,)).rowcount > 0
