"""Credit goal events to messages: last touch, once per message and event."""

from __future__ import annotations

from collections.abc import Sequence

from mautod.core.event import Happened
from mautod.core.goals import GoalSpec, Touched, last_touch, worth
from mautod.store import receipts
from mautod.store.db import Tx
from mautod.store.receipts import Conversion


def credit(tx: Tx, goals: Sequence[GoalSpec], events: Sequence[Happened], currency: str) -> int:
    """Credit those of `events` that are a goal of a chain; how many. Inside `write`.

    An event counts from when it happened, so one that comes late finds the message that it would
    have found in time. `currency` is for amounts that come without one.
    """
    names = {goal.event for goal in goals}
    found: dict[tuple[int, int], list[Touched]] = {}
    conversions = [
        conversion
        for event in events
        if event.name in names
        and (conversion := _conversion(tx, goals, event, currency, found)) is not None
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
    claim = last_touch(goals, found[key], event.name, event.ts)
    if claim is None:
        return None
    money = worth(claim.goal, event.props, currency)
    return Conversion(claim.message, event.id, event.person_id, money, event.ts)
