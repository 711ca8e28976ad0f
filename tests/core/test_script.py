"""The file that says who an invented person is and what they do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.files.definition import read_toml
from mautod.core.files.script import Deed, read_script
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import DefinitionError

MONDAY = 1_767_607_200_000  # 5 Jan 2026 10:00 UTC


def read(text, zone="UTC"):
    return read_script(read_toml(text, "anna.toml"), zone)


def test_a_file_without_a_start_begins_on_a_monday_morning_of_its_own_zone():
    assert read("").start == MONDAY
    assert read('zone = "Europe/Moscow"').start == MONDAY - 3 * HOUR
    assert read("", "Europe/Moscow").start == MONDAY - 3 * HOUR


def test_a_zone_that_is_not_given_stays_unknown():
    assert read("", "Europe/Moscow").zone == ""


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ('"+1h"', HOUR),
        ('"1d 2h"', DAY + 2 * HOUR),
        ('"-30d"', -30 * DAY),
        ('"2026-01-05 11:30"', 90 * MINUTE),
        ("2026-01-06T10:00:00", DAY),
        ('"2026-01-06"', 14 * HOUR),
    ],
)
def test_a_time_is_counted_from_the_start_or_read_on_the_clock(written, length):
    (deed,) = read(f'[[event]]\nat = {written}\nname = "X"').deeds
    assert deed.at - MONDAY == length


def test_events_are_played_in_the_order_of_their_times():
    script = read('[[event]]\nat = "2h"\nname = "B"\n[[event]]\nat = "-1h"\nname = "A"')
    assert [deed.name for deed in script.deeds] == ["A", "B"]
    assert script.begin == MONDAY - HOUR


def test_values_become_what_json_can_hold():
    script = read(
        '[[event]]\nname = "X"\nprops = { a = 1.5, b = 2.0, c = [1], d = 2026-01-01, e = { f = true } }'
    )
    assert script.deeds == (
        Deed(
            MONDAY,
            "X",
            {"a": 1.5, "b": 2, "c": [1], "d": "2026-01-01", "e": {"f": True}},
        ),
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('zone = "Mars"', 1, "no time zone"),
        ('start = "soon"', 1, "date and time"),
        ('[[event]]\nat = "soon"\nname = "X"', 2, "a time like"),
        ('[[event]]\nat = "9999d"\nname = "X"', 2, "a time like"),
        ('[[event]]\nat = "1h"', 1, "needs one of name, traits, start"),
        ('[[event]]\nname = "X"\nstart = "welcome"', 1, "found 2"),
        ('[[event]]\nstart = "welcome"\nprops = { a = 1 }', 3, "belong to an event"),
        ('[[event]]\nname = "X"\nwhen = "1h"', 3, "there is no such key"),
        ('[[reaction]]\nto = "a"', 1, "needs one of open, click"),
        ('[[reaction]]\nto = "a"\nopen = false', 3, "expected true"),
        ('[[reaction]]\nto = "a"\nopen = true\nafter = "1ms"', 4, "at least one second"),
        ("[[reaction]]\nopen = true", 1, "is missing"),
        ("person = 1", 1, "a table"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, line, words):
    with pytest.raises(DefinitionError) as caught:
        read(text)
    assert caught.value.line == line
    assert words in str(caught.value)


def test_there_is_an_end_to_events():
    with pytest.raises(DefinitionError, match="too many"):
        read('[[event]]\nname = "X"\n' * 501)


@given(st.integers(1, 500), st.sampled_from("hmd"), st.sampled_from(["", "+", "-"]))
def test_any_span_that_is_written_is_read(number, unit, sign):
    (deed,) = read(f'[[event]]\nat = "{sign}{number}{unit}"\nname = "X"').deeds
    length = number * {"h": HOUR, "m": MINUTE, "d": DAY}[unit]
    assert deed.at - MONDAY == (-length if sign == "-" else length)
