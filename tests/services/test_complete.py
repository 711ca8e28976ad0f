from __future__ import annotations

import pytest
from office_kit import Office

from mautod import wire


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    made.chain().segment("vip", "email is known")
    made.know("u1", email="anna@example.com", city="Oslo", tags=["wholesale", "old"])
    made.know("u2", city="Oslo")
    made.know("u3", city="Bergen")
    made.did("u1", "Product Added", category="sofas").did("u1", "Product Viewed")
    yield made
    made.close()


def offered(office, rule, cursor=None):
    ask = wire.CompleteAsk(rule, len(rule) if cursor is None else cursor)
    return office.desk.complete(ask)


def texts(office, rule):
    return [item.text for item in offered(office, rule).items]


def test_events_are_offered_in_quotes_those_that_begin_as_typed_first(office):
    assert texts(office, 'did "vie') == ['"Product Viewed"']
    found = texts(office, 'did "pro')
    assert found[:2] == ['"Product Added"', '"Product Viewed"']


def test_properties_of_people_and_of_the_event_in_question(office):
    assert "city" in texts(office, "ci")
    assert texts(office, 'did "Product Added" where ')[0] == "category"
    assert "category" not in texts(office, "ca")


def test_values_come_from_people_and_events_the_most_frequent_first(office):
    assert texts(office, "city = ")[:2] == ['"Oslo"', '"Bergen"']
    assert texts(office, 'did "Product Added" where category = "') == ['"sofas"']
    assert texts(office, "email = ")[0] == '"anna@example.com"'


def test_segments_come_with_their_sizes_and_tags_with_nothing(office):
    assert offered(office, 'in segment "').items == [wire.Candidate('"vip"', "segment", "1 people")]
    assert texts(office, 'tags has "w') == ['"wholesale"']


def test_what_is_offered_takes_the_place_of_what_is_typed(office):
    rule = 'did "Produc" in 7d'
    found = offered(office, rule, 8)
    new = rule[: found.start] + found.items[0].text + rule[found.end :]
    assert new == 'did "Product Added" in 7d'


def test_a_property_that_is_no_plain_name_is_offered_in_quotes(office):
    office.know("u1", **{"last shop": "x"})
    assert '"last shop"' in texts(office, "last s") or '"last shop"' in texts(office, "")


def test_at_most_as_many_as_asked_for(office):
    assert len(office.desk.complete(wire.CompleteAsk("", 0, limit=3)).items) == 3
