"""Credit goal events to messages: last touch, once per message and event."""

from __future__ import annotations

from collections.abc import Sequence

from mautod.core.event import Happened
from mautod.core.goals import GoalSpec, Touched, last_touch, worth
from mautod.store import receipts
from mautod.store.db import Tx
from mautod.store.receipts import Conversion


def credit(
    tx: Tx,
    goals: Sequence[GoalSpec],
    events: Sequence[Happened],
    currency: str,
    zone: str = "UTC",
) -> int:
    """Credit those of `events` that are a goal of a chain; how many. Inside `write`.

    An event counts from when it happened, so one that comes late finds the message that it would
    have found in time. `currency` is for amounts that come without one, `zone` for dates.
    """
    names = {goal.event for goal in goals}
    found: dict[tuple[int, int], list[Touched]] = {}
    conversions = [
        conversion
        for event in events
        if event.name in names
        and (reached := [g for g in goals if g.is_reached_by(event.name, event.props, zone)])
        and (conversion := _conversion(tx, reached, event, currency, found)) is not None
    ]
    receipts.credit(tx, conversions)
    return len(conversions)


def _conversion(
    tx: Tx,
    goals: Sequence[GoalSpec],
    event: Happened,
    currency: str,
    found: dict[tuple[int, int], list[Touched]],
) -> Conversion | None:
    key = (event.person_id, event.ts)
    if key not in found:
        found[key] = receipts.touched(tx, *key)
    claim = last_touch(goals, found[key], event.ts)
    if claim is None:
        return None
    money = worth(claim.goal, event.props, currency)
    return Conversion(claim.message, event.id, event.person_id, money, event.ts)
