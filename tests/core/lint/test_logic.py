"""Whatever lint says of a rule is so for everybody who could ever be."""

from __future__ import annotations

import pytest
import rules_strategies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules_oracle import Event, Oracle, Person
from rules_strategies import NOW, PERSON_PATHS, columns, dids, happenings, joined, props

from mautod.core.lint.logic import literals, never, surely
from mautod.core.rules.parser import parse
from mautod.core.rules.tree import All, Not

PATHS = PERSON_PATHS[:2]
LEAVES = rules_strategies.tests(PATHS, relative=True) | dids()
RULES = joined(LEAVES, 4)
PEOPLE = st.lists(
    st.builds(
        lambda columns, props, happened: Person(
            1,
            columns,
            props,
            [
                Event(number, name, NOW - offset, values)
                for number, (name, offset, values) in enumerate(happened, 1)
            ],
        ),
        columns,
        props,
        st.lists(happenings, max_size=6),
    ),
    min_size=1,
    max_size=6,
)
SETTINGS = settings(
    max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def matches(rule, person):
    return Oracle(NOW, "UTC").matches(rule, person)


@SETTINGS
@given(st.lists(RULES, min_size=2, max_size=3), PEOPLE)
def test_nobody_matches_what_is_said_to_be_impossible(parts, people):
    rule = All(tuple(parts))
    if never(rule) is not None:
        assert not any(matches(rule, person) for person in people)
    clash = All((parts[0], Not(parts[0])))
    assert not any(matches(clash, person) for person in people)


@SETTINGS
@given(RULES, RULES, PEOPLE)
def test_whoever_matches_the_one_matches_what_is_said_to_follow(one, other, people):
    for asked in (other, one):
        if surely(asked, literals(one)):
            assert all(matches(asked, person) for person in people if matches(one, person))


@pytest.mark.parametrize(
    "text",
    [
        'city = "Oslo" and city = "Bergen"',
        'city = "Oslo" and email is known and (name is known and city = "Bergen")',
        "age > 30 and age < 20",
        "age >= 30 and age < 30",
        "age = 5 and age between 6 and 9",
        "email is known and email is unknown",
        'email is unknown and email contains "x"',
        'did "A" and not did "A"',
        'did "A" in 7d and not did "A" in 30d',
        'did "A" >= 3 times in 7d and not did "A" or "B"',
        'did "A" where x = 1 and not did "A"',
        'did "A" where x = 1 and x = 2',
        'in segment "vip" and not in segment "vip"',
        'not (email is known or city = "Oslo") and email is known',
        '(age > 3 and age < 2) or (city = "a" and city = "b")',
    ],
)
def test_what_excludes_itself_is_found(text):
    assert never(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        'city = "Oslo" or city = "Bergen"',
        'city = "Oslo" and city = "OSLO"',
        "age > 20 and age < 30",
        "age >= 30 and age <= 30",
        'did "A" and not did "B"',
        'did "A" in 30d and not did "A" in 7d',
        'did "A" and not did "A" where x = 1',
        'did "A" and not did "A" >= 5 times',
        'tags has "a" and tags has "b"',
        'email is known and not city = "Oslo"',
    ],
)
def test_what_may_be_is_left_in_peace(text):
    assert never(parse(text)) is None


@pytest.mark.parametrize(
    ("rule", "known", "follows"),
    [
        ('did "A"', 'did "A" in 7d', True),
        ('did "A" in 7d', 'did "A"', False),
        ('did "A" or email is known', 'did "A"', True),
        ('did "A" and email is known', 'did "A"', False),
        ("not email is unknown", "email is known", True),
        ('did "A" since entry', 'did "A"', False),
        ('in segment "vip"', 'in segment "vip" and email is known', True),
    ],
)
def test_what_follows_is_seen(rule, known, follows):
    assert surely(parse(rule), literals(parse(known))) is follows
