from __future__ import annotations

import pytest

from mautod.core.files.definition import read_toml
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
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
