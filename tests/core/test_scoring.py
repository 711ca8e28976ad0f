"""`scoring.toml`: what a score is made of, and what an event is worth at an age."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.files.definition import Table, read_toml
from mautod.core.rules.checker import Frontier, Kind
from mautod.core.scoring import (
    Each,
    Halves,
    Lasts,
    Level,
    crossed,
    read_score,
    rule_of,
    show_terms,
    steps,
    worth,
)
from mautod.duration import DAY, HOUR
from mautod.errors import DefinitionError

LEAD = """
[lead]
name = "Lead"
thresholds = { hot = 26, warm = 10 }
[[lead.points]]
when   = 'email is known and in segment "vip"'
points = 10
[[lead.points]]
event  = "Pricing Viewed"
where  = 'plan = "pro" and seats > 3'
points = 3
most   = 5
halves = "30d"
[[lead.points]]
event  = "Mail Ignored"
points = -4
lasts  = "1w"
"""


RULES = {"keen": 'rule "often"', "often": 'did "A" >= 3 times', "other": "n = 1"}


def parse(text):
    sections = read_toml(text, "s.toml").sections()
    return {key: read_score(key, table, RULES) for key, table in sections}


def test_a_score_is_read_with_its_lowest_level_first():
    lead = parse(LEAD)["lead"]
    assert lead.levels == (Level("warm", 10), Level("hot", 26))
    assert [row.points for row in lead.rows] == [10, 3, -4]
    assert lead.rows[2] == Each("Mail Ignored", -4, decay=Lasts(7 * DAY))


def test_a_score_without_name_or_thresholds_goes_by_its_key():
    score = parse('[calm]\n[[calm.points]]\nevent = "A"\npoints = 1\n')["calm"]
    assert (score.name, score.levels) == ("calm", ())


def test_what_is_kept_of_a_score_is_read_back_as_the_same_score():
    lead = parse(LEAD)["lead"]
    assert read_score("lead", Table("s.toml", lead.body()), {}) == lead


def test_a_score_keeps_the_named_rules_that_it_leads_to():
    score = parse("[keen]\n[[keen.points]]\nwhen = 'rule \"keen\"'\npoints = 1\n")["keen"]
    assert score.body()["rules"] == {"keen": 'rule "often"', "often": 'did "A" >= 3 times'}
    assert score.body()["points"] == [{"when": 'rule "keen"', "points": 1}]
    assert score.depends().events == {"A"}


def test_spacing_and_order_of_thresholds_make_no_new_version():
    spaced = LEAD.replace("{ hot = 26, warm = 10 }", "{ warm = 10, hot = 26 }")
    spaced = spaced.replace('plan = "pro" and', 'plan  =  "pro"   and').replace("1w", "7d")
    assert parse(spaced)["lead"].body() == parse(LEAD)["lead"].body()


def test_a_score_depends_on_its_rules_its_events_and_every_age_that_changes_points():
    needs = parse(LEAD)["lead"].depends()
    assert needs.events == {"Pricing Viewed", "Mail Ignored"}
    assert (needs.props, needs.segments) == ({"email"}, {"vip"})
    assert needs.frontiers == {
        Frontier(Kind.EVENT, ("Pricing Viewed",), 30 * DAY),
        Frontier(Kind.EVENT, ("Pricing Viewed",), 60 * DAY),
        Frontier(Kind.EVENT, ("Mail Ignored",), 7 * DAY),
    }


@pytest.mark.parametrize(
    ("row", "ages"),
    [
        (Each("A", 5), ((0, 5),)),
        (Each("A", 5, decay=Lasts(HOUR)), ((0, 5), (HOUR, 0))),
        (Each("A", 5, decay=Halves(HOUR)), ((0, 5), (HOUR, 2), (2 * HOUR, 1), (3 * HOUR, 0))),
        (Each("A", -3, decay=Halves(HOUR)), ((0, -3), (HOUR, -1), (2 * HOUR, 0))),
        (Each("A", 1, decay=Halves(HOUR)), ((0, 1), (HOUR, 0))),
    ],
)
def test_points_fade_in_steps_that_end_at_nothing(row, ages):
    assert steps(row) == ages


@given(
    st.integers(-10_000, 10_000).filter(bool),
    st.integers(1, 40 * DAY),
    st.integers(-5 * DAY, 900 * DAY),
)
def test_an_event_is_worth_half_for_each_span_that_it_has_lived(points, span_ms, age):
    left, rest = abs(points), age
    while rest >= span_ms and left:
        left, rest = left // 2, rest - span_ms
    assert abs(worth(Each("A", points, decay=Halves(span_ms)), age)) == left
    assert worth(Each("A", points, decay=Lasts(span_ms)), age) == (points if age < span_ms else 0)
    assert worth(Each("A", points), age) == points


def test_a_level_is_reached_from_below_alone():
    levels = (Level("warm", 10), Level("hot", 26))
    assert crossed(levels, 0, 26) == list(levels)
    assert crossed(levels, 10, 30) == [levels[1]]
    assert crossed(levels, 26, 40) == crossed(levels, 30, 9) == crossed(levels, 0, 9) == []


def test_a_row_says_in_words_how_it_counts():
    rows = parse(LEAD)["lead"].rows
    assert [show_terms(row) for row in rows] == [
        "+10",
        "+3 each, at most 5 times, halved every 30d",
        "-4 each, for 1w",
    ]
    assert show_terms(Each("A", 1, most=1)) == "+1 each, at most once"
    assert rule_of(rows[0]) is rows[0].rule


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "Lead"', "nome = 1", "s.toml:3: lead.nome: there is no such key. Did you mean"),
        ("{ hot = 26, warm = 10 }", "26", "s.toml:4: lead.thresholds: expected 1 to 10 names with"),
        (
            "hot = 26, warm = 10",
            "",
            "s.toml:4: lead.thresholds: expected 1 to 10 names with points",
        ),
        ("hot = 26", "hot = 10", "s.toml:4: lead.thresholds: hot and warm are the same threshold."),
        ("hot = 26", "hot = 0", "s.toml:4: lead.thresholds: expected a whole number from 1 to"),
        ("hot = 26", "hot = true", "s.toml:4: lead.thresholds: expected a whole number from 1 to"),
        ("hot = 26", '"Hot!" = 26', "s.toml:4: lead.thresholds: 'Hot!' is no fit name"),
        ("points = 10", "points = 1.5", "s.toml:7: lead.points[1].points: expected a whole number"),
        ("points = 10", "points = 0", "s.toml:7: lead.points[1].points: expected points, more or"),
        ("points = 10", "points = 10001", "s.toml:7: lead.points[1].points: expected a whole"),
        ("points = 10", "point = 10", "s.toml:7: lead.points[1].point: there is no such key. Did"),
        ("points = 10", "", "s.toml:5: lead.points[1].points: is missing."),
        ("points = 10", "points = 10\nmost = 1", "s.toml:8: lead.points[1].most: there is no such"),
        (
            "most   = 5",
            "most = 0",
            "s.toml:12: lead.points[2].most: expected a whole number from 1",
        ),
        (
            "most   = 5",
            'lasts = "1d"',
            "s.toml:13: lead.points[2].halves: points last or are halved",
        ),
        ('"30d"', '"0s"', "s.toml:13: lead.points[2].halves: expected at least one second"),
        ('"30d"', '"a month"', "s.toml:13: lead.points[2].halves: 'a month' is not a duration"),
        ('event  = "Mail Ignored"', "", "s.toml:14: lead.points[3]: needs an event or a rule"),
        ("when ", 'event = "A"\nwhen ', "s.toml:5: lead.points[1]: needs an event or a rule, one"),
        ("and in", "and and in", "s.toml:6: lead.points[1].when: "),
        ("seats > 3", "person.x = 1", "s.toml:10: lead.points[2].where: "),
        ("is known and", 'is known and did "A" since entry and', "s.toml:6: lead.points[1].when"),
    ],
)
def test_a_wrong_score_names_file_line_key_and_what_was_expected(old, new, said):
    assert LEAD.count(old) >= 1
    with pytest.raises(DefinitionError) as caught:
        parse(LEAD.replace(old, new, 1))
    assert str(caught.value).startswith(said)


def test_a_score_has_rows_and_not_too_many():
    for text in ("[lead]\n", "[lead]\npoints = []\n"):
        with pytest.raises(DefinitionError, match="1 to 50 rows of points, found 0"):
            parse(text)
    row = "[[lead.points]]\nevent = 'A'\npoints = 1\n"
    with pytest.raises(DefinitionError, match="found 51"):
        parse(f"[lead]\n{row * 51}")


def test_a_rule_that_could_not_be_read_again_is_too_long():
    rule = " or ".join(["n=1"] * 2000)
    with pytest.raises(DefinitionError, match="longer than 16 KB"):
        parse(f"[lead]\n[[lead.points]]\nwhen = '{rule}'\npoints = 1\n")
