"""What a letter recommends to one person: what others bought together with the person's products.

The products that it goes by are those in the cart; else those that the event speaks of which began
the chain; else those of the last order; else the last that were looked at. Left out are those, and
what the person's last orders hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mautod.core import goods
from mautod.store.db import Tx
from mautod.store.goods import companions

ORDERS: Final = 10
LOOKS: Final = 5


def recommended(
    tx: Tx, person_id: int, props: Mapping[str, Any], event: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Up to twelve products, the best first; none where nothing is known."""
    ordered = [
        goods.named(order) for order in companions.last(tx, person_id, companions.ORDERED, ORDERS)
    ]

    def later() -> Iterator[list[str]]:
        yield from ordered[:1]
        looks = companions.last(tx, person_id, companions.VIEWED, LOOKS)
        yield [key for look in looks for key in goods.named(look)]

    seeds = goods.seeds(props, event, later())
    if not seeds:
        return []
    without = {*seeds, *(key for order in ordered for key in order)}
    without |= set(goods.keys_of(props.get("cart")))
    return companions.offered(tx, seeds, without, goods.MOST_SHOWN)
