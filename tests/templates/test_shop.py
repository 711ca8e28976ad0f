"""The shop's segments: a journey on which everybody has one place, and eight kinds of buyers."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_kit import Office

from mautod.services.definitions.apply import apply
from mautod.services.segments.refresh import Segments
from mautod.store.segments import membership as segments

WORKSPACE = Path(__file__).parents[2] / "templates/shop/workspace"
STAGES = ("unaware", "problem", "solution", "product", "buyers", "repeat")


@pytest.fixture
def shop(tmp_path):
    office = Office.new(tmp_path / "shop")
    apply(office.db, WORKSPACE, office.now, "Europe/Moscow")
    yield office
    office.close()


def sweep(shop):
    with shop.db.write() as tx:
        Segments("Europe/Moscow").sweep(tx, shop.now)
    return shop


def at(shop, visitor):
    """The one stage at which somebody is."""
    person = shop.desk.person(visitor).person.id
    asked = {stage: shop.desk.people(f'stage "{stage}"').items for stage in STAGES}
    (stage,) = [stage for stage, found in asked.items() if person in {p.id for p in found}]
    return stage


def kinds(shop, user):
    person = shop.desk.person(user).person.id
    keys = segments.keys_of(shop.db.read(), person)
    return [key.removeprefix("rfm-") for key, _ in keys if key.startswith("rfm-")]


def test_the_journey_goes_from_stage_to_stage_and_back(shop):
    shop.visit("v1")
    assert at(shop, "v1") == "unaware"
    shop.later("2h").visit("v1")
    assert at(shop, "v1") == "problem"
    shop.visit("v1", "Product Viewed", name="Mug")
    assert at(shop, "v1") == "solution"
    shop.visit("v1", "Product Added", name="Mug")
    assert at(shop, "v1") == "product"
    sweep(shop.later("31d"))
    assert at(shop, "v1") == "problem"
    sweep(shop.later("60d"))
    assert at(shop, "v1") == "unaware"


def test_buyers_do_not_fall_back(shop):
    shop.know("u1")
    shop.did("u1", "Order Completed", order_id="1", total=20)
    assert at(shop, "u1") == "buyers"
    shop.later("90d").did("u1", "Order Completed", order_id="2", total=20)
    assert at(shop, "u1") == "repeat"


@pytest.mark.parametrize(
    ("orders", "total", "ago", "kind"),
    [
        (4, 300, "1d", "champions"),
        (4, 10, "1d", "loyal"),
        (1, 1000, "1d", "generous"),
        (1, 10, "1d", "newcomers"),
        (5, 300, "61d", "dear"),
        (5, 10, "61d", "at-risk"),
        (3, 400, "61d", "missed"),
        (3, 10, "61d", "asleep"),
    ],
)
def test_every_buyer_is_of_one_kind(shop, orders, total, ago, kind):
    shop.know("u1")
    assert kinds(shop, "u1") == []
    for number in range(orders):
        shop.did("u1", "Order Completed", order_id=str(number), total=total)
    sweep(shop.later(ago))
    assert kinds(shop, "u1") == [kind]


def test_visitors_become_registered(shop):
    shop.visit("v1")
    shop.know("u1")
    found = {key: shop.desk.segment(key).segment.size for key in ("visitors", "registered")}
    assert found == {"visitors": 1, "registered": 1}
