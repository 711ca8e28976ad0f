from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.files.segment_file import put_segment
from mautod.errors import BadInput, Conflict

FILE = """\
# who pays
[vip]
name   = "Best"       # for letters
rule   = 'email is known'   # so far

[long]  # over several lines
rule = '''
did "A"
  and did "B"'''
"""


def test_only_the_value_changes_and_comments_stay_where_they_are():
    text, line = put_segment(FILE, "vip", 'did "A" in 7d')
    assert text == FILE.replace("'email is known'", "'did \"A\" in 7d'")
    assert line == 4


def test_a_rule_over_several_lines_is_written_so():
    text, _ = put_segment(FILE, "long", 'did "C"\nor did "D"')
    assert text.endswith("rule = '''\ndid \"C\"\nor did \"D\"'''\n")
    assert text.startswith(FILE.partition("[long]")[0])


def test_a_new_segment_stands_at_the_end():
    text, line = put_segment(FILE, "new", "score > 3", "Name's")
    assert text == f"{FILE}\n[new]\nname = \"Name's\"\nrule = 'score > 3'\n"
    assert line == 13
    assert put_segment("", "new", "x = 1") == ("[new]\nrule = 'x = 1'\n", 2)


def test_a_name_is_changed_or_put_before_the_rule():
    assert (
        'name   = "Very best"       # for letters'
        in put_segment(FILE, "vip", "a = 1", "Very best")[0]
    )
    assert (
        "lines\nname = \"Long\"\nrule = 'a = 1'\n" in put_segment(FILE, "long", "a = 1", "Long")[0]
    )


@pytest.mark.parametrize(
    "text",
    ["vip = { rule = 'x = 1' }\n", "vip.rule = 'x = 1'\n", "[vip]\nname = 'static'\n"],
    ids=["inline", "dotted", "no rule"],
)
def test_what_is_written_otherwise_is_left_to_a_person(text):
    with pytest.raises(Conflict, match="cannot be changed from here"):
        put_segment(text, "vip", "y = 2")


def test_a_key_that_is_none_is_refused():
    with pytest.raises(BadInput, match="no fit key"):
        put_segment(FILE, "Very Important", "x = 1")


@given(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(lambda t: t.strip() == t)
)
def test_whatever_the_rule_it_is_read_back_and_nothing_else_changes(rule):
    rule = rule.replace("\r", " ").strip() or "x"
    try:
        text, _ = put_segment(FILE, "vip", rule)
    except Conflict:
        return
    after = tomllib.loads(text)
    assert after.pop("vip")["rule"].strip() == rule
    assert after == {"long": tomllib.loads(FILE)["long"]}
