"""`/order 42300 A-17`: an order that was agreed on in the conversation."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from mautod import wire
from mautod.errors import BadInput
from mautod.services.conversations.commands.event import record
from mautod.services.conversations.commands.port import Asked, At, Plain

COMPLETED: Final = "Order Completed"
_MOST: Final = Decimal(10) ** 12


class Order(Plain):
    """Records a completed order, in the workspace's currency."""

    usage = "TOTAL NUMBER"
    help = "record an order of the person in the workspace's currency"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Record it; an order that is known by its number counts once."""
        total, _, number = asked.argument.partition(" ")
        props: dict[str, Any] = {"total": _money(total), "currency": at.currency}
        if number.strip():
            props["order_id"] = number.strip()
        return record(at, asked, COMPLETED, props)


def _money(text: str) -> float | int:
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 < amount < _MOST):
        raise BadInput(
            f"{text[:40]!r} is no amount", field="line", hint="As /order 12999 A-17 or /order 9.90."
        )
    return int(amount) if amount == amount.to_integral_value() else float(amount)


COMMAND = Order()
