"""What a test of a chain expects, and how it says what came instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.files.definition import read_toml
from mautod.core.files.expect import Expectation, Seen, differences, known_names, read_test
from mautod.duration import HOUR, MINUTE
from mautod.errors import DefinitionError

START = 1_767_607_200_000
HEAD = 'chain = "cart"\n'


def read(text):
    return read_test(read_toml(HEAD + text, "tests/a.toml"), "UTC", "a")


def differ(expected, *seen):
    expectations = read(expected).expectations if isinstance(expected, str) else expected
    return [(d.line, d.message) for d in differences(expectations, seen, lambda at: f"@{hour(at)}")]


def hour(at):
    return (at - START) // HOUR


def sent(what, hours, subject="Hello"):
    return Seen("message", what, START + hours * HOUR, subject)


def test_what_comes_as_expected_differs_in_nothing():
    text = '[[expect]]\nmessage = "one"\nat = "1h"\nsubject = "hell"\n[[expect]]\noutcome = "goal"'
    assert not differ(text, sent("one", 1), Seen("outcome", "goal", START))


def test_a_message_that_nothing_expects_is_a_difference():
    assert differ("nothing = true", sent("one", 1)) == [
        (0, "one was sent @1, which nothing expects")
    ]


def test_each_message_answers_one_expectation_only():
    twice = '[[expect]]\nmessage = "one"\n' * 2
    assert not differ(twice, sent("one", 1), sent("one", 2))
    assert differ(twice, sent("one", 1)) == [(5, "expected one to be sent; it never was")]


def test_a_message_at_another_time_says_when():
    assert differ('[[expect]]\nmessage = "one"\nat = "1h"', sent("one", 5))[0] == (
        3,
        "expected one to be sent @1; it was @5",
    )


@pytest.mark.parametrize(("off", "fits"), [(0, True), (MINUTE - 1, True), (-MINUTE, False)])
def test_a_time_holds_to_the_minute(off, fits):
    late = Seen("step", "one", START + HOUR + off)
    assert bool(differ('[[expect]]\nstep = "one"\nat = "1h"', late)) is not fits


def test_a_time_may_be_held_less_exactly():
    loose = '[[expect]]\nstep = "one"\nat = "1h"\nwithin = "3h"'
    assert not differ(loose, Seen("step", "one", START + 3 * HOUR))


def test_a_message_that_was_refused_says_why():
    refused = Seen("refused", "one", START + 2 * HOUR, "cap")
    assert differ('[[expect]]\nmessage = "one"', refused) == [
        (3, "expected one to be sent; it was refused @2: cap")
    ]


def test_a_message_with_another_subject_shows_it():
    assert differ('[[expect]]\nmessage = "one"\nsubject = "Bye"', sent("one", 1))[0] == (
        3,
        "expected one to be sent with 'Bye'; it was sent @1, 'Hello'",
    )


def test_another_outcome_is_named():
    assert differ('[[expect]]\noutcome = "goal"', Seen("outcome", "left", START)) == [
        (3, "expected the run to end as goal; it was left @0")
    ]


def test_nobody_is_to_enter():
    assert not differ("[[expect]]\nentered = false")
    assert differ("[[expect]]\nentered = false", Seen("entered", "", START)) == [
        (3, "expected nobody to enter, but somebody did")
    ]


def test_what_never_came_is_said_plainly():
    assert differ('[[expect]]\nrefused = "one"') == [
        (3, "expected one to be refused; it never was")
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "expects nothing"),
        ('nothing = true\n[[expect]]\nmessage = "x"', 2, "as well"),
        ("[[expect]]\nat = '1h'", 2, "needs one of message"),
        ('[[expect]]\nmessage = "x"\nstep = "y"', 2, "found 2"),
        ('[[expect]]\nstep = "x"\nsubject = "y"', 4, "belongs to message"),
        ('[[expect]]\nmessage = "x"\nreason = "y"', 4, "belongs to refused"),
        ('[[expect]]\nmessage = "x"\nat = "then"', 4, "a time like"),
        ('nothing = true\nwhen = "x"', 3, "no such key"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, line, words):
    with pytest.raises(DefinitionError, match=words) as caught:
        read(text)
    assert caught.value.line == line


def test_a_step_that_the_chain_does_not_have_cannot_be_expected():
    with pytest.raises(DefinitionError, match="has no step 'frist'"):
        known_names(read('[[expect]]\nstep = "frist"'), ["first"], ["cart-1"])
    known_names(read('[[expect]]\nstep = "first"'), ["first"], ["cart-1"])


kinds = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(kinds, st.integers(0, 5)), max_size=6))
def test_what_is_expected_of_a_log_made_of_itself_never_differs(log):
    seen = [sent(what, hours) for what, hours in log]
    expected = [Expectation("message", s.what, 1, s.at) for s in seen]
    assert not differ(expected, *seen)
    for missing in range(len(expected)):
        assert len(differ(expected[:missing] + expected[missing + 1 :], *seen)) == 1
