"""The SQL of a rule finds whom the oracle finds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules_strategies import (
    NOW,
    OFFSETS,
    ZONES,
    busy_lives,
    busy_sequences,
    lives,
    rules,
)
from rules_world import CROWDS, EXAMPLES, AtOnce, World, enter, settle

from mautod.core.rules.checker import depends
from mautod.core.rules.parser import parse
from mautod.core.rules.printer import show
from mautod.core.rules.tree import Asked, Last
from mautod.duration import DAY
from mautod.store.db import Database
from mautod.store.rules import mirror
from mautod.store.rules.crowd import EVENTS, for_a_page, for_everybody
from mautod.store.rules.matching import named_within
from mautod.store.rules.predicate import (
    ALIVE,
    RuleFailed,
    compile_rule,
    count_people,
    holds_for_runs,
    sample_people,
    select_people,
)
from mautod.store.rules.values import Binder
from mautod.store.segments import membership as segments

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("rules") / "mautod.db").open()
    yield database
    database.close()


@SETTINGS
@given(st.lists(rules(), min_size=4, max_size=8), lives, st.sampled_from(ZONES))
def test_sql_and_oracle_agree_on_any_rule_and_any_life(db, some, given_lives, zone):
    with db.write() as tx:
        world = settle(tx, given_lives, zone)
        oracle = world.oracle(NOW)
        for rule in some:
            expected = [p.id for p in world.people.values() if oracle.matches(rule, p)]
            for crowd in CROWDS:
                predicate = compile_rule(rule, zone=zone, crowd=crowd)
                assert select_people(tx, predicate, None, NOW) == expected, show(rule)
                assert select_people(tx, predicate, world.people, NOW) == expected
                assert count_people(tx, predicate, NOW) == len(expected)
                assert sample_people(tx, predicate, NOW, 2) == (len(expected), expected[:2])


@SETTINGS
@given(st.lists(busy_sequences, min_size=4, max_size=8), st.lists(busy_lives, max_size=4))
def test_sql_and_oracle_agree_on_sequences_of_events_that_often_come_about(db, some, busy):
    with db.write() as tx:
        world = settle(tx, [({"created_at": NOW}, {}, life, []) for life in busy], "UTC")
        for rule in some:
            expected = [p.id for p in world.people.values() if world.oracle(NOW).matches(rule, p)]
            for crowd in (*CROWDS, AtOnce(1)):
                predicate = compile_rule(rule, zone="UTC", crowd=crowd)
                assert select_people(tx, predicate, None, NOW) == expected, show(rule)


@SETTINGS
@given(st.lists(rules(entry=True), min_size=4, max_size=8), lives, st.sampled_from(OFFSETS))
def test_since_entry_counts_what_came_after_the_event_that_started_the_run(
    db, some, given_lives, offset
):
    with db.write() as tx:
        world = settle(tx, given_lives, "UTC")
        entered = enter(world, NOW - offset)
        for rule in some:
            predicate = compile_rule(rule, zone="UTC")
            expected = {run for run, oracle, person in entered if oracle.matches(rule, person)}
            found = holds_for_runs(tx, predicate, [run for run, _, _ in entered], NOW)
            assert found == expected, show(rule)


def test_people_merged_away_or_erased_never_match(db):
    with db.write() as tx:
        world = World(tx)
        for _ in range(3):
            world.add({}, {})
        tx.execute("UPDATE person SET merged_into = 3 WHERE id = 1")
        tx.execute("UPDATE person SET erased_at = 1 WHERE id = 2")
        predicate = compile_rule(parse("email is unknown"), zone="UTC")
        assert select_people(tx, predicate, None, NOW) == [3]
        assert select_people(tx, predicate, {1, 2, 3}, NOW) == [3]


def test_pages_go_on_after_the_last_id(db):
    with db.write() as tx:
        world = World(tx)
        for _ in range(5):
            world.add({}, {})
        everybody = compile_rule(parse("email is unknown"), zone="UTC")
        assert select_people(tx, everybody, None, NOW, limit=2) == [1, 2]
        assert select_people(tx, everybody, None, NOW, after=2, limit=2) == [3, 4]
        assert select_people(tx, everybody, {1, 3, 5}, NOW, after=3, limit=2) == [5]


def test_a_rule_of_two_thousand_parts_can_be_asked(db):
    with db.write() as tx:
        World(tx).add({}, {"a": 1})
        long = " or ".join("x = 0" for _ in range(1600)) + " or a = 1"
        assert select_people(tx, compile_rule(parse(long), zone="UTC"), None, NOW) == [1]
        long = "a has all (" + ", ".join(map(str, range(2500))) + ") or a = 1"
        assert select_people(tx, compile_rule(parse(long), zone="UTC"), None, NOW) == [1]
        many = " and ".join(f"a != {number}" for number in range(2, 1000))
        assert select_people(tx, compile_rule(parse(many), zone="UTC"), None, NOW) == [1]


def test_broken_data_is_an_error_with_a_name(db):
    with db.write() as tx:
        World(tx).add({}, {})
        tx.execute("UPDATE person SET props = '{broken'")
        with pytest.raises(RuleFailed, match="malformed JSON"):
            select_people(tx, compile_rule(parse("x = 1"), zone="UTC"), None, NOW)


BIG = {
    "person_date",
    "p",
    "e",
    "e0",
    "e1",
    "e2",
    "s",
    "m",
    "ms",
    "st",
    "stay",
    "ru",
    "run",
    "l",
    "listed",
    "person",
    "event",
    "event_stat",
    "member",
    "event_name",
}


def scanned(tx, statement, values):
    plan = tx.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    return [row[3] for row in plan if row[3].split()[0] == "SCAN" and row[3].split()[1] in BIG]


@pytest.mark.parametrize("text", EXAMPLES)
def test_refresh_scans_no_table(db, text):
    with db.write() as tx:
        predicate = compile_rule(parse(text), zone="UTC")
        statement = segments.CHANGES.format(sql=predicate.sql, alive=ALIVE)
        assert scanned(tx, statement, predicate.bind(NOW, ids="[1]", segment=1)) == []
        assert depends(parse(text))


@pytest.mark.parametrize("text", EXAMPLES)
@pytest.mark.parametrize("crowd", CROWDS[1:])
def test_what_is_asked_of_all_at_once_reads_ranges_of_an_index(db, text, crowd):
    with db.write() as tx:
        predicate = compile_rule(parse(text), zone="UTC", crowd=crowd)
        statement = f"SELECT p.id FROM person p WHERE p.id = 1 AND {predicate.sql}"
        assert scanned(tx, statement, predicate.bind(NOW)) == []


def test_few_events_are_read_at_once_and_many_person_by_person(db):
    with db.write() as tx:
        world = World(tx)
        for number in range(1, 301):
            person = world.add({"country": "RU" if number <= 3 else "DE"}, {})
            for minute in range(8):
                world.happen(person, "A", NOW - minute, {"n": minute})
        for person in (1, 2, 3):
            world.happen(person, "B", NOW, {"n": 1})
        at_once = {
            text: "p.id IN" in for_everybody(tx, parse(text), zone="UTC", now=NOW).sql
            for text in (
                'did "A"', 'did "B" in 1h', 'did "A" in 1h', 'did "B"', 'did "A" where n = 1',
                'country = "RU" and did "A" where n = 1', 'did "A" then "B"', 'did "A" then "A"',
                'did "B" >= 1 times or did "C" < 2 times', 'sum "A".n > 3', 'first "A" before 1h ago',
            )
        }  # fmt: skip
        assert [text for text, soon in at_once.items() if not soon] == [
            'did "A"', 'did "A" in 1h', 'country = "RU" and did "A" where n = 1',
            'did "A" then "A"', 'first "A" before 1h ago',
        ]  # fmt: skip
        led = for_everybody(tx, parse('did "A" then "B" then "A"'), zone="UTC", now=NOW)
        assert "SELECT e1.person_id" in led.sql
        page = for_a_page(tx, parse('did "A" where n = 1'), zone="UTC", now=NOW)
        assert select_people(tx, page, None, NOW, limit=2) == [1, 2]
        entry = for_everybody(tx, parse('did "B" since entry'), zone="UTC", now=NOW)
        assert "p.id IN" not in entry.sql


def test_counting_the_events_of_a_crowd_scans_no_table(db):
    with db.write() as tx:
        bind = Binder("UTC")
        events = named_within(Asked(("A", "B")), Last(DAY), bind)
        values = {**bind.values(NOW), "most": 5}
        assert scanned(tx, EVENTS.format(events=events), values) == []


def test_nobody_is_asked_for_nothing(db):
    with db.write() as tx:
        World(tx)
        nobody = for_everybody(tx, parse('x = 1 and did "A"'), zone="UTC", now=NOW)
        assert count_people(tx, nobody, NOW) == 0


@pytest.mark.parametrize(
    "statement",
    [
        segments.DATE_REACH,
        *segments.COLUMN_REACHES.values(),
        segments.EVENT_FRONTIER,
        *segments.COLUMN_FRONTIERS.values(),
        segments.DATE_FRONTIER,
        segments.LEFT_FRONTIER,
        segments.ENTERED_FRONTIER,
    ],
)
def test_sweep_scans_no_table(db, statement):
    with db.write() as tx:
        found = scanned(tx, statement, {"name": "x", "first": 1, "last": 2})
        assert found == []
        plan = tx.execute(
            f"EXPLAIN QUERY PLAN {statement}", {"name": "x", "first": 1, "last": 2}
        ).fetchall()
        assert any("SEARCH" in row[3] for row in plan)


def test_mirroring_a_date_scans_no_table(db):
    values = {"prop": "x", "path": '$."x"', "zone": "UTC", "ids": "[1]"}
    with db.write() as tx:
        assert scanned(tx, mirror.CLEAR, values) == []
        assert scanned(tx, mirror.FILL, values) == []


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ('subscribed to "offers"', "SEARCH q USING INDEX person_email"),
        ("reachable by email", "SEARCH q USING INDEX person_email"),
        ('in segment "vip"', "(segment_id=?)"),
        ('score "lead" < 26', "person_score_points (score_id=?"),
        ('was in segment "vip" in 30d', "stay_left (segment_id=? AND left_at>?)"),
        ('in chain "welcome"', "run_chain_state (chain_id=? AND state=?)"),
    ],
)
def test_of_everybody_it_is_asked_by_those_for_whom_it_is_so(db, text, index):
    predicate = compile_rule(parse(text), zone="UTC", crowd=AtOnce(0))
    sql = f"SELECT p.id FROM person p WHERE {predicate.sql}"
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {sql}", predicate.bind(NOW))]
    assert any(index in line for line in plan), plan
