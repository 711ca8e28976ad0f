"""Alarms speak when enough letters came back, and only then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.alarms import BOUNCES, COMPLAINTS, FEWEST, Counted, Level, Limits
from mautod.core.sending.holdout import Share

LIMITS = Limits(
    least=500,
    tell={BOUNCES: Share(200), COMPLAINTS: Share(10)},
    stop={BOUNCES: Share(500), COMPLAINTS: Share(30)},
)


@pytest.mark.parametrize(
    ("sent", "bounced", "level"),
    [
        (499, 499, Level.CALM),
        (1000, 14, Level.CALM),
        (1000, 16, Level.UNDECIDED),
        (1000, 20, Level.UNDECIDED),
        (1000, 21, Level.TELL),
        (1000, 50, Level.TELL),
        (1000, 51, Level.STOP),
    ],
)
def test_a_limit_is_exceeded_by_more_than_its_share_of_enough_letters(sent, bounced, level):
    assert LIMITS.level(BOUNCES, Counted(sent, bounced)) is level


def test_one_or_two_complaints_are_never_an_alarm():
    assert LIMITS.level(COMPLAINTS, Counted(500, 0, FEWEST - 1)) is Level.CALM
    assert LIMITS.level(COMPLAINTS, Counted(500, 0, FEWEST)) is Level.STOP


def test_without_a_share_a_kind_is_never_told():
    never = Limits(least=1)
    assert never.level(BOUNCES, Counted(1000, 1000)) is Level.CALM
    assert never.most(BOUNCES) is None


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from([BOUNCES, COMPLAINTS]))
def test_more_letters_that_come_back_never_make_it_better(sent, back, kind):
    def level(count):
        counted = Counted(sent, min(count, sent), min(count, sent))
        return LIMITS.level(kind, counted)

    assert level(back) <= level(back + 1)


@given(st.lists(st.tuples(*[st.integers(0, 99)] * 4)))
def test_counts_of_chains_add_up_to_those_of_the_channel(rows):
    total = sum((Counted(*row) for row in rows), Counted())
    assert total.sent == sum(row[0] for row in rows)
    assert total.others == sum(row[3] for row in rows)
