"""A funnel is written on one line or in parts, and says what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.reports.funnel import (
    WITHIN,
    Funnel,
    Written,
    medians,
    reached,
    read_funnel,
    split_funnel,
)
from mautod.core.rules.parser import parse_where
from mautod.duration import DAY, HOUR
from mautod.errors import BadInput, MautodError, RuleError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('"A" > "B b"', (("A", "B b"), "", "", "")),
        ('"A">"B">"C" within 7d', (("A", "B", "C"), "7d", "", "")),
        (' "A" > "B" within 2h by source ', (("A", "B"), "2h", "source", "")),
        ('"A" > "B" by person.city where a > 1', (("A", "B"), "", "person.city", "a > 1")),
        ('"A" > "B" where a = "x > y"', (("A", "B"), "", "", 'a = "x > y"')),
    ],
)
def test_a_line_is_taken_apart(text, parts):
    assert split_funnel(text) == Written(*parts)


@pytest.mark.parametrize("text", ["A > B", '"A" >', '"A" "B"', "", '"A" > "B" by', '"A" > > "B"'])
def test_what_is_no_funnel_is_refused_with_an_example(text):
    with pytest.raises(BadInput) as caught:
        split_funnel(text)
    assert "within 7d by source" in caught.value.hint


@given(st.text(max_size=60))
def test_any_line_is_a_funnel_or_an_error_of_ours(text):
    try:
        line = split_funnel(text)
        read_funnel(line.events, line.within, line.by, line.where)
    except MautodError:
        pass


def test_parts_that_say_nothing_take_their_defaults():
    assert read_funnel(["A", "B"]) == Funnel(("A", "B"), WITHIN)
    found = read_funnel(["A", "B"], "2h", "person.city", "price > 5")
    assert found == Funnel(("A", "B"), 2 * HOUR, "person.city", parse_where("price > 5"))


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ((["A"],), BadInput),
        ((["A"] * 11,), BadInput),
        ((["A", " "],), BadInput),
        ((["A", "B\x1b"],), BadInput),
        ((["A", "B"], "soon"), BadInput),
        ((["A", "B"], "5ms"), BadInput),
        ((["A", "B"], "", 'a"b'), BadInput),
        ((["A", "B"], "", "a..b"), BadInput),
        ((["A", "B"], "", "", "price >"), RuleError),
    ],
)
def test_unfit_parts_are_refused(parts, error):
    with pytest.raises(error):
        read_funnel(*parts)


def test_people_and_times_are_counted_to_each_event():
    walks = [(), (HOUR,), (3 * HOUR, DAY), (4 * HOUR,)]
    assert reached(walks, 3) == [4, 3, 1]
    assert medians(walks, 3) == [None, 3 * HOUR, DAY]
    assert medians([], 2) == [None, None]
