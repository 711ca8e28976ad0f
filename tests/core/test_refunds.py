"""A refund takes from an order's messages what they have, in proportion, in their own currency."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.goals import Money
from mautod.core.reports.refunds import Earned, in_proportion, meant, order_of, take_back


def part(number: int, left: int, currency: str = "USD", event: int = 1, order: str = "a", at=0):
    return Earned(number, event, order, at, Money(left, currency))


def taken(parts, money=None) -> list[tuple[int, int]]:
    return [(each.id, amount) for each, amount in take_back(parts, money)]


def test_a_refund_without_an_amount_takes_all_that_is_left():
    assert taken([part(1, 30), part(2, 20), part(3, 0)]) == [(1, 30), (2, 20)]


def test_an_amount_is_taken_in_proportion():
    assert taken([part(1, 300), part(2, 100)], Money(40, "USD")) == [(1, 30), (2, 10)]


def test_more_than_there_is_takes_what_there_is():
    assert taken([part(1, 30), part(2, 20)], Money(90, "USD")) == [(1, 30), (2, 20)]


def test_an_amount_may_be_written_with_a_minus():
    assert taken([part(1, 30)], Money(-10, "USD")) == [(1, 10)]


def test_money_in_another_currency_is_left_alone():
    assert taken([part(1, 30)], Money(10, "EUR")) == []
    assert taken([part(1, 30), part(2, 40, "EUR")], Money(10, "EUR")) == [(2, 10)]


@given(st.lists(st.integers(0, 10**12), max_size=8), st.integers(0, 10**13))
def test_what_is_taken_adds_up_and_is_never_more_than_there_was(left, amount):
    found = in_proportion(left, amount)
    assert sum(found) == min(amount, sum(left))
    assert all(0 <= took <= had for took, had in zip(found, left, strict=True))


def test_an_order_is_found_by_its_number_whenever_it_was():
    parts = [part(1, 5, event=1, order="a", at=9), part(2, 5, event=2, order="b", at=1)]
    assert meant(parts, "a", at=3) == [[parts[0]]]
    assert meant(parts, "c", at=3) == []


def test_events_about_one_order_are_refunded_each():
    parts = [part(1, 5, event=1), part(2, 5, event=2), part(3, 5, event=2)]
    assert meant(parts, "a", at=3) == [[parts[0]], [parts[1], parts[2]]]


def test_without_a_number_the_last_order_before_it_that_has_money_left_is_meant():
    parts = [
        part(1, 5, event=1, at=1),
        part(2, 5, event=2, at=2),
        part(3, 0, event=3, at=3),
        part(4, 5, event=4, at=5),
    ]
    assert meant(parts, "", at=4) == [[parts[1]]]
    assert meant(parts, "", at=0) == []


@pytest.mark.parametrize(
    ("props", "order"),
    [
        ({"order_id": " 17 "}, "17"),
        ({"order_id": 17}, "17"),
        ({"order_id": True}, ""),
        ({"order_id": ["17"]}, ""),
        ({}, ""),
    ],
)
def test_the_number_of_an_order_is_text_or_a_whole_number(props, order):
    assert order_of(props) == order
