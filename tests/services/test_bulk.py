from __future__ import annotations

import pytest
from office_kit import CART, Office

from mautod import wire
from mautod.errors import BadInput, Conflict, NotFound, RuleError
from mautod.services.people import bulk
from mautod.store.people import bulk as acts


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    for number in range(5):
        made.know(f"u{number}", email=f"{number}@example.com", score=number)
    yield made
    made.close()


def finish(office, asked):
    done = asked
    while done.state != acts.DONE:
        done = office.desk.bulk_step(asked.id)
    office.digest()
    return done


def tags(office, user):
    return office.desk.person(user).props.get("tags")


def test_nothing_is_done_before_the_first_step(office):
    asked = office.desk.bulk(wire.BulkAsk("tag", "+vip", "score >= 3"))
    office.digest()
    assert (asked.total, asked.state, asked.text) == (2, "asked", "tag 2 people +vip")
    assert tags(office, "u3") is None


def test_everybody_who_was_counted_is_tagged_and_segments_follow(office):
    office.segment("tagged", 'tags has "vip"')
    done = finish(office, office.desk.bulk(wire.BulkAsk("tag", "+vip -old", "score >= 3")))
    assert (done.done, done.changed) == (2, 2)
    assert [tags(office, f"u{n}") for n in range(5)] == [None, None, None, ["vip"], ["vip"]]
    assert office.desk.segment("tagged").segment.size == 2
    assert office.desk.person("u3").timeline[0].name in {"Person Edited", "Segment Entered"}


def test_the_number_is_of_those_for_whom_it_was_not_so_already(office):
    office.desk.change("u4", wire.ChangeAsk(tag=["vip"]))
    office.digest()
    done = finish(office, office.desk.bulk(wire.BulkAsk("tag", "+vip", "score >= 3")))
    assert (done.total, done.done, done.changed) == (2, 2, 1)


def test_who_comes_to_match_later_is_not_acted_on(office):
    asked = office.desk.bulk(wire.BulkAsk("tag", "+vip", "score >= 3"))
    office.know("late", score=9)
    assert finish(office, asked).total == 2
    assert tags(office, "late") is None


def test_people_are_meant_by_words_by_id_or_all_of_them(office):
    assert office.desk.bulk(wire.BulkAsk("tag", "+a", "3@example")).total == 1
    assert office.desk.bulk(wire.BulkAsk("tag", "+a", people=[1, 2, 99])).total == 2
    assert office.desk.bulk(wire.BulkAsk("tag", "+a")).total == 5


def test_an_act_goes_on_where_it_was_cut_off_and_does_nobody_twice(office, monkeypatch):
    monkeypatch.setattr(acts, "PART", 2)
    asked = office.desk.bulk(wire.BulkAsk("tag", "+vip"))
    assert office.desk.bulk_step(asked.id).done == 2
    while bulk.go_on(office.db, bulk.At(office.now, "UTC")):
        pass
    office.digest()
    (kept,) = office.desk.bulks().items
    assert (kept.state, kept.done, kept.changed) == ("done", 5, 5)
    assert office.desk.count("Person Edited").count == 5
    assert office.desk.bulk_step(asked.id) == kept


def test_the_worker_never_begins_what_was_not_confirmed(office):
    office.desk.bulk(wire.BulkAsk("tag", "+vip"))
    assert bulk.go_on(office.db, bulk.At(office.now, "UTC")) == 0


def test_an_act_that_nobody_confirmed_is_forgotten_after_a_day(office):
    old = office.desk.bulk(wire.BulkAsk("tag", "+vip"))
    office.later("2d").desk.bulk(wire.BulkAsk("tag", "+vip"))
    with pytest.raises(NotFound):
        office.desk.bulk_step(old.id)


def test_people_are_put_on_the_list_of_a_static_segment_and_taken_off(office):
    office.desk.create_segment(wire.CreateAsk("fair"))
    done = finish(office, office.desk.bulk(wire.BulkAsk("segment", "fair", "score >= 2")))
    assert (done.changed, done.text) == (3, "add 3 people to segment fair")
    assert office.desk.segment("fair").segment.size == 3
    done = finish(office, office.desk.bulk(wire.BulkAsk("unlist", "fair", "score <= 2")))
    assert (done.total, done.changed) == (3, 1)
    assert office.desk.segment("fair").segment.size == 2


