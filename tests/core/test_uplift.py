"""Intervals of differences, against the values of the papers and tables that they come from."""

from __future__ import annotations

from statistics import mean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.reports.uplift import Sums, _student, is_enough, of_means, of_rates


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe (1998), table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_the_interval_of_two_rates_is_as_published(counts, low, high):
    found = of_rates(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.00006)


@pytest.mark.parametrize(
    ("freedom", "point"),
    [(10, 2.2281), (20, 2.0860), (29, 2.0452), (40, 2.0211), (60, 2.0003), (120, 1.9799)],
)
def test_students_points_are_those_of_the_tables(freedom, point):
    assert _student(freedom) == pytest.approx(point, abs=0.0001)


def sums(values) -> Sums:
    return Sums(len(values), sum(values), sum(value * value for value in values))


def test_the_interval_of_two_means_is_welchs():
    # 28 degrees of freedom by Welch's formula
    a = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
    b = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.4]
    found = of_means(sums(a), sums(b))
    assert found.difference == pytest.approx(mean(a) - mean(b))
    error = (variance(a) / 15 + variance(b) / 15) ** 0.5
    assert (found.high - found.low) / 2 / error == pytest.approx(2.0484, abs=0.001)


def test_people_who_all_have_the_same_differ_by_just_that():
    found = of_means(sums([5.0] * 40), sums([3.0] * 40))
    assert (found.difference, found.low, found.high) == (2, 2, 2)


def test_under_thirty_in_an_arm_nothing_is_said():
    assert is_enough(30, 1000)
    assert not is_enough(29, 1000)


@given(st.integers(1, 400), st.integers(1, 400), st.data())
def test_a_difference_lies_within_its_interval_and_turns_with_the_arms(people, held, data):
    reached, other = data.draw(st.integers(0, people)), data.draw(st.integers(0, held))
    found, turned = of_rates(reached, people, other, held), of_rates(other, held, reached, people)
    assert -1.000001 <= found.low <= found.difference <= found.high <= 1.000001
    assert turned.low == pytest.approx(-found.high, abs=1e-9)
