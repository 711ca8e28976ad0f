"""What is said of a run's way is true of every walk that could have led there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mautod.core.chains.trail import trail

FORK = {"1": ["2"], "2": ["3", "4"], "3": ["5"], "4": ["5"], "5": []}


def test_a_straight_way_lies_behind_up_to_where_the_run_stands():
    ways = {"1": ["2"], "2": ["3"], "3": ["4"], "4": []}
    assert trail(ways, (), "3") == {"1": "passed", "2": "passed", "3": "here", "4": "ahead"}


def test_of_two_ways_that_meet_again_either_may_have_been_taken():
    assert trail(FORK, (), "5") == {
        "1": "passed", "2": "passed", "3": "perhaps", "4": "perhaps", "5": "here",
    }  # fmt: skip


def test_a_message_tells_which_way_was_taken():
    assert trail(FORK, ("4",), "5")["4"] == "passed"


def test_the_way_that_was_not_taken_is_told_apart():
    ways = {"1": ["2", "3"], "2": [], "3": ["4"], "4": []}
    assert trail(ways, (), "4") == {"1": "passed", "2": "not taken", "3": "passed", "4": "here"}


def test_a_run_before_its_first_step_has_everything_ahead():
    assert set(trail(FORK, (), "").values()) == {"ahead"}


def test_a_run_that_has_ended_has_nothing_ahead():
    assert trail(FORK, ("1",), None) == {
        "1": "passed", "2": "not taken", "3": "not taken", "4": "not taken", "5": "not taken",
    }  # fmt: skip


def test_no_steps_no_trail():
    assert trail({}, (), "") == {}


SIZE = 6
GRAPHS = st.lists(st.lists(st.integers(0, SIZE - 1), max_size=3), min_size=SIZE, max_size=SIZE).map(
    lambda rows: {str(i): [str(to) for to in row] for i, row in enumerate(rows)}
)


@given(GRAPHS, st.lists(st.integers(0, 2), max_size=12), st.data())
def test_no_walk_ever_contradicts_its_trail(ways, choices, data):
    walk = ["0"]
    for choice in choices:
        following = ways[walk[-1]]
        if not following:
            break
        walk.append(following[choice % len(following)])
    told = data.draw(st.sets(st.sampled_from(walk)))
    marks = trail(ways, told, walk[-1])
    assert marks[walk[-1]] == "here"
    for step, mark in marks.items():
        if mark == "passed":
            assert step in walk
        if mark in ("ahead", "not taken"):
            assert step not in walk
