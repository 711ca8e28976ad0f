"""A goal event is credited once, to the message touched last, in its own currency."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.goals import GoalSpec, Money, Touched, last_touch, to_e4, worth
from mautod.core.rules.parser import parse_where
from mautod.duration import HOUR

ORDER = GoalSpec(1, "Order Completed", "total", 3 * HOUR)


def sent(message_id: int, at: int | None, chain: int = 1, **touches: int) -> Touched:
    return Touched(
        message_id, chain, "first", "cart-1", at, touches.get("opened"), touches.get("clicked")
    )


def test_the_message_touched_last_gets_the_credit():
    credit = last_touch([ORDER], [sent(1, 100), sent(2, 200), sent(3, 150)], 300)
    assert credit is not None
    assert credit.message.message_id == 2


def test_of_two_messages_sent_at_once_the_later_id_gets_it():
    credit = last_touch([ORDER], [sent(2, 100), sent(1, 100)], 300)
    assert credit is not None
    assert credit.message.message_id == 2


@given(st.integers(0, 10 * HOUR), st.integers(0, 10 * HOUR))
def test_a_goal_counts_from_the_touch_to_the_end_of_its_time(at, ts):
    credit = last_touch([ORDER], [sent(1, at)], ts)
    assert (credit is not None) == (at <= ts <= at + 3 * HOUR)


def test_messages_of_other_chains_claim_nothing():
    assert last_touch([ORDER], [sent(1, 100, chain=2)], 200) is None


def test_a_goal_is_reached_by_its_event_where_its_properties_pass():
    goal = replace(ORDER, where=parse_where("total > 100"))
    assert goal.is_reached_by("Order Completed", {"total": 101}, "UTC")
    assert not goal.is_reached_by("Order Completed", {"total": 100}, "UTC")
    assert not goal.is_reached_by("Product Viewed", {"total": 101}, "UTC")


@pytest.mark.parametrize("touch", ["opened", "clicked"])
def test_a_goal_may_count_from_the_open_or_the_click(touch):
    goal = GoalSpec(1, "Order Completed", "total", HOUR, touch)
    assert last_touch([goal], [sent(1, 100)], 200) is None
    touched = sent(1, 100, **{touch: 150})
    assert last_touch([goal], [touched], 149) is None
    assert last_touch([goal], [touched], 150 + HOUR) is not None


@pytest.mark.parametrize(
    ("props", "money"),
    [
        ({"total": 49.9, "currency": "EUR"}, Money(499_000, "EUR")),
        ({"total": "12.3456"}, Money(123_456, "USD")),
        ({"total": 7, "currency": " rub "}, Money(70_000, "RUB")),
        ({"total": 7, "currency": "bonus points"}, Money(70_000, "BONUS POINTS")),
        ({"total": 7, "currency": 5}, Money(70_000, "USD")),
        ({"total": -5}, Money(-50_000, "USD")),
        ({"total": None}, None),
        ({}, None),
        ({"total": True}, None),
        ({"total": "much"}, None),
        ({"total": float("nan")}, None),
        ({"total": 1e30}, None),
        ({"total": [5]}, None),
    ],
)
def test_the_value_of_an_event_is_its_property_with_its_currency(props, money):
    assert worth(ORDER, props, "USD") == money


def test_a_value_may_lie_inside_an_object_or_under_a_name_with_a_dot():
    goal = GoalSpec(1, "Order Completed", "order.total", HOUR)
    assert worth(goal, {"order": {"total": 5}}, "USD") == Money(50_000, "USD")
    assert worth(goal, {"order.total": 6, "order": {"total": 5}}, "USD") == Money(60_000, "USD")


def test_a_fixed_value_is_in_the_currency_of_the_workspace():
    goal = GoalSpec(1, "Lead Sent", Decimal(500), HOUR)
    assert worth(goal, {"total": 9, "currency": "EUR"}, "USD") == Money(5_000_000, "USD")


def test_a_goal_without_a_value_is_worth_no_money():
    assert worth(GoalSpec(1, "Lead Sent", None, HOUR), {"total": 9}, "USD") is None


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_money_with_four_decimals_is_kept_exactly(amount):
    assert Decimal(to_e4(str(amount))).scaleb(-4) == amount
