"""Housekeeping: let go of what was kept for a time only."""

from __future__ import annotations

from typing import Final

from mautod.duration import DAY
from mautod.services.intake.digest import OFFSET
from mautod.store import events, state
from mautod.store.db import Database
from mautod.store.delivery import attempts, tallies, visits
from mautod.store.journal import Journal

MINUTES_KEPT_MS: Final = 14 * DAY


def keep(
    db: Database, journal: Journal, journal_keep_ms: int, visits_keep_ms: int, now: int
) -> int:
    """Drop old message ids, counts, visits and digested requests; how many rows.

    Idempotent. A request that is not digested yet is never dropped, however old.
    """
    with db.write() as tx:
        dropped = events.forget_seen(tx, now) + events.forget_minutes(tx, now - MINUTES_KEPT_MS)
        dropped += visits.forget(tx, now - visits_keep_ms)
        dropped += attempts.forget(tx, now) + tallies.forget(tx, now)
    offset = int(state.get(db.read(), OFFSET, "0"))
    while purged := journal.purge(now - journal_keep_ms, offset):
        dropped += purged
    return dropped
