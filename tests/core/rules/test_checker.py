"""What a rule depends on and what it may have meant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_oracle import Oracle
from rules_strategies import ZONES, lone_wheres, props

from mautod.core.rules.checker import Frontier, Kind, Names, depends, scores_of, warnings
from mautod.core.rules.operators import OPERATORS
from mautod.core.rules.order import in_order
from mautod.core.rules.parser import parse
from mautod.core.rules.where import holds
from mautod.duration import DAY
from mautod.store.rules.operators import SQL_OPERATORS


def test_a_rule_depends_on_its_events_properties_segments_and_edges_in_time():
    rule = parse(
        'did "A" where x = 1 in 7d and not (did "B" or in segment "vip" or utm.source = "cpc")'
        " or renewal in next 3d or seen between 2d ago and 1d ago or n between 1 and 2"
        " or birthday in last 1d or last_seen before 30d ago"
    )
    found = depends(rule)
    assert found.events == {"A", "B"}
    assert found.props == {"utm", "birthday", "last_seen", "renewal", "seen", "n"}
    assert found.segments == {"vip"}
    assert found.frontiers == {
        Frontier(Kind.EVENT, ("A",), 7 * DAY),
        Frontier(Kind.DATE, ("renewal",), -3 * DAY),
        Frontier(Kind.DATE, ("renewal",), 0),
        Frontier(Kind.DATE, ("seen",), 2 * DAY),
        Frontier(Kind.DATE, ("seen",), DAY),
        Frontier(Kind.DATE, ("birthday",), DAY),
        Frontier(Kind.DATE, ("birthday",), 0),
        Frontier(Kind.DATE, ("last_seen",), 30 * DAY),
    }
    assert not found.has_entry
    assert depends(parse('did "A" since entry')).has_entry


def test_leaves_about_events_depend_on_all_their_events_and_turn_at_their_edges():
    found = depends(
        parse(
            'did "A" where x > person.limit.top and person.country = "RU" then "B" within 1h'
            ' then not "C" within 2h between 9d ago and 1d ago or sum "D".x > 1 in 3d'
            ' or first "E" in next 4d or last "F" before 5d ago or did "G" then "H" within 1d'
        )
    )
    assert found.events == set("ABCDEFGH")
    assert found.props == {"limit", "country"}
    assert found.frontiers == {
        Frontier(Kind.EVENT, ("A",), 9 * DAY),
        Frontier(Kind.EVENT, ("A",), DAY),
        Frontier(Kind.EVENT, ("B",), 2 * DAY // 24),
        Frontier(Kind.EVENT, ("D",), 3 * DAY),
        Frontier(Kind.EVENT, ("E",), -4 * DAY),
        Frontier(Kind.EVENT, ("E",), 0),
        Frontier(Kind.EVENT, ("F",), 5 * DAY),
    }
    assert depends(parse('did "A" then "B" since entry')).has_entry


def test_unknown_names_are_warned_about_with_the_nearest_known_one():
    known = Names(
        frozenset({"Order Completed"}),
        frozenset({"country", "email"}),
        frozenset({"vip"}),
        {"Order Completed": frozenset({"total"})},
    )
    rule = parse(
        'did "Order Complete" or cuntry = "RU" or in segment "vipp" or did "Message Sent"'
        ' or did "Order Completed" where totl > 5 and email is known'
    )
    assert warnings(rule, known) == [
        'nobody ever did "Order Complete"; did you mean Order Completed?',
        "nobody has a property cuntry; did you mean country?",
        'there is no segment "vipp"; did you mean vip?',
        '"Order Completed" has no property totl; did you mean total?',
        (
            '"Order Completed" has no property email, but people have:'
            ' write (did "Order Completed" where …) and email …'
        ),
    ]


def test_names_of_templates_topics_and_channels_are_looked_at():
    known = Names(
        templates=frozenset({"cart-1"}),
        topics=frozenset({"offers"}),
        channels=frozenset({"email"}),
        scores=frozenset({"lead"}),
    )
    rule = parse(
        'score "lad" > 1 or got "cart-2" or subscribed to "ofers" by mail or reachable by email'
    )
    assert warnings(rule, known) == [
        'there is no score "lad"; did you mean lead?',
        'there is no template "cart-2"; did you mean cart-1?',
        'there is no topic "ofers"; did you mean offers?',
        'there is no channel "mail"; did you mean email?',
    ]


def test_names_inside_leaves_about_events_are_looked_at():
    known = Names(
        frozenset({"Order Completed"}),
        frozenset({"country"}),
        event_props={"Order Completed": frozenset({"total", "order_id"})},
    )
    rule = parse(
        'sum "Order Completed".totl > 5 or did "Order Completed" where total > person.cuntry'
        ' then "Ordr Completed" within 1h on order_idd or first "Order Complted" before 1d ago'
    )
    assert warnings(rule, known) == [
        '"Order Completed" has no property totl; did you mean total?',
        "nobody has a property cuntry; did you mean country?",
        '"Order Completed" has no property order_idd; did you mean order_id?',
        'nobody ever did "Ordr Completed"; did you mean Order Completed?',
        'nobody ever did "Order Complted"; did you mean Order Completed?',
    ]


def test_needed_segments_come_first_and_cycles_are_named():
    order, cycle = in_order({"a": {"b"}, "b": {"c", "elsewhere"}, "c": set()})
    assert (order, cycle) == (["c", "b", "a"], [])
    order, cycle = in_order({"a": {"b"}, "b": {"a"}, "c": set()})
    assert order == []
    assert set(cycle) == {"a", "b"}


def test_every_operator_has_its_row_in_both_tables():
    assert OPERATORS.keys() == SQL_OPERATORS.keys()


@settings(max_examples=400, deadline=None)
@given(lone_wheres, props, st.sampled_from(ZONES))
def test_a_where_holds_when_the_oracle_says_so(where, given_props, zone):
    assert holds(where, given_props, zone) == Oracle(0, zone).where(where, given_props)


@pytest.mark.parametrize("wrong", [[1], {"a": 1}, True, "5", None])
def test_types_are_kept_apart(wrong):
    where = parse("x >= 0")
    assert not holds(where, {"x": wrong})


def test_no_where_lets_everything_pass():
    assert holds(None, {})


def test_the_scores_that_a_rule_asks_are_known_by_their_keys():
    needs = depends(parse('score "lead" > 1 or score "risk" < 2 and in list "staff"'))
    assert scores_of(needs) == {"lead", "risk"}
