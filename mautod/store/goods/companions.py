"""Which products are bought together, counted from orders, and what is known of each.

`together` of A and B is the number of orders that hold both, `score` is together² divided by
the orders with A and by those with B: 1 where nobody buys one without the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.store.db import Row, Tx, from_json, to_json

ORDERED: Final = "Order Completed"
ADDED: Final = "Product Added"
VIEWED: Final = "Product Viewed"
MOST_ORDERS: Final = 50_000
MOST_ITEMS: Final = 30
"""Items of one order that count."""
MOST_PRODUCTS: Final = 5_000
MOST_COMPANIONS: Final = 12

_KEY: Final = (
    "substr(CAST(coalesce(nullif({item} ->> 'product_id', ''), nullif({item} ->> 'sku', ''),"
    " {item} ->> 'name') AS TEXT), 1, 255)"
)
# index event_name_ts_person, the latest first; sources are few
_RECENT: Final = """
recent AS MATERIALIZED (
  SELECT e.id, e.ts, e.props FROM event e CROSS JOIN source s ON s.id = e.source_id
  WHERE e.name_id = (SELECT id FROM event_name WHERE name = :name) AND e.ts > :since
    AND (s.trusted = 1 OR s.name IN (SELECT value FROM json_each(:sources)))
  ORDER BY e.ts DESC LIMIT :most)"""
_LINES: Final = f"""
lines AS MATERIALIZED (
  SELECT coalesce('order ' || nullif(o.props ->> 'order_id', ''), 'event ' || o.id) AS basket,
    o.ts, o.id, p.key AS place, p.value AS item, {_KEY.format(item="p.value")} AS product
  FROM recent o CROSS JOIN json_each(o.props, '$.products') p
  WHERE p.type = 'object' AND p.key < :items)"""
_SOLD: Final = f"""
WITH {_RECENT}, {_LINES},
sold AS MATERIALIZED (SELECT DISTINCT basket, product FROM lines WHERE product IS NOT NULL),
counts AS MATERIALIZED (
  SELECT product, count(*) AS orders FROM sold GROUP BY product
  ORDER BY orders DESC, product LIMIT :products)"""
# What is known is what the latest order said.
SOLD: Final = f"""{_SOLD},
latest AS (
  SELECT l.product, l.item,
    row_number() OVER (PARTITION BY l.product ORDER BY l.ts DESC, l.id DESC, l.place) AS number
  FROM lines l JOIN counts c ON c.product = l.product)
SELECT l.product, l.item, c.orders FROM latest l JOIN counts c ON c.product = l.product
WHERE l.number = 1"""
PAIRS: Final = f"""{_SOLD},
pairs AS (
  SELECT a.product, b.product AS other, count(*) AS together
  FROM sold a JOIN sold b ON b.basket = a.basket AND b.product <> a.product
  GROUP BY a.product, b.product HAVING count(*) >= :least),
scored AS (
  SELECT p.product, p.other, p.together,
    1.0 * p.together * p.together / (x.orders * y.orders) AS score
  FROM pairs p JOIN counts x ON x.product = p.product JOIN counts y ON y.product = p.other),
ranked AS (
  SELECT s.product, s.other, s.together, s.score, row_number() OVER (
    PARTITION BY s.product ORDER BY s.score DESC, s.together DESC, s.other) AS number
  FROM scored s)
SELECT product, other, together, score FROM ranked WHERE number <= :companions
ORDER BY product, other"""
# index event_name_ts_person
SHOWN: Final = f"""
WITH {_RECENT}
SELECT {_KEY.format(item="props")}, props FROM recent"""

# primary keys of companion and product
OFFERED: Final = """
SELECT p.item, sum(c.score) AS score, sum(c.together) AS together
FROM json_each(:seeds) k CROSS JOIN companion c ON c.product = k.value
  CROSS JOIN product p ON p.key = c.other
WHERE c.other NOT IN (SELECT value FROM json_each(:without))
GROUP BY p.key, p.item ORDER BY score DESC, together DESC, p.key LIMIT :most"""
# index event_person_name_ts
LAST: Final = """
SELECT props FROM event
WHERE person_id = ? AND name_id = (SELECT id FROM event_name WHERE name = ?)
ORDER BY ts DESC LIMIT ?"""
_COUNTED: Final = "SELECT coalesce(max(count), 0) FROM event_name WHERE name = ?"
_PUT: Final = "INSERT INTO product (key, item, orders) VALUES (?, ?, ?)"
_JOIN: Final = "INSERT INTO companion (product, other, together, score) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which orders count: those after `since` of trusted `sources` and of these; `least`: in how
    many orders two products must have been together.
    """

    since: int
    sources: Sequence[str] = ()
    least: int = 2


def orders(tx: Tx) -> int:
    """How many orders there ever were."""
    return int(tx.execute(_COUNTED, (ORDERED,)).fetchone()[0])


def sold(tx: Tx, scope: Scope) -> list[tuple[str, dict[str, Any], int]]:
    """The products of these orders, the most sold of them: key, item, in how many orders."""
    rows = tx.execute(SOLD, _values(scope, ORDERED))
    return [(key, from_json(item), count) for key, item, count in rows]


def pairs(tx: Tx, scope: Scope) -> list[Row]:
    """Rows of (product, other, together, score): of each product those that go best with it."""
    return tx.execute(PAIRS, _values(scope, ORDERED)).fetchall()


def shown(tx: Tx, scope: Scope, name: str) -> list[tuple[str, dict[str, Any]]]:
    """What the events `name` tell of products, the latest first."""
    rows = tx.execute(SHOWN, _values(scope, name))
    return [(str(key), from_json(props)) for key, props in rows if key]


def replace(tx: Tx, products: Iterable[Row], companions: Iterable[Row]) -> None:
    """Put rows of (key, item as JSON, orders) and of `pairs` in place of all there were. Inside
    `write`.
    """
    tx.execute("DELETE FROM companion")
    tx.execute("DELETE FROM product")
    tx.executemany(_PUT, products)
    tx.executemany(_JOIN, companions)


def all_rows(tx: Tx) -> tuple[list[Row], list[Row]]:
    """What `replace` was given last."""
    products = tx.execute("SELECT key, item, orders FROM product").fetchall()
    return products, tx.execute("SELECT product, other, together, score FROM companion").fetchall()


def offered(
    tx: Tx, seeds: Collection[str], without: Collection[str], most: int
) -> list[dict[str, Any]]:
    """What goes with `seeds`, the best first."""
    values = {"seeds": to_json(list(seeds)), "without": to_json(list(without)), "most": most}
    return [from_json(item) for item, _, _ in tx.execute(OFFERED, values)]


def last(tx: Tx, person_id: int, name: str, most: int) -> list[dict[str, Any]]:
    """The properties of a person's latest events of one name."""
    return [from_json(props) for (props,) in tx.execute(LAST, (person_id, name, most))]


def _values(scope: Scope, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "since": scope.since,
        "sources": to_json(list(scope.sources)),
        "least": scope.least,
        "most": MOST_ORDERS,
        "items": MOST_ITEMS,
        "products": MOST_PRODUCTS,
        "companions": MOST_COMPANIONS,
    }
