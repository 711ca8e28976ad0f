"""Rules that ask for others by name mean what those say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules_strategies import rules

from mautod.core.rules.named import MOST_LEAVES, bind, names, read, used
from mautod.core.rules.parser import parse
from mautod.core.rules.printer import show
from mautod.core.rules.tree import All, Named, Not, leaves
from mautod.errors import RuleError

KNOWN = {
    "buyer": 'did "Order Completed"',
    "keen": 'rule "buyer" and not tag "staff"',
    "round": 'rule "about"',
    "about": 'did "A" or rule "round"',
}


def test_a_named_rule_is_put_in_where_it_is_named():
    rule = read('rule "keen" and country = "RU"', KNOWN)
    buyer = Named("buyer", parse('did "Order Completed"'))
    keen = Named("keen", All((buyer, Not(parse('tag "staff"')))))
    assert rule == All((keen, parse('country = "RU"')))
    assert [show(leaf) for leaf in leaves(rule)] == [
        'did "Order Completed"', 'tags has "staff"', 'country = "RU"'
    ]  # fmt: skip


@given(rules(), st.sampled_from(("keen", "buyer")))
def test_it_is_printed_by_its_name(rule, key):
    named = Not(All((rule, Named(key))))
    assert parse(show(named)) == named
    assert show(bind(named, KNOWN)) == show(named)


def test_what_a_rule_leads_to_is_found_once():
    assert used(names(parse('rule "keen" or rule "buyer" or rule "none"')), KNOWN) == {
        "buyer": KNOWN["buyer"],
        "keen": KNOWN["keen"],
    }
    assert list(used(["round"], KNOWN)) == ["about", "round"]
    assert used(["bad"], {"bad": "did did"}) == {"bad": "did did"}


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ('did "A" and rule "keeen"', 18, 'there is no rule "keeen". Did you mean keen?'),
        ('rule "x"', 6, "Rules get their names in rules.toml."),
        ('not rule "round"', 10, "in a circle: round → about → round"),
    ],
)
def test_a_name_that_leads_nowhere_is_shown_in_its_place(text, column, words):
    with pytest.raises(RuleError) as caught:
        read(text, KNOWN)
    assert (caught.value.line, caught.value.column) == (1, column)
    assert words in f"{caught.value.message}. {caught.value.hint}"


def test_rules_that_double_each_other_are_refused_at_once():
    doubling = {f"r{n}": f'rule "r{n + 1}" and rule "r{n + 1}"' for n in range(20)}
    with pytest.raises(RuleError, match="parts"):
        read('rule "r0"', doubling | {"r20": "a = 1"})
    deep = {f"r{n}": f'not rule "r{n + 1}"' for n in range(2000)}
    with pytest.raises(RuleError, match="more than 32 deep"):
        read('rule "r0"', deep | {"r2000": "a = 1"})
    many = " or ".join(['rule "ten"'] * (MOST_LEAVES // 10 + 1))
    with pytest.raises(RuleError, match="parts"):
        read(many, {"ten": " or ".join(["a = 1"] * 10)})


def test_a_chain_alone_may_ask_since_its_entry():
    known = {"paid": 'did "Order Paid" since entry'}
    assert read('rule "paid"', known)
    with pytest.raises(RuleError, match="only a chain has an entry"):
        read('rule "paid"', known, entry=False)
