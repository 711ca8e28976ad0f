"""What a trait may change."""

from __future__ import annotations

from mautod.core.people.person import Card, apply_traits


def card(**props):
    return Card(id=1, created_at=0, props=props)


def test_a_contact_that_changes_says_old_and_new():
    person = card()
    changes, _ = apply_traits(person, {"email": "a@example.org"})
    assert [(c.event, c.old, c.new) for c in changes] == [("Email Changed", None, "a@example.org")]
    changes, _ = apply_traits(person, {"email": "b@example.org"})
    assert [(c.old, c.new) for c in changes] == [("a@example.org", "b@example.org")]
    assert apply_traits(person, {"email": "b@example.org"}) == ([], [])


def test_what_is_no_address_is_refused_and_the_rest_is_taken():
    person = card()
    changes, refusals = apply_traits(person, {"email": "nonsense\r\nBcc: x", "plan": "pro"})
    assert changes == []
    assert [(r.prop, r.reason) for r in refusals] == [("email", "not an email address")]
    assert person.email is None
    assert person.props == {"plan": "pro"}


def test_operations_add_append_union_remove_once_and_unset():
    person = card(visits=2, tags=["a"], plan="free", gone=1)
    _, refusals = apply_traits(
        person,
        {
            "$add": {"visits": 3, "price": 0.1},
            "$append": {"log": "x"},
            "$union": {"tags": ["a", "b"]},
            "$set_once": {"plan": "pro", "first": "yes"},
            "$unset": ["gone"],
        },
    )
    assert refusals == []
    assert person.props == {
        "visits": 5, "price": 0.1, "log": ["x"], "tags": ["a", "b"], "plan": "free", "first": "yes",
    }  # fmt: skip
    apply_traits(person, {"$remove": {"tags": ["a", "b"]}})
    assert "tags" not in person.props


def test_adding_money_does_not_drift():
    person = card()
    for _ in range(10):
        apply_traits(person, {"$add": {"sum": 0.1}})
    assert person.props["sum"] == 1


def test_a_thousand_properties_are_the_most():
    person = card(**{f"p{n}": n for n in range(1000)})
    _, refusals = apply_traits(person, {"one_more": 1, "p0": "changed"})
    assert [r.prop for r in refusals] == ["one_more"]
    assert person.props["p0"] == "changed"


def test_computed_properties_cannot_be_set_from_outside():
    person = card()
    _, refusals = apply_traits(person, {"last_seen": 5, "sessions": 7, "$frobnicate": {"a": 1}})
    assert {r.prop for r in refusals} == {"last_seen", "sessions", "$frobnicate"}
    assert person.sessions == 0


def test_an_empty_or_null_value_makes_a_property_unknown():
    person = card(plan="pro", colour="red")
    apply_traits(person, {"plan": None, "colour": ""})
    assert person.props == {}
