"""Shop properties, computed from the standard commerce events (ecommerce spec v2).

`cart` (list of items), `cart_items` (their names), `cart_amount`, `viewed_products`,
`last_order_amount`, `last_order_id`, `orders_count`, `revenue` in the workspace's currency and
`revenue_<CUR>` in every other. An order is counted once per `order_id`, whoever reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from mautod.core.people.person import Card

MOST_ITEMS: Final = 100
MOST_VIEWED: Final = 30
MOST_ORDERS: Final = 200
_ITEM: Final = (
    "product_id",
    "sku",
    "name",
    "price",
    "quantity",
    "url",
    "image_url",
    "category",
    "brand",
)


def amount_of(value: Any) -> Decimal | None:
    """`value` as an exact amount, or None when it is no finite number or decimal text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < Decimal(10) ** 14 else None


def apply_commerce(card: Card, name: str, props: Mapping[str, Any], ts: int, currency: str) -> None:
    """Bring the shop properties of `card` up to date after one event of any name."""
    handler = HANDLERS.get(name)
    if handler is not None:
        handler(card, props, ts, currency)


def _viewed(card: Card, props: Mapping[str, Any], _ts: int, _currency: str) -> None:
    product = _label(props)
    if product:
        others = [seen for seen in card.props.get("viewed_products") or [] if seen != product]
        card.put("viewed_products", [*others, product][-MOST_VIEWED:])


def _added(card: Card, props: Mapping[str, Any], ts: int, _currency: str) -> None:
    items = _cart(card)
    known = next((item for item in items if _label(item) == _label(props)), None)
    if known is None:
        items.append(_item(props, ts))
    else:
        total = _quantity(known) + _quantity(props)
        items[items.index(known)] = {**known, **_item(props, ts), "quantity": _number(total)}
    _fill(card, items)


def _removed(card: Card, props: Mapping[str, Any], _ts: int, _currency: str) -> None:
    kept = []
    for item in _cart(card):
        if _label(item) != _label(props):
            kept.append(item)
        elif "quantity" in props and _quantity(item) > _quantity(props):
            kept.append({**item, "quantity": _number(_quantity(item) - _quantity(props))})
    _fill(card, kept)


def _cart_viewed(card: Card, props: Mapping[str, Any], ts: int, _currency: str) -> None:
    products = props.get("products")
    if isinstance(products, list):
        _fill(card, [_item(product, ts) for product in products if isinstance(product, dict)])


def _ordered(card: Card, props: Mapping[str, Any], ts: int, currency: str) -> None:
    _fill(card, [item for item in _cart(card) if item.get("at", 0) > ts])
    order_id = str(props.get("order_id") or "")
    counted = card.props.get("order_ids") or []
    if order_id and order_id in counted:
        return
    if order_id:
        card.put("order_ids", [*counted, order_id][-MOST_ORDERS:])
        card.put("last_order_id", order_id)
    card.put("orders_count", int(card.props.get("orders_count") or 0) + 1)
    total = _total(props)
    if total is not None:
        card.put("last_order_amount", _number(total))
        _earn(card, total, props, currency)


def _refunded(card: Card, props: Mapping[str, Any], _ts: int, currency: str) -> None:
    total = _total(props)
    if total is not None:
        _earn(card, -total, props, currency)


HANDLERS: Final[dict[str, Callable[[Card, Mapping[str, Any], int, str], None]]] = {
    "Product Viewed": _viewed,
    "Product Added": _added,
    "Product Removed": _removed,
    "Cart Viewed": _cart_viewed,
    "Order Completed": _ordered,
    "Order Refunded": _refunded,
    "Order Cancelled": _refunded,
}


def _earn(card: Card, total: Decimal, props: Mapping[str, Any], currency: str) -> None:
    given = str(props.get("currency") or currency).upper()[:3]
    prop = "revenue" if given == currency else f"revenue_{given}"
    card.put(prop, _number(Decimal(str(card.props.get(prop) or 0)) + total))


def _total(props: Mapping[str, Any]) -> Decimal | None:
    found = (amount_of(props.get(key)) for key in ("total", "revenue", "value"))
    return next((amount for amount in found if amount is not None), None)


def _cart(card: Card) -> list[dict[str, Any]]:
    return list(card.props.get("cart") or [])


def _fill(card: Card, items: list[dict[str, Any]]) -> None:
    kept = items[-MOST_ITEMS:]
    amount = sum((_price(item) * _quantity(item) for item in kept), Decimal(0))
    card.put("cart", kept or None)
    card.put("cart_items", [_label(item) for item in kept] or None)
    card.put("cart_amount", _number(amount) if kept else None)


def _item(props: Mapping[str, Any], ts: int) -> dict[str, Any]:
    known = {key: props[key] for key in _ITEM if isinstance(props.get(key), str | int | float)}
    return {"quantity": 1, **known, "at": ts}


def _label(props: Mapping[str, Any]) -> str:
    return str(props.get("name") or props.get("product_id") or props.get("sku") or "")[:255]


def _price(item: Mapping[str, Any]) -> Decimal:
    return amount_of(item.get("price")) or Decimal(0)


def _quantity(item: Mapping[str, Any]) -> Decimal:
    amount = amount_of(item.get("quantity", 1))
    return Decimal(1) if amount is None else amount


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)
