"""Membership stays true: after each event, after a sweep, after a rebuild."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from refresh_kit import KEYS, MOST_PEOPLE, STAGES, define, definitions, inside, steps, touched_by
from rules_strategies import (
    NOW,
    ZONES,
    columns,
    props,
)
from rules_world import World

from mautod.core.event import Touched
from mautod.core.rules.parser import parse
from mautod.duration import DAY, HOUR
from mautod.errors import NotFound, RuleError
from mautod.services.segments.refresh import preview
from mautod.store import catalog
from mautod.store.db import Database
from mautod.store.segments import membership as segments

SETTINGS = settings(
    max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("refresh") / "mautod.db").open()
    yield database
    database.close()


def expected(world, given_rules, now):
    oracle = world.oracle(now, segments=given_rules, stages=STAGES)
    return {
        key: {p.id for p in world.people.values() if oracle.matches(rule, p)}
        for key, rule in given_rules.items()
    }


@SETTINGS
@given(
    definitions(),
    st.lists(st.tuples(columns, props), min_size=MOST_PEOPLE, max_size=MOST_PEOPLE),
    st.lists(steps, max_size=12),
    st.sampled_from(ZONES),
)
def test_refresh_sweep_rebuild_and_oracle_agree_along_any_history(
    db, given_rules, lives, history, zone
):
    with db.write() as tx:
        world = World(tx, zone)
        for given_columns, given_props in lives:
            world.add(given_columns, given_props)
        living = define(tx, given_rules, zone)
        now = swept = NOW
        for key in KEYS:
            living.rebuild(tx, key, now)
            world.watch(inside(tx), now)
        assert inside(tx) == expected(world, given_rules, now)
        drifted = False
        for step in history:
            if step[0] in ("wait", "drift"):
                now += step[1]
                drifted = step[0] == "drift" or drifted
            if step[0] == "wait":
                living.sweep(tx, now)
                drifted, swept = False, now
            else:
                living.refresh(tx, touched_by(world, step, now), now)
            world.watch(inside(tx), max(now, swept))
            if not drifted:
                assert inside(tx) == expected(world, given_rules, now), step
        living.sweep(tx, now)
        world.watch(inside(tx), now)
        assert inside(tx) == expected(world, given_rules, now)
        sizes = {found.key: found.size for found in segments.list_segments(tx)}
        assert sizes == {key: len(people) for key, people in inside(tx).items()}
        for key in KEYS:
            rebuilt = living.rebuild(tx, key, now)
            assert (rebuilt.entered, rebuilt.left) == (0, 0)


def test_entering_and_leaving_are_told_once_with_their_segment(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        living = define(tx, {"fresh": 'did "A" in 1h', "calm": 'not in segment "fresh"'})
        living.rebuild(tx, "calm", NOW)
        moves = living.refresh(tx, world.happen(person, "A", NOW, {}), NOW)
        assert moves == [
            (person, "Segment Entered", {"segment": "fresh"}),
            (person, "Segment Left", {"segment": "calm"}),
        ]
        assert living.refresh(tx, world.happen(person, "A", NOW, {}), NOW) == []
        assert living.sweep(tx, NOW + HOUR - 1) == []
        assert living.sweep(tx, NOW + HOUR) == [
            (person, "Segment Left", {"segment": "fresh"}),
            (person, "Segment Entered", {"segment": "calm"}),
        ]


def test_what_did_not_follow_turns_the_rule_at_the_millisecond_it_was_due(db):
    with db.write() as tx:
        world = World(tx)
        person, other = world.add({}, {}), world.add({}, {})
        living = define(tx, {"left": 'did "A" then not "B" within 2h on n in 1d'})
        living.refresh(tx, world.happen(person, "A", NOW, {"n": 1}), NOW)
        living.refresh(tx, world.happen(other, "A", NOW, {"n": 1}), NOW)
        living.refresh(tx, world.happen(person, "B", NOW + 1, {"n": 2}), NOW + 1)
        living.refresh(tx, world.happen(other, "B", NOW + 2 * HOUR - 1, {"n": 1}), NOW + 1)
        assert living.sweep(tx, NOW + 2 * HOUR - 1) == []
        moves = living.sweep(tx, NOW + 2 * HOUR)
        assert moves == [(person, "Segment Entered", {"segment": "left"})]
        assert living.sweep(tx, NOW + DAY - 1) == []
        assert living.sweep(tx, NOW + DAY) == [(person, "Segment Left", {"segment": "left"})]
        late = world.happen(person, "A", NOW + DAY - 2 * HOUR, {"n": 1})
        assert len(living.refresh(tx, late, NOW + DAY)) == 1
        late = world.happen(person, "B", NOW + DAY - HOUR, {"n": 1.0})
        assert len(living.refresh(tx, late, NOW + DAY)) == 1
        assert inside(tx) == {"left": set()}


def test_cents_add_up_in_any_order(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        for cents in (0.1, 0.2, 0.3, 1_000_000_000.1, "5", True, None):
            world.happen(person, "A", NOW, {"n": cents})
        for text in ('sum "A".n = 1000000000.7', 'avg "A".n = 250000000.175', 'max "A".n > 0.3'):
            assert preview(tx, text, NOW, 1).sample == [person], text
        assert preview(tx, 'distinct "A".n = 6 and min "A".n = 0.1', NOW, 1).count == 1


def test_a_refresh_that_waited_for_the_lock_does_not_undo_the_sweep(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        living = define(tx, {"fresh": 'did "A" in 1h'})
        living.refresh(tx, world.happen(person, "A", NOW, {}), NOW)
        living.sweep(tx, NOW + HOUR)
        touched = world.happen(person, "B", NOW, {})
        touched.everything.add(person)
        assert living.refresh(tx, touched, NOW + HOUR - 1) == []
        assert inside(tx) == {"fresh": set()}


def test_a_person_turns_back_when_the_clock_does(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        living = define(tx, {"fresh": 'did "A" in 1h'})
        living.refresh(tx, world.happen(person, "A", NOW, {}), NOW)
        living.sweep(tx, NOW + 2 * HOUR)
        assert inside(tx) == {"fresh": set()}
        living.sweep(tx, NOW + HOUR // 2)
        assert inside(tx) == {"fresh": {person}}


def test_segments_that_do_not_depend_on_what_changed_are_not_asked(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        living = define(tx, {"a": 'did "A"', "b": 'did "B"', "c": 'n = 1 and in segment "a"'})
        touched = world.happen(person, "B", NOW, {})
        asked = []
        tx.set_trace_callback(asked.append)
        try:
            living.refresh(tx, touched, NOW)
        finally:
            tx.set_trace_callback(None)
        assert sum("json_each" in statement for statement in asked) == 1


def test_a_new_definition_is_noticed_and_its_dates_are_mirrored(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {"birthday": "2026-03-29T00:00:00Z"})
        living = define(tx, {"a": 'did "A"'})
        living.refresh(tx, Touched(), NOW)
        define(tx, {"soon": "birthday in last 1d"})
        living.rebuild(tx, "soon", NOW)
        assert inside(tx)["soon"] == {person}
        living.sweep(tx, NOW)
        assert living.sweep(tx, NOW + DAY) == [(person, "Segment Left", {"segment": "soon"})]
        segments.deactivate(tx, "soon", NOW)
        catalog.bump(tx)
        living.sweep(tx, NOW + 2 * DAY)
        assert tx.execute("SELECT count(*) FROM person_date").fetchone() == (0,)


def test_one_person_with_broken_data_is_set_aside_and_the_others_move(db):
    with db.write() as tx:
        world = World(tx)
        for _ in range(5):
            world.add({}, {"x": 1})
        tx.execute("UPDATE person SET props = '{broken' WHERE id = 3")
        living = define(tx, {"x": "x = 1", "all": "email is unknown"})
        touched = Touched(everything={1, 2, 3, 4, 5})
        living.refresh(tx, touched, NOW)
        living.refresh(tx, touched, NOW)
        assert inside(tx) == {"x": {1, 2, 4, 5}, "all": {1, 2, 3, 4, 5}}
        (aside,) = tx.execute("SELECT kind, field, reason FROM rejected").fetchall()
        assert aside[:2] == ("rule", "x")
        assert "person 3" in aside[2]
        assert "malformed JSON" in str(segments.find(tx, "x").error)


def test_broken_rules_and_circles_are_set_aside_and_the_others_live(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        texts = {"bad": "did did", "a": 'in segment "b"', "b": 'in segment "a"', "good": 'did "A"'}
        living = define(tx, texts)
        living.refresh(tx, world.happen(person, "A", NOW, {}), NOW)
        living.sweep(tx, NOW + 1)
        assert inside(tx)["good"] == {person}
        rejected = tx.execute("SELECT field FROM rejected ORDER BY field").fetchall()
        assert rejected == [("a",), ("b",), ("bad",)]
        with pytest.raises(RuleError):
            living.rebuild(tx, "bad", NOW)
        with pytest.raises(NotFound):
            living.rebuild(tx, "nowhere", NOW)


def test_erased_people_leave_without_a_word(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        living = define(tx, {"all": "email is unknown"})
        living.rebuild(tx, "all", NOW)
        tx.execute("UPDATE person SET erased_at = 1")
        assert living.refresh(tx, Touched(everything={person}), NOW) == []
        assert inside(tx) == {"all": set()}
        assert segments.find(tx, "all").size == 0


def test_a_preview_counts_samples_and_doubts_and_stores_nothing(db):
    with db.write() as tx:
        world = World(tx)
        for number in range(5):
            person = world.add({}, {"plan": "pro" if number % 2 else "free"})
            world.happen(person, "Order Completed", NOW, {"total": number})
        found = preview(tx, 'plan = "PRO" and not did "Order Complete"', NOW, 1)
        assert (found.count, found.sample) == (2, [2])
        assert found.warnings == ['nobody ever did "Order Complete"; did you mean Order Completed?']
        with pytest.raises(RuleError):
            preview(tx, 'did "A" since entry', NOW, 1)
        assert parse("plan is known")


def test_keys_of_a_person_come_with_the_instant_of_entry(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        living = define(tx, {"a": 'did "A"', "b": 'did "B"'})
        living.refresh(tx, world.happen(person, "A", NOW, {}), NOW)
        living.refresh(tx, world.happen(person, "B", NOW, {}), NOW + 5)
        assert segments.keys_of(tx, person) == [("a", NOW), ("b", NOW + 5)]
