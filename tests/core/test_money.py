from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.reports.money import show_money
from mautod.core.templates.liquid import compile_html


@pytest.mark.parametrize(
    ("value", "currency", "language", "shown"),
    [
        (1990, "USD", "en", "$1,990"),
        ("24.5", "EUR", "en", "€24.50"),
        (1990, "RUB", "ru", "1\u00a0990\u00a0₽"),
        (24.5, "EUR", "ru", "24,50\u00a0€"),
        (Decimal("0.005"), "USD", "en", "$0.01"),
        (1500, "JPY", "en", "¥1,500"),
        (12, "CHF", "en", "12\u00a0CHF"),
        (12, "", "en", "12"),
        (12, None, "ru", "12"),
        (-5, "USD", "en", "-$5"),
    ],
)
def test_money_is_written_as_people_of_the_language_write_it(value, currency, language, shown):
    assert show_money(value, currency, language) == shown


@pytest.mark.parametrize(
    "value", [None, "", "free", True, [], {}, float("nan"), "1e99", float("inf")]
)
def test_what_is_no_amount_is_shown_as_nothing(value):
    assert show_money(value, "USD") == ""


@given(st.integers(-(10**12), 10**12), st.sampled_from(["en", "ru"]))
def test_no_digit_of_whole_money_is_lost(amount, language):
    shown = show_money(amount, "EUR", language)
    assert int("".join(c for c in shown if c.isdigit() or c == "-")) == amount


def test_letters_have_it_as_a_filter_that_bears_missing_values():
    filled = compile_html("{{ event.total | money: event.currency }}|", file="a")
    assert filled.render({"event": {"total": 10, "currency": "USD"}}) == "$10|"
    assert filled.render({"event": {}}) == "|"
