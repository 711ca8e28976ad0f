from __future__ import annotations

import pytest
from office_kit import Office

from mautod import wire
from mautod.errors import BadInput, NotFound

CALL = """
name = "Call them"
enter = { event = "Segment Entered", where = 'segment = "wholesale"' }
topic = "offers"

[[step]]
send = "call-1"
"""


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    made.know("u1", email="anna@example.com", score=3)
    yield made
    made.close()


def change(office, person="u1", **ask):
    return office.desk.change(person, wire.ChangeAsk(**ask))


def names(office):
    return [event.name for event in office.desk.person("u1").timeline]


def test_values_are_set_with_their_types_and_null_makes_them_unknown(office):
    done = change(office, set={"score": None, "vip": True, "city": "Oslo", "name": "Anna"})
    assert (done.changed, done.text) == (4, "person 1: city, name, score, vip set.")
    office.digest()
    card = office.desk.person("u1")
    assert card.props == {"vip": True, "city": "Oslo"}
    assert card.person.name == "Anna"


def test_a_change_is_an_event_with_what_the_operator_wrote(office):
    change(office, set={"email": "a@example.com"}, tag=["vip"])
    office.digest()
    changed, edited = sorted(office.desk.person("u1").timeline[:2], key=lambda e: e.name)
    assert changed.props == {"old": "anna@example.com", "new": "a@example.com"}
    assert edited.name == "Person Edited"
    assert edited.props == {"set": {"email": "a@example.com"}, "tag": ["vip"]}


def test_segments_and_chains_follow_in_the_same_batch(office):
    office.segment("wholesale", 'stage = "wholesale"').chain(CALL, "call")
    change(office, set={"stage": "wholesale"})
    assert office._digest.batch(office.now)
    card = office.desk.person("u1")
    assert [each.key for each in card.segments] == ["wholesale"]
    assert [each.chain for each in card.runs] == ["call"]


def test_tags_are_put_on_once_and_taken_off(office):
    change(office, tag=["a", "b", "a"])
    change(office, tag=["c"], untag=["a"])
    office.digest()
    assert office.desk.person("u1").props["tags"] == ["b", "c"]
    assert change(office, tag=["b"]).text == "person 1 is so already."
    change(office, untag=["b", "c", "never"])
    office.digest()
    assert "tags" not in office.desk.person("u1").props


def test_the_last_of_several_changes_before_the_digest_wins(office):
    change(office, set={"score": 4})
    change(office, set={"score": 3})
    office.digest()
    assert office.desk.person("u1").props["score"] == 3


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        ({}, "set"),
        ({"set": {"email": "nonsense"}}, "email"),
        ({"set": {"sessions": 3}}, "sessions"),
        ({"set": {"city": "Oslo", "created_at": 1}}, "created_at"),
        ({"set": {"": 1}}, ""),
        ({"set": {"$add": {"email": 1}}}, "email"),
        ({"set": {"$nonsense": 1}}, "$nonsense"),
        ({"set": {"note": "x" * 5000}}, "note"),
        ({"set": {f"p{n}": "x" * 4000 for n in range(10)}}, "set"),
        ({"set": {"deep": [[[[[[[[[1]]]]]]]]]}}, "traits"),
        ({"set": {"nul": "a\0b"}}, "traits"),
        ({"tag": [""]}, "tag"),
        ({"tag": [" a"]}, "tag"),
        ({"tag": ["a\nb"]}, "tag"),
        ({"untag": ["x" * 300]}, "tag"),
        ({"tag": ["a"], "untag": ["a"]}, "tag"),
        ({"tag": [f"{n}{'x' * 200}" for n in range(200)]}, "set"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_once_and_nothing_of_it_is_kept(office, ask, field):
    before = names(office)
    with pytest.raises(BadInput) as told:
        change(office, **ask)
    assert told.value.field == field
    assert office.desk.status().inbox == 0
    assert names(office.digest()) == before


def test_nobody_and_the_erased_cannot_be_changed(office):
    with pytest.raises(NotFound):
        change(office, "nobody", tag=["a"])
    with office.db.write() as tx:
        tx.execute("UPDATE person SET erased_at = 1 WHERE id = 1")
    with pytest.raises(NotFound):
        change(office, "1", tag=["a"])


def test_a_visitor_cannot_say_that_an_operator_edited_them(office):
    office.visit("v", "Person Edited", set={"vip": True})
    assert office.desk.count("Person Edited").count == 0
    assert office.desk.status().rejected == 1
