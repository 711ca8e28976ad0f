"""Goals: which messages a purchase is credited to, and with how much.

Of all messages that may claim an event, the one touched last decides by its chain's goal: it gets
all, or the first one does, or each an equal part. So the money of one order is counted once, and
parts add up to it exactly. Pure: messages and events in, credits out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final, Literal

from mautod.core.rules.tree import Where
from mautod.core.rules.where import holds

E4: Final = 10_000
"""Units of stored money in one unit of currency."""

_LARGEST: Final = Decimal(10) ** 14
_CURRENCY_LENGTH: Final = 12

WHOLE: Final = 10_000
"""One goal reached, in the parts of which messages may have shares."""
REFUND: Final = "Order Refunded"
"""The event that takes back the money of a goal, unless the goal names another."""

Touch = Literal["sent", "opened", "clicked"]
Attribution = Literal["last", "first", "linear"]


@dataclass(frozen=True, slots=True)
class GoalSpec:
    """What a chain's messages are for.

    `value` is the name of the event's property that holds the money (dots go into objects), a fixed
    amount, or None. The goal counts within `within_ms` from the moment `from_`, if the event's
    properties pass `where`. The event `refund` takes its money back.
    """

    chain_id: int
    event: str
    value: str | Decimal | None
    within_ms: int
    from_: Touch = "sent"
    where: Where | None = None
    attribution: Attribution = "last"
    refund: str = REFUND

    def is_reached_by(self, event: str, props: Mapping[str, Any], zone: str) -> bool:
        """Whether such an event is what the goal names; `zone` is the workspace's."""
        return event == self.event and holds(self.where, props, zone)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in 1/10 000 of a currency unit."""

    value_e4: int
    currency: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A message as far as attribution looks at it; instants it has not seen are None."""

    message_id: int
    chain_id: int
    step: str
    template: str
    sent_at: int | None
    opened_at: int | None
    clicked_at: int | None

    def at(self, touch: Touch) -> int | None:
        """When this touch happened."""
        match touch:
            case "sent":
                return self.sent_at
            case "opened":
                return self.opened_at
            case "clicked":
                return self.clicked_at


@dataclass(frozen=True, slots=True)
class Credit:
    """A message with its share of an event in parts of `WHOLE`, under the goal that decides."""

    message: Touched
    goal: GoalSpec
    share_e4: int = WHOLE


def attribute(
    goals: Iterable[GoalSpec],
    messages: Iterable[Touched],
    ts: int,
    attribution: Attribution | None = None,
) -> list[Credit]:
    """Whom an event at `ts` that reaches `goals` is credited to, the message touched first first.

    The message touched last decides what the event is worth, and, unless `attribution` says it,
    how it is shared. Shares add up to `WHOLE`; none if no message may claim the event.
    """
    claims = _claims(goals, messages, ts)
    if not claims:
        return []
    decides = claims[-1].goal
    match attribution or decides.attribution:
        case "last":
            claims = claims[-1:]
        case "first":
            claims = claims[:1]
        case "linear":
            pass
    shares = split(WHOLE, len(claims))
    return [
        Credit(claim.message, decides, share) for claim, share in zip(claims, shares, strict=True)
    ]


def split(amount: int, parts: int) -> list[int]:
    """An amount in so many parts, as equal as whole units are, which add up to it exactly.

    No part of a smaller amount is larger than that of a larger one.
    """
    sign = -1 if amount < 0 else 1
    each, more = divmod(abs(amount), parts)
    return [sign * (each + 1)] * more + [sign * each] * (parts - more)


def _claims(goals: Iterable[GoalSpec], messages: Iterable[Touched], ts: int) -> Sequence[Credit]:
    """The messages that may claim an event at `ts`, in the order in which they were touched."""
    wanted = {goal.chain_id: goal for goal in goals}
    claims = [
        (at, message.message_id, Credit(message, goal))
        for message in messages
        if (goal := wanted.get(message.chain_id)) is not None
        and (at := message.at(goal.from_)) is not None
        and at <= ts <= at + goal.within_ms
    ]
    return [credit for _, _, credit in sorted(claims, key=lambda claim: claim[:2])]


def worth(goal: GoalSpec, props: Mapping[str, Any], currency: str) -> Money | None:
    """The money of an event under `goal`; `currency` is for amounts that come without one."""
    if goal.value is None:
        return None
    if isinstance(goal.value, Decimal):
        units = to_e4(goal.value)
    else:
        units, currency = to_e4(_amount(props, goal.value)), _currency(props, currency)
    return None if units is None else Money(units, currency)


def to_e4(amount: object) -> int | None:
    """A number, or its writing, in 1/10 000; None if it is neither or has no sane size."""
    if isinstance(amount, bool) or not isinstance(amount, (int, float, str, Decimal)):
        return None
    try:
        exact = Decimal(str(amount).strip())
    except InvalidOperation:
        return None
    if not exact.is_finite() or abs(exact) >= _LARGEST:
        return None
    return int((exact * E4).to_integral_value(ROUND_HALF_EVEN))


def _amount(props: Mapping[str, Any], path: str) -> object:
    if path in props:
        return props[path]
    found: object = props
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _currency(props: Mapping[str, Any], default: str) -> str:
    """What the event says, even if it is no ISO code: adding it to another would be the error."""
    said = props.get("currency")
    text = said.strip().upper() if isinstance(said, str) else ""
    return text if text and len(text) <= _CURRENCY_LENGTH and text.isprintable() else default
