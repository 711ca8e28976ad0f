"""Credit goal events to messages, once per message and event, and take back what is refunded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mautod.core.event import Happened
from mautod.core.goals import REFUND, GoalSpec, Money, Touched, attribute, split, worth
from mautod.core.reports.refunds import Earned, meant, order_of, take_back
from mautod.store.db import Tx
from mautod.store.delivery import receipts
from mautod.store.delivery.receipts import Conversion, Entry

_TOTAL: Final = "total"


def credit(
    tx: Tx,
    goals: Sequence[GoalSpec],
    events: Sequence[Happened],
    currency: str,
    zone: str = "UTC",
) -> int:
    """Credit those of `events` that are a goal of a chain; how many. Inside `write`.

    An event counts from when it happened, so one that comes late finds the message that it would
    have found in time, and a refund the order that came after it. `currency` is for amounts that
    come without one, `zone` for dates.
    """
    names = {goal.event for goal in goals}
    found: dict[tuple[int, int], list[Touched]] = {}
    credited: list[Happened] = []
    for event in events:
        if event.name not in names:
            continue
        reached = [goal for goal in goals if goal.is_reached_by(event.name, event.props, zone)]
        conversions = _conversions(tx, reached, event, currency, found)
        receipts.credit(tx, conversions)
        if conversions:
            credited.append(event)
    _Refunds(tx, {goal.chain_id: goal for goal in goals}).settle(events, credited)
    return len(credited)


def _conversions(
    tx: Tx,
    goals: Sequence[GoalSpec],
    event: Happened,
    currency: str,
    found: dict[tuple[int, int], list[Touched]],
) -> list[Conversion]:
    key = (event.person_id, event.ts)
    if goals and key not in found:
        found[key] = receipts.touched(tx, *key)
    credits_ = attribute(goals, found.get(key, ()), event.ts)
    if not credits_:
        return []
    money = worth(credits_[0].goal, event.props, currency)
    parts = [None] * len(credits_) if money is None else _parts(money, len(credits_))
    return [
        Conversion(each.message, event.id, event.person_id, part, event.ts, each.share_e4)
        for each, part in zip(credits_, parts, strict=True)
    ]


def _parts(money: Money, number: int) -> list[Money | None]:
    return [Money(part, money.currency) for part in split(money.value_e4, number)]


@dataclass(frozen=True, slots=True)
class _Refunds:
    """Takes back money; `goals` by chain, stopped chains have none."""

    tx: Tx
    goals: Mapping[int, GoalSpec]

    def settle(self, events: Iterable[Happened], credited: Iterable[Happened]) -> None:
        """Take off what refunds among `events` say, and earlier ones of orders just credited."""
        names = {REFUND, *(goal.refund for goal in self.goals.values())}
        for event in events:
            if event.name in names:
                self._take_back(event)
        for event in credited:
            order = order_of(event.props)
            for name in sorted(names) if order else ():
                for refund in receipts.refunded(self.tx, event.person_id, name):
                    if order_of(refund.props) == order:
                        self._take_back(refund)

    def _take_back(self, refund: Happened) -> None:
        ledger = receipts.earned(self.tx, refund.person_id)
        taken = {entry.of for entry in ledger if entry.event_id == refund.id}
        order = order_of(refund.props)
        if taken and not order:
            return
        messages = {entry.id: entry.message for entry in ledger}
        goals = {
            entry.of: goal
            for entry in ledger
            if entry.of not in taken and (goal := self._goal(entry, refund))
        }
        lost = [
            _lost(refund, messages[part.id], part, taken)
            for parts in meant(_left(ledger, goals), order, refund.ts)
            for part, taken in take_back(parts, _amount(goals[parts[0].event_id], refund, parts))
        ]
        receipts.credit(self.tx, lost)

    def _goal(self, entry: Entry, refund: Happened) -> GoalSpec | None:
        """The goal for which it was earned, if such an event takes that back.

        Without the number of an order, only what has a price of its own can be taken back.
        """
        goal = self.goals.get(entry.message.chain_id, _GONE)
        priced = isinstance(goal.value, str)
        return goal if goal.refund == refund.name and (priced or order_of(refund.props)) else None


_GONE: Final = GoalSpec(0, "", _TOTAL, 0)
"""What is taken for the goal of a chain that is not there any more."""


def _left(ledger: Sequence[Entry], goals: Mapping[int, GoalSpec]) -> list[Earned]:
    """What messages still have of the events that `goals` know, conversion by conversion."""
    lost: dict[tuple[int, int], int] = {}
    for entry in ledger:
        if entry.of != entry.event_id:
            place = entry.message.message_id, entry.of
            lost[place] = lost.get(place, 0) + entry.money.value_e4
    return [
        Earned(
            entry.id,
            entry.of,
            order_of(entry.props),
            entry.at,
            Money(
                entry.money.value_e4 + lost.get((entry.message.message_id, entry.of), 0),
                entry.money.currency,
            ),
        )
        for entry in ledger
        if entry.of == entry.event_id and entry.of in goals
    ]


def _amount(goal: GoalSpec, refund: Happened, parts: Sequence[Earned]) -> Money | None:
    """How much a refund says; None, which is all, if it does not say."""
    currency = parts[0].money.currency
    named = [goal.value, _TOTAL] if isinstance(goal.value, str) else []
    said = (worth(replace(goal, value=name), refund.props, currency) for name in named)
    return next((money for money in said if money is not None), None)


def _lost(refund: Happened, message: Touched, part: Earned, taken: int) -> Conversion:
    money = Money(-taken, part.money.currency)
    return Conversion(message, refund.id, refund.person_id, money, refund.ts, 0, part.event_id)
