"""Who was in which segment from when to when is kept, whatever moved them."""

from __future__ import annotations

import pytest
from office_kit import START, Office

from mautod import wire
from mautod.core.rules.tree import WasIn
from mautod.duration import DAY, HOUR
from mautod.errors import BadInput
from mautod.services.definitions.apply import apply
from mautod.services.segments.explain import Explainer
from mautod.services.segments.refresh import Segments
from mautod.store.segments import membership as segments
from mautod.store.segments import stays


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def put_in_force(office, rule):
    folder = office.settings.workspace
    folder.mkdir(exist_ok=True)
    (folder / "segments.toml").write_text(f"[keen]\nrule = '{rule}'\n", encoding="utf-8")
    return apply(office.db, folder, office.now, "Europe/Moscow")


def of(office, person, key="keen"):
    return [(each.entered, each.left) for each in stays.of_segment(office.db.read(), key, person)]


def moved(office, key="keen"):
    return [(move.entered, move.at, move.person_id) for move in office.desk.moves(key).items]


def test_a_stay_begins_and_ends_with_what_moves_a_person(office):
    office.segment("keen", "score > 5")
    anna = office.know("u1", score=9)
    assert of(office, anna) == [(START, None)]
    office.later("1h").know("u1", score=1)
    office.later("1h").know("u1", score=9)
    assert of(office, anna) == [(START, START + HOUR), (START + 2 * HOUR, None)]


def test_a_changed_rule_ends_and_begins_stays_without_an_event(office):
    anna, bob = office.know("u1", score=9), office.know("u2", score=2)
    put_in_force(office, "score > 5")
    office.later("1h")
    put_in_force(office, "score < 5")
    assert of(office, anna) == [(START, START + HOUR)]
    assert moved(office) == [
        (True, START + HOUR, bob), (False, START + HOUR, anna), (True, START, anna),
    ]  # fmt: skip
    assert "Segment Entered" not in {event.name for event in office.desk.events().items}


def test_a_segment_that_is_taken_away_leaves_its_stays(office):
    anna = office.know("u1", score=9)
    put_in_force(office, "score > 5")
    office.later("1h")
    (office.settings.workspace / "segments.toml").write_text("", encoding="utf-8")
    apply(office.db, office.settings.workspace, office.now, "Europe/Moscow")
    assert of(office, anna) == [(START, START + HOUR)]
    office.later("1h")
    put_in_force(office, "score > 5")
    assert of(office, anna) == [(START, START + HOUR), (START + 2 * HOUR, None)]


def test_who_remains_of_two_has_the_stays_of_both_and_parts_with_them_again(office):
    office.segment("keen", "score > 5")
    one, two = office.know("u1", score=9), office.know("u2", score=9)
    office.later("1h").know("u2", score=1)
    office.desk.merge("u1", wire.MergeAsk("u2"))
    office.digest()
    assert of(office, one) == [(START, START + HOUR), (START, None)]
    assert of(office, two) == []
    office.desk.unmerge("u1", wire.UnmergeAsk())
    office.digest()
    assert of(office, one) == [(START, None)]
    assert of(office, two) == [(START, START + HOUR)]


def test_an_erased_person_has_no_stays(office):
    office.segment("keen", "score > 5")
    office.know("u1", score=9)
    office.later("1h").know("u1", score=1)
    with office.db.write() as tx:
        tx.execute("UPDATE person SET erased_at = 1")
        change = segments.Change([], [], [1])
        segments.move(tx, segments.find(tx, "keen").id, change, office.now)
    assert of(office, 1) == [(START, START + HOUR)]


def test_was_in_looks_back_over_its_window_to_the_millisecond(office):
    office.segment("keen", "score > 5").segment("lapsed", 'was in segment "keen" in 1d')
    office.know("u1", score=9)
    office.later("1h").know("u1", score=1)
    leaf = office.desk.explain("lapsed", "u1").rule
    assert (leaf.holds, leaf.why, leaf.first_at, leaf.last_at) == (
        True, "was in it once", START, START + HOUR,
    )  # fmt: skip
    assert leaf.turns_at == START + HOUR + DAY
    living = Segments("Europe/Moscow")
    with office.db.write() as tx:
        living.sweep(tx, office.now)
        assert living.sweep(tx, START + HOUR + DAY - 1) == []
        (move,) = living.sweep(tx, START + HOUR + DAY)
    assert move == (1, "Segment Left", {"segment": "lapsed"})


def test_a_stay_that_lasts_begins_to_count_when_the_later_end_of_a_window_passes_it(office):
    office.segment("keen", "score > 5").segment(
        "old", 'was in segment "keen" between 9d ago and 1d ago'
    )
    office.know("u1", score=9)
    assert office.desk.explain("old", "u1").turns_at == START + DAY
    living = Segments("Europe/Moscow")
    with office.db.write() as tx:
        living.sweep(tx, office.now)
        assert living.sweep(tx, START + DAY - 1) == []
        assert [move[1] for move in living.sweep(tx, START + DAY)] == ["Segment Entered"]


def test_a_stay_in_progress_and_none_at_all_are_explained(office):
    office.segment("keen", "score > 5").segment("any", 'was in segment "keen"')
    office.know("u1", score=1)
    assert office.desk.explain("any", "u1").rule.why == "never was in it"
    office.know("u1", score=9)
    leaf = office.desk.explain("any", "u1").rule
    assert (leaf.why, leaf.value, leaf.last_at) == ("is in it", 1, None)


def test_the_turn_of_a_window_since_entry_needs_none(office):
    tx = office.db.read()
    assert Explainer(tx, "UTC", office.now, 1).turn(WasIn("keen")).at is None


def test_in_chain_is_true_while_a_run_goes_on(office):
    office.chain(
        'name = "Hello"\ntransactional = true\nenter = { event = "Go" }\n[[step]]\nwait = "1h"\n',
        "hello",
    ).segment("walking", 'in chain "hello"')
    office.know("u1")
    assert office.desk.segment("walking").segment.size == 0
    office.did("u1", "Go").advance()
    assert office.desk.segment("walking").segment.size == 1
    leaf = office.desk.explain("walking", "u1").rule
    assert (leaf.why, leaf.first_at) == ("is in it", START)
    office.later("1h").advance().digest()
    assert office.desk.segment("walking").segment.size == 0
    assert office.desk.explain("walking", "u1").rule.why == "is not in it"


def test_pages_of_moves_end_where_nobody_moved_before(office):
    with pytest.raises(BadInput, match="no place"):
        office.segment("keen", "score > 5").desk.moves("keen", after="x")