def test_a_chain_is_started_for_those_whom_it_takes(office):
    office.chain().know("no-mail", score=9)
    office.did("u4", "Product Added")
    done = finish(office, office.desk.bulk(wire.BulkAsk("chain", "abandoned-cart", "score >= 3")))
    assert (done.total, done.changed) == (3, 1)
    assert {run.person for run in office.desk.runs("abandoned-cart").items} == {
        "3@example.com", "4@example.com",
    }  # fmt: skip
    said = [event.name for event in office.desk.person("u3").timeline]
    assert said[:2] == ["Chain Entered", "Chain Started"]


def test_the_letter_of_a_chain_that_was_started_by_hand_says_why(office):
    office.chain()
    finish(office, office.desk.bulk(wire.BulkAsk("chain", "abandoned-cart", "u3")))
    office.advance().later("1h").advance()
    answer = office.desk.why("u3", "cart-1")
    assert answer.runs[0].trigger.name == "Chain Started"


def test_a_chain_with_a_run_for_each_order_is_started_by_events_alone(office):
    office.chain(CART.replace("per 7d", "per property order_id"))
    with pytest.raises(Conflict, match="only an event"):
        office.desk.bulk(wire.BulkAsk("chain", "abandoned-cart", "u3"))


def test_people_are_unsubscribed_from_one_topic_or_from_all(office):
    finish(office, office.desk.bulk(wire.BulkAsk("unsubscribe", "news", "u1")))
    done = finish(office, office.desk.bulk(wire.BulkAsk("unsubscribe", "", "score >= 3")))
    assert done.changed == 2
    assert [(c.topic, c.state) for c in office.desk.person("u1").consent] == [
        ("news", "unsubscribed")
    ]
    assert [c.topic for c in office.desk.person("u4").consent] == ["*"]


def test_the_addresses_of_people_are_suppressed(office):
    office.know("nobody")
    done = finish(office, office.desk.bulk(wire.BulkAsk("suppress", query="score <= 1")))
    assert done.changed == 2
    assert {s.address for s in office.desk.suppressions().items} == {
        "0@example.com",
        "1@example.com",
    }


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (wire.BulkAsk("tag", "vip"), BadInput, "neither"),
        (wire.BulkAsk("tag", ""), BadInput, "neither"),
        (wire.BulkAsk("fire", "x"), BadInput, "no act 'fire'"),
        (wire.BulkAsk("chain", "none"), NotFound, "no chain 'none'"),
        (wire.BulkAsk("segment", "none"), NotFound, "no segment 'none'"),
        (wire.BulkAsk("tag", "+a", "did"), RuleError, "ends early"),
        (wire.BulkAsk("tag", "+a", "score > 99"), BadInput, "nobody is meant"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(office, ask, error, said):
    with pytest.raises(error, match=said):
        office.desk.bulk(ask)
    assert office.desk.bulks().items == []


def test_a_search_is_kept_for_everybody_until_it_is_deleted(office):
    office.desk.save_search(wire.SaveAsk("best", "score >= 3"))
    office.desk.save_search(wire.SaveAsk("best", "score >= 4"))
    office.desk.save_search(wire.SaveAsk("anna", "anna"))
    assert [(s.name, s.query) for s in office.desk.searches().items] == [
        ("anna", "anna"), ("best", "score >= 4"),
    ]  # fmt: skip
    office.desk.delete_search("anna")
    assert [s.name for s in office.desk.searches().items] == ["best"]
    with pytest.raises(NotFound):
        office.desk.delete_search("anna")


@pytest.mark.parametrize("ask", [("", "anna"), ("a\nb", "anna"), ("x" * 65, "anna"), ("a", " ")])
def test_a_search_without_a_name_or_a_query_is_refused(office, ask):
    with pytest.raises(BadInput):
        office.desk.save_search(wire.SaveAsk(*ask))


def test_a_search_that_does_not_parse_is_not_kept(office):
    with pytest.raises(RuleError):
        office.desk.save_search(wire.SaveAsk("a", "did ("))
    assert office.desk.searches().items == []
