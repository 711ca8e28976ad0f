"""Refunds: how much of what an order earned its messages lose again.

A refund names its order by `order_id`; one that names none is about the last order before it. Each
message loses in proportion to what it has left of that order, and never more than that. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.goals import Money

ORDER: Final = "order_id"


@dataclass(frozen=True, slots=True)
class Earned:
    """What one message has left of one event, once refunds known so far are taken off.

    `id` is the conversion's; `order` is "" for an event that names none.
    """

    id: int
    event_id: int
    order: str
    at: int
    money: Money


def order_of(props: Mapping[str, Any]) -> str:
    """Which order an event is about; "" if it names none."""
    named = props.get(ORDER)
    return str(named).strip() if isinstance(named, str | int) and named is not True else ""


def meant(earned: Iterable[Earned], order: str, at: int) -> list[list[Earned]]:
    """What a refund of `order` at `at` is about, event by event.

    Several events may be about one order, each for a goal of its own.
    """
    events: dict[int, list[Earned]] = {}
    for part in sorted(earned, key=lambda part: part.id):
        events.setdefault(part.event_id, []).append(part)
    if order:
        return [parts for parts in events.values() if parts[0].order == order]
    before = [parts for parts in events.values() if parts[0].at <= at and _left(parts)]
    last = max(before, key=lambda parts: (parts[0].at, parts[0].event_id), default=None)
    return [] if last is None else [last]


def take_back(parts: Sequence[Earned], money: Money | None) -> list[tuple[Earned, int]]:
    """What a refund of `money`, or of all, takes from the parts of one event, in 1/10 000.

    Nothing from those that lose nothing. Money in another currency is left alone, for nobody knows
    what it is worth.
    """
    there = [part for part in parts if money is None or part.money.currency == money.currency]
    left = [max(part.money.value_e4, 0) for part in there]
    taken = in_proportion(left, sum(left) if money is None else abs(money.value_e4))
    return [(part, amount) for part, amount in zip(there, taken, strict=True) if amount]


def in_proportion(left: Sequence[int], amount: int) -> list[int]:
    """`amount`, or all there is, taken from what is `left` in proportion, to the last unit."""
    whole = sum(left)
    amount = min(amount, whole)
    taken, seen, before = [], 0, 0
    for part in left:
        seen += part
        upto = amount * seen // whole if whole else 0
        taken.append(upto - before)
        before = upto
    return taken


def _left(parts: Iterable[Earned]) -> bool:
    return any(part.money.value_e4 > 0 for part in parts)
