"""The handbook tells of every kind of step, and what it says is so."""

from __future__ import annotations

import pytest

from mautod.core.chains.definition import parse_chain
from mautod.core.chains.handbook import handbook
from mautod.core.chains.steps import kinds
from mautod.errors import DefinitionError

HEAD = 'name = "X"\ntopic = "t"\nenter = { event = "E" }\nwindow = "10:00-20:00"\n'
OTHERS = '\n[[step]]\nid = "first"\nexit = "one"\n[[step]]\nid = "second"\nexit = "two"\n'


@pytest.mark.parametrize("page", handbook(), ids=lambda page: page.kind)
def test_every_kind_has_a_page_whose_example_is_a_step_of_it(page):
    assert page.summary.startswith(f"`{page.kind} = ")
    assert all(page.keys.values())
    found = parse_chain(f"{HEAD}{page.example}{OTHERS}", "x.toml", "x").steps[0]
    assert type(found) is kinds()[page.kind]


@pytest.mark.parametrize("page", handbook(), ids=lambda page: page.kind)
def test_every_key_that_a_kind_knows_is_on_its_page_and_no_other(page):
    """A key that is not known is refused, so a page that names one that is not would be caught."""
    own = [line.split(" = ")[0] for line in page.example.splitlines()[1:]]
    for key in page.keys:
        if key in own:
            continue
        text = f"{HEAD}{page.example}\n{key} = []{OTHERS}"
        inner = page.example.replace(" }", f", {key} = [] }}", 1)
        known = [_knows(text, key), _knows(f"{HEAD}{inner}{OTHERS}", key)]
        assert any(known), f"{page.kind} does not know {key}"


def _knows(text: str, key: str) -> bool:
    try:
        parse_chain(text, "x.toml", "x")
    except DefinitionError as error:
        return not (error.key.endswith(key) and "no such key" in error.message)
    return True
