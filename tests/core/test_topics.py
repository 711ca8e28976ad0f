from __future__ import annotations

import pytest

from mautod.core.files.definition import Table, read_toml
from mautod.core.sending.topics import read_topic
from mautod.errors import DefinitionError


def parse_topics(text, file):
    return {key: read_topic(key, table) for key, table in read_toml(text, file).sections()}


def test_a_topic_has_one_name_or_one_per_language():
    topics = parse_topics(
        '[offers]\nname.en = "Offers"\nname.ru = "Скидки"\n[news]\nname = "News"\n', "t"
    )
    assert topics["offers"].name("ru-RU") == "Скидки"
    assert topics["offers"].name("de") == "Offers"
    assert topics["news"].name("ru") == "News"


def test_a_topic_says_what_holds_of_those_who_said_nothing():
    text = """[plain]
name = "Plain"
[club]
name = "Club"
about.en = "Once a month"
about.ru = "Раз в месяц"
default = "out"
double = true
frequency = ["monthly", "weekly"]
"""
    topics = parse_topics(text, "t")
    plain, club = topics["plain"], topics["club"]
    assert (plain.default, plain.double, plain.frequency) == ("in", False, ())
    assert plain.body() == {"name": {"": "Plain"}}
    assert (club.default, club.double, club.frequency) == ("out", True, ("weekly", "monthly"))
    assert club.description("ru-RU") == "Раз в месяц"
    assert club.description("de") == "Once a month"
    assert plain.description("en") == ""
    assert read_topic("club", Table("t", club.body())) == club


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[a]\nname = "A"\ndefault = "no"\n', 't:3: a.default: expected "in" or "out"'),
        ('[a]\nname = "A"\ndouble = "yes"\n', "t:3: a.double: expected true or false"),
        ('[a]\nname = "A"\nfrequency = ["daily"]\n', "t:3: a.frequency: expected a list of"),
        ("[offers]\n", "t:1: offers.name: is missing"),
        ('[offers]\nname = "A"\ncolour = 1\n', "t:3: offers.colour: there is no such key"),
        ("[offers]\nname = 3\n", "t:2: offers.name: expected text"),
        ("[offers]\nname = {}\n", "t:2: offers.name: expected text"),
        ('offers = "x"\n', "t:1: offers: expected a table"),
        ('[Offers]\nname = "A"\n', "t:1: Offers: is no fit key"),
    ],
)
def test_a_wrong_topic_names_file_line_key_and_what_was_expected(text, said):
    with pytest.raises(DefinitionError) as caught:
        parse_topics(text, "t")
    assert str(caught.value).startswith(said)
