"""Holdouts keep the share that they name, the same people always, and know nothing of each other."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.holdout import (
    BY_CHAIN,
    BY_WORKSPACE,
    TREATED,
    Arms,
    Share,
    is_held_out,
    parse_share,
)
from mautod.errors import BadInput

PEOPLE = 100_000
SIGMAS = 4.5


def expected_within(count: int, share: float, people: int = PEOPLE) -> bool:
    """Whether so many of them is what chance allows, but once in a hundred thousand tests."""
    return abs(count - people * share) < SIGMAS * math.sqrt(people * share * (1 - share))


@pytest.mark.parametrize(
    ("text", "e4"),
    [("10%", 1000), ("2.5%", 250), (" 0.01 % ", 1), ("99.99%", 9999), ("5.05%", 505)],
)
def test_a_share_reads_as_it_is_written(text, e4):
    assert parse_share(text) == Share(e4)


@given(st.integers(1, 9999))
def test_a_share_shown_reads_back(e4):
    assert parse_share(str(Share(e4))) == Share(e4)


@pytest.mark.parametrize("text", ["", "10", "0%", "100%", "-5%", "ten%", "1.234%", "1e1%", "5%%"])
def test_nonsense_is_refused_with_a_hint(text):
    with pytest.raises(BadInput) as refused:
        parse_share(text)
    assert refused.value.hint


@pytest.mark.parametrize("share", ["0.5%", "10%", "50%"])
def test_a_holdout_is_as_large_as_it_says(share):
    held = sum(is_held_out("seed", "cart", person, parse_share(share)) for person in range(PEOPLE))
    assert expected_within(held, parse_share(share).e4 / 10_000)


def test_holdouts_of_two_chains_and_of_the_workspace_are_independent():
    """As many people are in two of them as chance puts there."""
    arms = Arms("seed", parse_share("20%"))
    half = parse_share("50%")
    cart = [arms.of(person, "cart", half) for person in range(PEOPLE)]
    welcome = [arms.of(person, "welcome", half) for person in range(PEOPLE)]
    both = sum(bool(a & BY_CHAIN and b & BY_CHAIN) for a, b in zip(cart, welcome, strict=True))
    assert expected_within(both, 0.25)
    assert expected_within(sum(a == BY_CHAIN + BY_WORKSPACE for a in cart), 0.1)
    assert expected_within(sum(a == TREATED for a in cart), 0.4)


def test_who_is_in_the_holdout_of_the_workspace_is_so_in_every_chain():
    arms = Arms("seed", parse_share("20%"))
    for person in range(2000):
        everywhere = arms.everywhere(person)
        assert arms.of(person, "cart", None) == arms.of(person, "welcome", None) == everywhere


@given(st.text(), st.text(), st.integers(1, 2**53), st.integers(1, 9999), st.integers(1, 9999))
def test_the_same_person_is_always_in_or_out_and_a_larger_share_lets_nobody_go(
    seed, key, person, one, other
):
    small, large = sorted((one, other))
    first = is_held_out(seed, key, person, Share(small))
    assert is_held_out(seed, key, person, Share(small)) is first
    assert is_held_out(seed, key, person, Share(large)) or not first


def test_another_workspace_holds_other_people_out():
    share = parse_share("50%")
    same = sum(
        is_held_out("one", "cart", person, share) == is_held_out("other", "cart", person, share)
        for person in range(PEOPLE)
    )
    assert expected_within(same, 0.5)


def test_the_hash_never_changes():
    """A new version must not mix the arms of a running comparison."""
    held = [person for person in range(60) if is_held_out("s", "cart", person, parse_share("10%"))]
    assert held == [5, 12, 13, 26, 27, 31, 34, 40, 42, 43, 53, 54, 58, 59]


def test_without_a_share_nobody_is_held_out():
    assert not is_held_out("seed", "cart", 1, None)
    assert Arms("").of(1, "cart", None) == TREATED
