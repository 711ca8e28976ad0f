"""Somebody who is not there: whom a letter is shown for where no person is named."""

from __future__ import annotations

from typing import Any, Final

_ITEMS: Final = (
    {"product_id": "1041", "name": "Oak bedside table", "price": 129, "quantity": 1},
    {"product_id": "2208", "name": "Linen cushion, natural", "price": 24.5, "quantity": 2},
)
_MORE: Final = (
    {"product_id": "3307", "name": "Bedside lamp, brass", "price": 59},
    {"product_id": "2210", "name": "Wool throw", "price": 75},
)
CODE: Final = "SAMPLE-10"


def items(url: str) -> list[dict[str, Any]]:
    """A cart of theirs."""
    return [{**item, "url": f"{url}/item/{item['product_id']}"} for item in _ITEMS]


def recommended(url: str) -> list[dict[str, Any]]:
    """What goes with it."""
    return [{**item, "url": f"{url}/item/{item['product_id']}"} for item in _MORE]


def person(url: str) -> dict[str, Any]:
    """Their properties."""
    return {
        "first_name": "Ann", "last_name": "Miller", "city": "Riga", "cart": items(url),
        "cart_items": [item["name"] for item in _ITEMS], "cart_amount": 178,
        "orders_count": 1, "last_order_amount": 92,
    }  # fmt: skip


def event(url: str) -> dict[str, Any]:
    """The properties of an event that may begin a chain: a cart, an order, a product."""
    return {
        **items(url)[0], "products": items(url), "total": 178, "order_id": "A-1041",
        "related": recommended(url),
    }  # fmt: skip
