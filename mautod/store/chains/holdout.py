"""The seed of the holdouts: it decides who is in them, so it never changes."""

from __future__ import annotations

from typing import Final

from mautod import clock
from mautod.store import state
from mautod.store.db import Tx

SEED_KEY: Final = "holdout_seed"


def seed(tx: Tx) -> str:
    """This workspace's seed, made at the first use. Call inside `write`."""
    tx.execute(
        "INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
        (SEED_KEY, clock.new_secret()),
    )
    return state.get(tx, SEED_KEY)
