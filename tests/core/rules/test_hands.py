"""Opens and clicks count if people did them, unless somebody asks for those of machines."""

from __future__ import annotations

from mautod.core.chains.definition import parse_chain
from mautod.core.event import Happened
from mautod.core.rules.hands import by_people, counts
from mautod.core.rules.parser import parse, parse_where
from mautod.core.rules.printer import show

CLICK = {"template": "cart-1", "url": "https://x.example/a"}


def event(name: str, **props: object) -> Happened:
    return Happened(1, 1, name, 0, 0, props)


def test_what_a_machine_clicked_counts_only_where_machines_are_asked_for():
    theirs, ours = event("Message Clicked", **CLICK, machine="agent"), event("Message Clicked")
    assert counts(ours, None, "UTC")
    assert not counts(theirs, None, "UTC")
    assert not counts(theirs, parse_where('template = "cart-1"'), "UTC")
    assert counts(theirs, parse_where("machine is known"), "UTC")
    assert not counts(ours, parse_where("machine is known"), "UTC")


def test_other_events_may_have_a_property_of_that_name():
    assert counts(event("Order Completed", machine="lathe"), None, "UTC")
    assert by_people("Order Completed", None) is None


def test_a_goal_of_opens_is_reached_by_people():
    chain = parse_chain(
        'name = "A"\ntopic = "offers"\nenter = { event = "A" }\n'
        'goal = { event = "Message Opened", where = "template = \\"a\\"" }\n'
        '[[step]]\nsend = "a"\n',
        "a.toml",
        "a",
    )
    assert chain.goal is not None
    assert counts(event("Message Opened", template="a"), chain.goal.where, "UTC")
    assert not counts(event("Message Opened", template="a", machine="x"), chain.goal.where, "UTC")


def test_the_words_opened_and_clicked_are_written_as_before():
    for text in ('opened "a"', 'not clicked "a" in 2d', 'got "a"'):
        assert show(parse(text)) == text
