"""How letters fared at the servers that took them or did not."""

from __future__ import annotations

from mautod import wire
from mautod.core.reports.landed import BY, Landed, landed
from mautod.core.sending.alarms import Counted
from mautod.duration import SECOND
from mautod.errors import BadInput
from mautod.store.db import Tx
from mautod.store.delivery import attempts, tallies

HOURLY = "hour"


def report(tx: Tx, channel: str, by: str, since: int, now: int) -> wire.LandedReport:
    """All tries on `channel` since the hour of `since`, by domain, server, code or hour.

    Raises:
        BadInput: they are not kept by `by`.
    """
    if by not in BY:
        raise BadInput(f"{by!r} is no column", field="by", hint=f"One of: {', '.join(BY)}.")
    rows = landed(attempts.by(tx, channel, by, since, now + SECOND))
    if by == HOURLY:
        rows.sort(key=lambda row: int(row.key))
    left = sum(tallies.since(tx, channel, since - tallies.SLOT_MS).values(), Counted())
    items = [_row(row) for row in rows]
    return wire.LandedReport(channel, by, since, items, left.sent, left.bounced, left.complained)


def _row(row: Landed) -> wire.LandedRow:
    return wire.LandedRow(
        key=row.key,
        accepted=row.accepted,
        deferred=row.deferred,
        bounced=row.bounced,
        refused=row.refused,
        unknown=row.unknown,
        accept_ms=row.took_ms / row.timed if row.timed else None,
        longest_ms=row.longest_ms,
    )
