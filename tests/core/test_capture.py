"""`events.toml`: what the tracker tells by itself, or what is wrong with the file, by line."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.capture import body_of
from mautod.core.files.definition import read_toml
from mautod.errors import DefinitionError


def bodies(text: str) -> dict:
    return {key: body_of(key, table) for key, table in read_toml(text, "events.toml").sections()}


def test_each_act_is_read_as_the_tracker_needs_it():
    found = bodies("""
[auto]
outbound = true
forms = true
[buy]
event = "Buy Clicked"
click = ".buy"
url = "/shop/*"
properties = { name = "text:h1", price = "data:price|number", from = "=list" }
[lead]
event = "Lead Sent"
submit = "#lead"
identify = { email = "field:email" }
[pricing]
event = "Pricing Seen"
visit = "/pricing*"
""")
    assert found == {
        "auto": {"auto": ("outbound", "forms")},
        "buy": {
            "name": "Buy Clicked", "on": "click", "selector": ".buy", "url": "/shop/*",
            "properties": {"name": "text:h1", "price": "data:price|number", "from": "=list"},
        },
        "lead": {
            "name": "Lead Sent", "on": "submit", "selector": "#lead",
            "identify": {"email": "field:email"},
        },
        "pricing": {"name": "Pricing Seen", "on": "visit", "url": "/pricing*"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[x]\nevent = "A"', 1, "x"),
        ('[x]\nevent = "A"\nclick = "a"\nvisit = "/"', 1, "x"),
        ('[x]\nclick = "a"', 1, "x.event"),
        ('[x]\nevent = "Message Opened"\nclick = "a"', 2, "x.event"),
        ('[x]\nevent = "A"\nclick = ""', 3, "x.click"),
        ('[x]\nevent = "A"\nvisit = "/"\nurl = "/"', 4, "x.url"),
        ('[x]\nevent = "A"\nclick = "a"\nproperties = { a = "b" }', 4, "x.properties"),
        ('[x]\nevent = "A"\nclik = "a"', 3, "x.clik"),
        ("[auto]\noutbond = true", 2, "auto.outbond"),
        ("[auto]\nforms = 1", 2, "auto.forms"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, line, key):
    with pytest.raises(DefinitionError) as caught:
        bodies(text)
    assert (caught.value.line, caught.value.key) == (line, key)


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=30), max_size=5))
def test_no_source_of_a_value_raises_anything_else(properties):
    text = '[x]\nevent = "A"\nclick = "a"\n[x.properties]\n' + "".join(
        f"{json.dumps(name)} = {json.dumps(value)}\n" for name, value in properties.items()
    )
    with suppress(DefinitionError):
        assert set(bodies(text)) == {"x"}
