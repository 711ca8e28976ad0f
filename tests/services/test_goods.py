"""What is bought together, against an oracle; and what of it one person is shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_kit import NOON, open_shop

from mautod.duration import DAY
from mautod.services.goods.count import Rules, borrow, count
from mautod.services.goods.offer import recommended
from mautod.store import state
from mautod.store.goods import companions

RULES = Rules(180 * DAY, least=2)


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    with shop.db.write() as tx:
        shop.sources = state.source_ids(tx, [("site", False), ("server", True)])
    yield shop
    shop.db.close()


def item(key, **more):
    return {"product_id": key, "name": f"The {key}", "price": 5, **more}


def order(shop, person, *keys, number="", source="server", ts=None, **more):
    props = {"products": [item(key, **more) for key in keys]}
    event = shop.event(
        person, "Order Completed", ts, **({"order_id": number} if number else {}), **props
    )
    tell(shop, event, source)


def tell(shop, event, source):
    with shop.db.write() as tx:
        tx.execute("UPDATE event SET source_id = ? WHERE id = ?", (shop.sources[source], event))
        tx.execute(
            "UPDATE event_name SET count = (SELECT count(*) FROM event WHERE name_id = event_name.id)"
        )


def pairs(shop):
    count(shop.db, RULES, NOON)
    rows = shop.all("SELECT product, other, together, score FROM companion")
    return {(a, b): (together, score) for a, b, together, score in rows}


def names(shop, person, props=None, event=None):
    found = recommended(shop.db.read(), person, props or {}, event or {})
    return [product["product_id"] for product in found]


orders = st.lists(
    st.tuples(st.lists(st.sampled_from("abcdef"), max_size=4), st.sampled_from(["", "1", "2", "3"])),
    max_size=14,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(orders)
def test_what_is_counted_is_what_an_oracle_counts(tmp_path_factory, given_orders):
    shop = open_shop(tmp_path_factory.mktemp("shop"))
    with shop.db.write() as tx:
        shop.sources = state.source_ids(tx, [("server", True)])
    person, baskets = shop.person(), defaultdict(set)
    for index, (keys, number) in enumerate(given_orders):
        order(shop, person, *keys, number=number)
        baskets[f"order {number}" if number else index] |= set(keys)
    found = pairs(shop)
    shop.db.close()
    single = Counter(key for basket in baskets.values() for key in basket)
    both = Counter(pair for basket in baskets.values() for pair in permutations(basket, 2))
    assert found == {
        (a, b): (times, pytest.approx(float(Fraction(times * times, single[a] * single[b]))))
        for (a, b), times in both.items()
        if times >= 2
    }


def test_an_order_that_comes_twice_counts_once(shop):
    person = shop.person()
    for _ in range(3):
        order(shop, person, "mug", "tea", number="A-1")
    assert pairs(shop) == {}


def test_what_a_browser_says_of_products_comes_into_no_letter_to_others(shop):
    person = shop.person()
    for _ in range(3):
        order(shop, person, "mug", "evil", source="site", url="https://evil.example/")
    assert pairs(shop) == {}
    assert shop.all("SELECT * FROM product") == []
    count(shop.db, Rules(180 * DAY, ("site",)), NOON)
    assert len(shop.all("SELECT * FROM product")) == 2


def test_old_orders_do_not_count(shop):
    for _ in range(3):
        order(shop, shop.person(None), "mug", "tea", ts=NOON - 181 * DAY)
    assert pairs(shop) == {}


def test_people_are_shown_what_others_took_along_but_not_what_they_have(shop):
    other, ann = shop.person(None), shop.person()
    for _ in range(3):
        order(shop, other, "mug", "tea")
    for _ in range(2):
        order(shop, other, "mug", "spoon", "pot")
    count(shop.db, RULES, NOON)
    assert names(shop, ann, {"cart": [item("mug")]}) == ["tea", "pot", "spoon"]
    assert names(shop, ann, {"cart": [item("mug"), item("tea")]}) == ["pot", "spoon"]
    order(shop, ann, "tea")
    assert names(shop, ann, {"cart": [item("mug")]}) == ["pot", "spoon"]


def test_it_goes_by_the_cart_then_the_event_then_the_last_order_then_what_was_looked_at(shop):
    other, ann = shop.person(None), shop.person()
    for seed, taken in (
        ("c", "for-cart"),
        ("e", "for-event"),
        ("o", "for-order"),
        ("v", "for-view"),
    ):
        for _ in range(2):
            order(shop, other, seed, taken)
    count(shop.db, RULES, NOON)
    assert names(shop, ann) == []
    shop.event(ann, "Product Viewed", **item("v"))
    assert names(shop, ann) == ["for-view"]
    order(shop, ann, "o")
    assert names(shop, ann) == ["for-order"]
    assert names(shop, ann, event={"products": [item("e")]}) == ["for-event"]
    assert names(shop, ann, event=item("e")) == ["for-event"]
    assert names(shop, ann, {"cart": [item("c")]}, item("e")) == ["for-cart"]


def test_what_is_shown_is_what_the_latest_order_and_visits_said(shop):
    person = shop.person()
    tell(
        shop,
        shop.event(person, "Product Added", **item("tea", url="https://shop.test/tea", price=1)),
        "server",
    )
    for day in (3, 2):
        order(shop, person, "mug", "tea", ts=NOON - day * DAY, price=10 - day)
    count(shop.db, RULES, NOON)
    (found,) = recommended(shop.db.read(), shop.person("b@x.example"), {"cart": [item("mug")]}, {})
    assert found == {
        "product_id": "tea",
        "name": "The tea",
        "price": 8,
        "url": "https://shop.test/tea",
    }


@pytest.mark.parametrize(
    "products",
    [None, "mug", 5, {"a": 1}, [1, None, "x", [], {}], [{"product_id": {"a": 1}}, {"name": ""}], [{"name": "x" * 9000}]],
)  # fmt: skip
def test_orders_that_make_no_sense_stop_nothing(shop, products):
    person = shop.person()
    for _ in range(3):
        tell(shop, shop.event(person, "Order Completed", products=products), "server")
        order(shop, person, "mug", "tea")
    assert ("mug", "tea") in pairs(shop)
    names(shop, person, {"cart": products}, {"products": products, "product_id": products})


def test_nothing_is_counted_again_while_there_are_no_new_orders(shop):
    for _ in range(2):
        order(shop, shop.person(None), "mug", "tea")
    assert count(shop.db, RULES, NOON) == 2
    assert count(shop.db, RULES, NOON + 1) == 0
    assert count(shop.db, Rules(DAY, least=1), NOON + 1) == 2
    order(shop, shop.person(None), "mug", "pot")
    assert count(shop.db, RULES, NOON + 1) == 3


def test_a_house_for_a_while_knows_what_the_workspace_knows(shop, tmp_path):
    for _ in range(2):
        order(shop, shop.person(None), "mug", "tea")
    count(shop.db, RULES, NOON)
    house = open_shop(tmp_path / "house")
    borrow(house.db, tmp_path / "nowhere")
    borrow(house.db, tmp_path)
    assert names(house, house.person(), {"cart": [item("mug")]}) == ["tea"]
    house.db.close()


def test_an_order_of_many_items_is_cut(shop):
    person = shop.person()
    for _ in range(2):
        order(shop, person, *(f"p{n}" for n in range(200)))
    assert len({a for a, _ in pairs(shop)}) == companions.MOST_ITEMS
    assert max(Counter(a for a, _ in pairs(shop)).values()) == companions.MOST_COMPANIONS
