"""Products as letters show them: which product an item of an event is, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

MOST_SEEDS: Final = 30
MOST_SHOWN: Final = 12
FIELDS: Final = (
    "product_id", "sku", "name", "price", "currency", "url", "image_url", "category", "brand",
    "variant",
)  # fmt: skip
_KEYS: Final = ("product_id", "sku", "name")
_LONGEST: Final = 1000


def key_of(item: Any) -> str:
    """What tells a product from others: product_id, else sku, else name; "" if it has none."""
    if not isinstance(item, Mapping):
        return ""
    found = (item.get(key) for key in _KEYS)
    return next((str(value) for value in found if isinstance(value, str | int) and str(value)), "")[
        :255
    ]


def keys_of(items: Any) -> list[str]:
    """The products in a list of items, in order, each once; of anything else none."""
    if not isinstance(items, list):
        return []
    return list(dict.fromkeys(key for item in items[:MOST_SEEDS] if (key := key_of(item))))


def named(event: Mapping[str, Any]) -> list[str]:
    """The products that an event speaks of: those it lists, else the one that it is about."""
    listed = keys_of(event.get("products"))
    about = any(isinstance(event.get(key), str | int) for key in ("product_id", "sku"))
    return listed or ([key_of(event)] if about else [])


def shown(item: Mapping[str, Any]) -> dict[str, Any]:
    """What letters may show of a product: plain values under known names."""
    found = {key: item[key] for key in FIELDS if isinstance(item.get(key), str | int | float)}
    return {
        key: value[:_LONGEST] if isinstance(value, str) else value for key, value in found.items()
    }


def first(candidates: Iterable[Iterable[str]]) -> list[str]:
    """The first of several lists that is not empty."""
    return next((found for each in candidates if (found := list(each))), [])


def seeds(
    props: Mapping[str, Any], event: Mapping[str, Any], later: Iterable[Iterable[str]]
) -> list[str]:
    """The products from which others are recommended: those in the cart, else those that the event
    speaks of, else the first of `later` that has any.
    """

    def candidates() -> Iterator[Iterable[str]]:
        yield keys_of(props.get("cart"))
        yield named(event)
        yield from later

    return first(candidates())[:MOST_SEEDS]
