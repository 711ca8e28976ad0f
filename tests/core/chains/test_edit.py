"""Where people go on when their chain is edited under them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.chains.definition import parse_chain
from mautod.core.chains.edit import Way, way
from mautod.errors import DefinitionError

HEAD = 'name = "C"\ntopic = "t"\nenter = { event = "E" }\n'


def chain(*steps, head=""):
    text = "".join(f'[[step]]\nid = "{step}"\nwait = "1h"\n' for step in steps)
    return parse_chain(HEAD + head + text, "c.toml", "c")


@pytest.mark.parametrize(
    ("old", "new", "at", "goes"),
    [
        ("abc", "abc", "b", Way("b")),
        ("abc", "cba", "b", Way("b")),
        ("abc", "abc", "", Way("")),
        ("abc", "axc", "b", Way("x", fresh=True)),
        ("abc", "ac", "b", Way("c", fresh=True)),
        ("abc", "xyc", "b", Way("", fresh=True)),
        ("abc", "ab", "c", Way(None, fresh=True)),
        ("abcd", "axd", "c", Way("x", fresh=True)),
    ],
)
def test_who_stands_in_a_step_that_is_gone_goes_on_behind_the_nearest_above_it(old, new, at, goes):
    assert way(chain(*old), chain(*new), at) == goes


orders = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)


@given(orders, orders, st.sampled_from(["", *"abcdef"]))
def test_everybody_goes_somewhere_that_the_new_version_has(old, new, at):
    gone = way(chain(*old), chain(*new), at)
    assert gone.step in {None, "", *new}
    assert gone.fresh is (at not in {"", *new})


def test_a_chain_says_what_people_under_way_do():
    assert chain("a").on_edit == "stay"
    assert chain("a", head='on_edit = "move"\n').on_edit == "move"
    with pytest.raises(DefinitionError, match='"stay" or "move" or "restart"'):
        chain("a", head='on_edit = "leap"\n')
