"""Sweep: what time alone changes. Windows of rules slide without any event."""

from __future__ import annotations

from mautod.core.event import Touched
from mautod.services.intake.react import Reactions
from mautod.services.segments import sizes
from mautod.store.db import Database


def sweep(db: Database, reactions: Reactions, now: int) -> int:
    """Follow the clock: who moves in or out of segments, whose points change, and what follows.

    How many events that made.

    One transaction; what was swept is remembered in it, so nothing is swept over or twice.
    """
    with reactions.writing(db) as tx:
        touched = Touched()
        notes = reactions.segments.sweep(tx, now, touched)
        reactions.moved(tx, notes, touched, now)
        sizes.keep(tx, reactions.chains.versions.zone, now)
    return len(notes)
