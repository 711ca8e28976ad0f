"""Everybody is at the furthest of their stages at every instant, whatever comes in what order."""

from __future__ import annotations

from itertools import pairwise
from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from mautod.core.reports.journey import Traffic, _plain, _swept, count, legs

STAYS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 20), st.one_of(st.none(), st.integers(1, 9))).map(
        lambda each: (1, each[0], each[1], None if each[2] is None else each[1] + each[2])
    ),
    max_size=8,
).map(lambda stays: sorted(stays, key=itemgetter(2)))


def furthest(stays, at: int) -> int:
    there = [stage for _, stage, entered, left in stays if entered <= at < (left or 99)]
    return max(there, default=0)


@given(STAYS)
def test_the_stage_of_every_instant_is_the_furthest_then(stays):
    way = legs(stays)
    for at in range(32):
        here = [stage for stage, start, end, _ in way if start <= at and (end is None or at < end)]
        assert here == [stage for stage in [furthest(stays, at)] if stage]


@given(STAYS)
def test_legs_follow_each_other_and_each_names_the_next(stays):
    way = legs(stays)
    assert all(end is None or start < end for _, start, end, _ in way)
    for (_, _, end, then), (stage, start, *_) in pairwise(way):
        assert end is not None
        assert end <= start
        assert then == (stage if end == start else 0)


def test_what_changes_at_one_instant_changes_at_once():
    assert legs([(1, 1, 0, 5), (1, 2, 5, None), (1, 3, 5, None)]) == [
        (1, 0, 5, 3),
        (3, 5, None, None),
    ]


def test_who_comes_back_to_a_stage_is_seen_there_once():
    traffic = {stage: Traffic() for stage in (1, 2)}
    way = legs([(1, 1, 0, None), (1, 2, 10, 20), (1, 2, 30, None)])
    count(traffic, way, [(5, 7), (10, 7), (25, 8), (99, 7)], (0, 100))
    one, two = traffic[1], traffic[2]
    assert (one.people, one.seen, one.moved, one.fell, list(one.times)) == (0, 1, 1, 0, [10, 10])
    assert (two.people, two.seen, two.moved, two.fell) == (1, 1, 0, 1)
    assert (one.messages, two.messages) == ({7: 1, 8: 1}, {7: 2})


def test_what_happened_outside_the_period_is_not_counted():
    traffic = {1: Traffic(), 2: Traffic()}
    way = legs([(1, 1, 0, None), (1, 2, 10, None)])
    count(traffic, way, [], (11, 100))
    assert (traffic[1].seen, traffic[1].moved) == (0, 0)
    count(traffic, way, [], (0, 10))
    assert (traffic[1].seen, traffic[1].moved) == (1, 0)
    count(traffic, way, [], (10, 11))
    assert (traffic[1].seen, traffic[1].moved) == (2, 1)


@given(STAYS, st.integers(0, 15), st.integers(0, 15))
def test_nobody_moves_on_or_falls_back_who_was_not_seen(stays, since, length):
    traffic = {stage: Traffic() for stage in range(1, 5)}
    count(traffic, legs(stays), [], (since, since + length))
    for each in traffic.values():
        assert each.moved + each.fell <= each.seen <= 1
        assert len(each.times) >= each.moved
    assert sum(each.people for each in traffic.values()) <= 1


@given(STAYS)
def test_a_plain_way_is_what_sweeping_over_it_finds(stays):
    plain = _plain(stays)
    assert plain is None or plain == _swept(stays)


@given(STAYS, st.integers(0, 15), st.integers(0, 15))
def test_a_stage_with_one_leg_counts_as_one_with_many_would(stays, since, length):
    for leg in legs(stays):
        one, many = Traffic(), Traffic()
        one.add(leg, since, since + length)
        many.add_all([leg], since, since + length)
        assert one == many
