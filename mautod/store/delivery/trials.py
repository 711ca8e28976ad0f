"""Letters that were sent to try a template out: only how many, so that they stay few."""

from __future__ import annotations

from typing import Final

from mautod.store.db import Tx

# index trial_at
COUNT: Final = "SELECT count(*) FROM trial WHERE at > ?"
FORGET: Final = "DELETE FROM trial WHERE at <= ?"
_ADD: Final = "INSERT INTO trial (at, template) VALUES (?, ?)"


def count(tx: Tx, since: int) -> int:
    """How many were sent after `since`."""
    return int(tx.execute(COUNT, (since,)).fetchone()[0])


def add(tx: Tx, template: str, now: int) -> int:
    """Note one; its number. Inside `write`."""
    number = tx.execute(_ADD, (now, template)).lastrowid
    assert number is not None, "a row has a number"
    return number


def forget(tx: Tx, before: int) -> None:
    """Drop those up to `before` but the last, so that no number comes twice. Inside `write`."""
    tx.execute(f"{FORGET} AND id < (SELECT max(id) FROM trial)", (before,))
