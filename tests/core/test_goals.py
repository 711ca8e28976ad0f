"""A goal event is credited once, to the message touched last, in its own currency."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.goals import (
    WHOLE,
    Credit,
    GoalSpec,
    Money,
    Touched,
    attribute,
    split,
    to_e4,
    worth,
)
from mautod.core.rules.parser import parse_where
from mautod.duration import HOUR

ORDER = GoalSpec(1, "Order Completed", "total", 3 * HOUR)


def sent(message_id: int, at: int | None, chain: int = 1, **touches: int) -> Touched:
    return Touched(
        message_id, chain, "first", "cart-1", at, touches.get("opened"), touches.get("clicked")
    )


def last_touch(goals, messages, ts) -> Credit | None:
    """The one message that is credited, if any is."""
    credits_ = attribute(goals, messages, ts)
    assert len(credits_) <= 1
    return credits_[0] if credits_ else None


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


def test_the_first_message_in_time_gets_it_where_the_goal_says_so():
    goal = replace(ORDER, attribution="first")
    (credit,) = attribute([goal], [sent(2, 200), sent(1, 100), sent(3, 0)], 3 * HOUR + 50)
    assert (credit.message.message_id, credit.share_e4) == (1, WHOLE)


def test_linear_shares_are_equal_to_a_ten_thousandth_and_add_up():
    goal = replace(ORDER, attribution="linear")
    credits_ = attribute([goal], [sent(3, 300), sent(1, 100), sent(2, 200)], 400)
    shares = [(credit.message.message_id, credit.share_e4) for credit in credits_]
    assert shares == [(1, 3334), (2, 3333), (3, 3333)]


def test_of_two_chains_the_one_touched_last_decides_how_an_event_is_shared():
    linear = replace(ORDER, attribution="linear")
    other = replace(ORDER, chain_id=2, value=Decimal(5))
    mine, theirs = sent(1, 100), sent(2, 200, chain=2)
    (credit,) = attribute([linear, other], [mine, theirs], 300)
    assert credit == Credit(theirs, other)
    shared = attribute([linear, other], [sent(2, 100, chain=2), sent(1, 200)], 300)
    assert [(c.message.chain_id, c.goal) for c in shared] == [(2, linear), (1, linear)]


@given(st.lists(st.integers(0, 100), max_size=8, unique=True), st.integers(0, 150))
def test_asked_otherwise_another_model_shares_the_same_event(sent_at, ts):
    messages = [sent(number, at) for number, at in enumerate(sent_at)]
    goal = replace(ORDER, within_ms=50)
    found = {each: attribute([goal], messages, ts, each) for each in ("last", "first", "linear")}
    assert all(sum(c.share_e4 for c in each) in {0, WHOLE} for each in found.values())
    assert len({bool(each) for each in found.values()}) == 1
    assert [c.message for c in found["first"]] == [c.message for c in found["linear"][:1]]
    assert [c.message for c in found["last"]] == [c.message for c in found["linear"][-1:]]


@given(st.integers(-(10**15), 10**15), st.integers(1, 500))
def test_parts_add_up_and_differ_by_one_unit_at_most(amount, parts):
    found = split(amount, parts)
    assert sum(found) == amount
    assert len(found) == parts
    assert max(found) - min(found) <= 1
