"""Sweep: what time alone changes. Windows of rules slide without any event."""

from __future__ import annotations

from mautod.services import sizes
from mautod.services.react import Reactions
from mautod.store.db import Database


def sweep(db: Database, reactions: Reactions, now: int) -> int:
    """Move people whom the clock moved in or out of segments, with all that follows; how many.

    One transaction; what was swept is remembered in it, so nothing is swept over or twice.
    """
    with reactions.writing(db) as tx:
        notes = reactions.segments.sweep(tx, now)
        reactions.moved(tx, notes, now)
        sizes.keep(tx, reactions.chains.versions.zone, now)
    return len(notes)
