"""On PostgreSQL the SQL of a rule finds whom it finds on SQLite, who are those the oracle finds.

That goes for every way in which a rule is asked: of everybody, of some, of runs, of somebody who
wants to know why; and where segments and scores are refreshed, swept and rebuilt. The daemon itself
stores in SQLite. What differs is this, and what is drawn here stays clear of it: PostgreSQL cannot
hold the character U+0000; it knows only the letters and the clocks of its own edition; a whole
number beyond 2 to the 53rd that was written as a float is not told from its neighbours; and of a
number beyond 1e300 it knows only that it is large.
"""

from __future__ import annotations

import sys
import unicodedata

import pytest
from every_value import VALUES, every_test, is_of_event
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pg_kit import copy, database
from refresh_kit import (
    KEYS,
    MOST_PEOPLE,
    Twins,
    define,
    definitions,
    inside,
    steps,
    touched_by,
)
from rules_strategies import (
    DATES,
    ENDS,
    NOW,
    OFFSETS,
    ZONES,
    busy_lives,
    busy_sequences,
    columns,
    lives,
    props,
    rules,
)
from rules_world import CROWDS, EXAMPLES, TABLES, AtOnce, World, enter, settle
from scores_oracle import busy_scores, busy_steps, set_up
from scores_oracle import definitions as scored

from mautod.core.rules.dates import anniversary, instant
from mautod.core.rules.parser import parse
from mautod.core.rules.printer import show
from mautod.core.rules.tree import (
    Aggregate,
    Did,
    Eventful,
    Reachable,
    Subscribed,
    leaves,
)
from mautod.core.sending.consent import address_hash, address_key
from mautod.duration import DAY
from mautod.store.db import Database
from mautod.store.postgres import defined, placed
from mautod.store.rules import explain, mirror
from mautod.store.rules.predicate import (
    ALIVE,
    compile_rule,
    count_people,
    expression,
    holds_for_runs,
    sample_people,
    select_people,
)
from mautod.store.rules.values import Binder
from mautod.store.segments import membership as segments


def as_often_as(examples):
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    store = Database(tmp_path_factory.mktemp("rules") / "mautod.db").open()
    yield store
    store.close()


@pytest.fixture(scope="module")
def server():
    with database() as tx:
        yield tx


@pytest.fixture
def pg(server):
    with server.for_a_while():
        yield server


@as_often_as(100)
@given(st.lists(rules(), min_size=4, max_size=8), lives, st.sampled_from(ZONES))
def test_both_databases_and_the_oracle_agree_on_any_rule_and_any_life(
    db, server, some, given_lives, zone
):
    with db.write() as tx, server.for_a_while() as pg:
        world = settle(tx, given_lives, zone)
        copy(tx, pg, TABLES)
        oracle = world.oracle(NOW)
        for rule in some:
            expected = [p.id for p in world.people.values() if oracle.matches(rule, p)]
            for crowd in CROWDS:
                predicate = compile_rule(rule, zone=zone, crowd=crowd)
                assert select_people(tx, predicate, None, NOW) == expected, show(rule)
                assert select_people(pg, predicate, None, NOW) == expected, show(rule)
            assert select_people(pg, predicate, world.people, NOW) == expected, show(rule)
            assert count_people(pg, predicate, NOW) == len(expected), show(rule)
            found = sample_people(pg, predicate, NOW, 2)
            assert found == (len(expected), expected[:2]), show(rule)


def parts_of(some, size):
    return [some[at : at + size] for at in range(0, len(some), size)]


@pytest.mark.parametrize("path", [("n",), ("o", "x"), ("o", "0")])
def test_every_operator_says_the_same_of_every_kind_of_value(db, pg, path):
    zone, asked = "Europe/Berlin", every_test(path)
    with db.write() as tx:
        world = World(tx, zone)
        for value in VALUES:
            person = world.add({}, {"n": value, "o": value})
            world.happen(person, "A", NOW, {"n": value, "o": value})
        copy(tx, pg, TABLES)
        oracle = world.oracle(NOW)
        for some in (asked, [Did(("A",), test) for test in asked if is_of_event(test)]):
            for part in parts_of(some, 40):
                bind = Binder(zone)
                answers = ", ".join(expression(rule, bind) for rule in part)
                statement = f"SELECT p.id, {answers} FROM person p ORDER BY p.id"
                ours = tx.execute(statement, bind.values(NOW))
                theirs = pg.execute(statement, bind.values(NOW))
                for (person, *said), row in zip(ours, theirs, strict=True):
                    right = [oracle.ask(rule, world.people[person]) for rule in part]
                    assert (said, row) == (right, (person, *right)), VALUES[person - 1]


@as_often_as(60)
@given(st.lists(busy_sequences, min_size=4, max_size=8), st.lists(busy_lives, max_size=4))
def test_both_agree_on_sequences_of_events_that_often_come_about(db, server, some, busy):
    with db.write() as tx, server.for_a_while() as pg:
        world = settle(tx, [({"created_at": NOW}, {}, life, []) for life in busy], "UTC")
        copy(tx, pg, TABLES)
        for rule in some:
            expected = [p.id for p in world.people.values() if world.oracle(NOW).matches(rule, p)]
            for crowd in (*CROWDS, AtOnce(1)):
                predicate = compile_rule(rule, zone="UTC", crowd=crowd)
                assert select_people(pg, predicate, None, NOW) == expected, show(rule)


@as_often_as(50)
@given(st.lists(rules(entry=True), min_size=4, max_size=8), lives, st.sampled_from(OFFSETS))
def test_both_agree_on_what_came_since_entry(db, server, some, given_lives, offset):
    with db.write() as tx, server.for_a_while() as pg:
        entered = enter(settle(tx, given_lives, "UTC"), NOW - offset)
        copy(tx, pg, TABLES)
        for rule in some:
            predicate = compile_rule(rule, zone="UTC")
            expected = {run for run, oracle, person in entered if oracle.matches(rule, person)}
            found = holds_for_runs(pg, predicate, [run for run, _, _ in entered], NOW)
            assert found == expected, show(rule)


def found_by(tx, rule, zone, person):
    """All that an explanation reads for a rule about somebody."""
    found = [explain.holds(tx, compile_rule(rule, zone=zone), person, NOW)]
    for leaf in leaves(rule):
        if isinstance(leaf, Eventful):
            found.append(explain.tally(tx, leaf, zone, person, NOW))
        if isinstance(leaf, Aggregate):
            total = explain.total(tx, leaf, zone, person, NOW)
            found.append(None if total is None else float(total))
        if isinstance(leaf, Subscribed):
            said = explain.refusals(tx, person, (leaf.topic, "*"), leaf.channel)
            found.append(sorted(said, key=repr))
        if isinstance(leaf, Reachable):
            said = explain.refusals(tx, person, ("*",), leaf.channel, reach=True)
            found.append(sorted(said, key=repr))
    return found


@as_often_as(50)
@given(st.lists(rules(), min_size=4, max_size=8), lives, st.sampled_from(ZONES))
def test_a_rule_is_explained_alike(db, server, some, given_lives, zone):
    with db.write() as tx, server.for_a_while() as pg:
        world = settle(tx, given_lives, zone)
        copy(tx, pg, TABLES)
        for rule in some:
            for person in world.people:
                ours = found_by(tx, rule, zone, person)
                assert found_by(pg, rule, zone, person) == ours, show(rule)


lives_begun = st.lists(st.tuples(columns, props), min_size=MOST_PEOPLE, max_size=MOST_PEOPLE)


def follow(world, living, history):
    """Refresh after each step of a history, and sweep whenever time goes on."""
    now = swept = NOW
    for step in history:
        now += step[1] if step[0] in ("wait", "drift") else 0
        if step[0] == "wait":
            living.sweep(world.tx, swept := now)
        else:
            living.refresh(world.tx, touched_by(world, step, now), now)
        world.watch(inside(world.tx), max(now, swept))
    living.next_turn(world.tx, now, now + DAY)
    living.sweep(world.tx, now)
    return now


@as_often_as(20)
@given(definitions(), lives_begun, st.lists(steps, max_size=6), st.sampled_from(ZONES))
def test_refresh_sweep_and_rebuild_come_to_the_same_along_any_history(
    db, server, given_rules, begun, history, zone
):
    with db.write() as tx:
        world = World(tx, zone)
        for pair in begun:
            world.add(*pair)
        living = Twins(define(tx, given_rules, zone), server, zone)
        for key in KEYS:
            living.rebuild(tx, key, NOW)
        now = follow(world, living, history)
        for key in KEYS:
            rebuilt = living.rebuild(tx, key, now)
            assert (rebuilt.entered, rebuilt.left) == (0, 0)


unlisted = steps.filter(lambda step: step[0] != "list")


@as_often_as(15)
@given(scored(), lives_begun, st.lists(unlisted, max_size=6), st.sampled_from(ZONES))
def test_points_come_to_the_same_along_any_history(db, server, defined, begun, history, zone):
    given_rules, some = defined
    with db.write() as tx:
        world = World(tx, zone)
        for pair in begun:
            world.add(*pair)
        living = Twins(set_up(tx, given_rules, some, zone), server, zone)
        now = follow(world, living, history)
        for score in some:
            living.rebuild_score(tx, score.key, now)


@as_often_as(25)
@given(busy_scores, busy_steps)
def test_points_come_to_the_same_at_every_edge_of_every_event(db, server, score, history):
    with db.write() as tx:
        world = World(tx)
        world.add({}, {})
        now = follow(world, living := Twins(set_up(tx, {}, [score]), server, "UTC"), history)
        living.rebuild_score(tx, score.key, now)


BIG = {"event", "event_stat", "event_name", "listed", "member", "person", "person_date", "run", "stay"}  # fmt: skip


def scanned(pg, statement, values):
    """The big tables that PostgreSQL reads from end to end though it would rather not."""
    pg.execute("SET LOCAL enable_seqscan = off")
    ((plan,),) = pg.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
    steps, found = [plan[0]["Plan"]], []
    while steps:
        step = steps.pop()
        steps += step.get("Plans", [])
        if step["Node Type"] == "Seq Scan" and step["Relation Name"] in BIG:
            found.append(step["Relation Name"])
    return found


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_refresh_can_go_by_indexes_alone(pg, text):
    predicate = compile_rule(parse(text), zone="UTC")
    statement = segments.CHANGES.format(sql=predicate.sql, alive=ALIVE)
    assert scanned(pg, statement, predicate.bind(NOW, ids="[1]", segment=1)) == []


@pytest.mark.parametrize("text", EXAMPLES)
@pytest.mark.parametrize("crowd", CROWDS[1:])
def test_what_is_asked_of_all_at_once_can_read_ranges_of_an_index(pg, text, crowd):
    predicate = compile_rule(parse(text), zone="UTC", crowd=crowd)
    statement = f"SELECT p.id FROM person p WHERE p.id = 1 AND {predicate.sql}"
    assert scanned(pg, statement, predicate.bind(NOW)) == []


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
def test_a_sweep_can_go_by_indexes_alone(pg, statement):
    assert scanned(pg, statement, {"name": "x", "first": 1, "last": 2}) == []


def test_mirroring_a_date_can_go_by_indexes_alone(pg):
    values = {"prop": "x", "path": '$."x"', "zone": "UTC", "ids": "[1]"}
    assert scanned(pg, mirror.CLEAR, values) == []
    assert scanned(pg, mirror.FILL, values) == []


def test_a_scan_is_noticed(pg):
    assert scanned(pg, "SELECT id FROM person WHERE phone = 'x'", {}) == ["person"]


def test_every_table_is_there_with_its_columns(db, pg):
    shape = (
        "SELECT m.name, t.name FROM sqlite_master m CROSS JOIN pragma_table_info(m.name) t"
        " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
    )
    ours = {pair for pair in db.read().execute(shape) if pair[0] != "schema_migration"}
    theirs = pg.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'mautod'"
    )
    assert ours - set(theirs) == set()


moments = st.integers(-70_000_000_000_000, 260_000_000_000_000) | st.sampled_from(
    [NOW - offset for offset in OFFSETS]
)
digits = st.text("0123456789", min_size=1, max_size=10)
clocks = st.builds(
    "{}{:02}:{:02}{}{}".format,
    st.sampled_from("T "),
    st.integers(0, 24),
    st.integers(0, 60),
    st.just("") | st.integers(0, 60).map(":{:02}".format) | digits.map(":59.{}".format),
    st.sampled_from(("", "Z", "z", "+01:00", "-0330", "+23:59", "-23:60", "+05:99", "+1", "+01")),
)
written = st.builds(
    "{:04}-{:02}-{:02}{}".format,
    st.sampled_from((0, 1, 1883, 1900, 1999, 2000, 2026, 2027, 2100, 9999)) | st.integers(0, 9999),
    st.integers(0, 13),
    st.integers(0, 32),
    st.just("") | clocks,
)
zones = st.sampled_from((*ZONES, "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns"))
changes = st.builds(
    "{}T{:02}:{:02}".format,
    st.sampled_from(("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01", "2011-12-30")),
    st.integers(0, 4),
    st.sampled_from((0, 15, 30, 45)),
)  # fmt: skip


@as_often_as(400)
@given(written | changes | st.sampled_from(DATES) | st.text(), zones)
def test_text_names_the_same_instant(server, text, zone):
    asked = text.replace("\0", " ")
    (found,) = server.execute("SELECT instant(?, ?)", (asked, zone)).fetchone()
    assert found == instant(asked, zone)


@as_often_as(100)
@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | moments)
def test_a_number_names_the_same_instant(server, number):
    (found,) = server.execute("SELECT instant(CAST(? AS NUMERIC), 'UTC')", (number,)).fetchone()
    assert found == instant(number, "UTC")


@as_often_as(200)
@given(st.integers(-(2**63), 2**63 - 1) | moments, zones, moments)
@example(951_782_400_000, "UTC", NOW)  # 29 February 2000
def test_the_next_anniversary_is_the_same(server, at, zone, now):
    (found,) = server.execute("SELECT anniversary(?, ?, ?)", (at, zone, now)).fetchone()
    assert found == anniversary(at, zone, now)


@as_often_as(30)
@given(st.text(), st.text(min_size=0, max_size=300))
@example("", "\u2003 ANNA@ÄRGER.example\u3000")
@example("salt", "x" * 128)
@example("salt", "x" * 129)
def test_an_address_has_the_same_key_and_hash(server, salt, address):
    salt, address = salt.replace("\0", ""), address.replace("\0", "")
    found = server.execute("SELECT address_key(?), address_hash(?, ?)", (address, salt, address))
    assert found.fetchone() == (address_key(address), address_hash(salt, address))


@pytest.mark.parametrize("call", ["lower({0})", "fold({0})", "instr({0}, {1})", "address_key({0})"])
def test_text_is_looked_at_alike(db, server, call):
    statement = f"SELECT {call.format('CAST(:x AS TEXT)', 'CAST(:y AS TEXT)')}"
    for x in (*ENDS, "ÄK\u212a", None):
        for y in ("", "a", "ß", None):
            values = {"x": x, "y": y}
            expected = db.read().execute(statement, values).fetchone()
            assert server.execute(statement, values).fetchone() == expected, values


@pytest.mark.parametrize("half", [0.5, 1.5, 2.5, 0.49999999999999994, 4503599627370495.5, 1e300])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_half_goes_away_from_zero(db, server, half, sign):
    statement = "SELECT round(CAST(? AS DOUBLE PRECISION))"
    expected = db.read().execute(statement, (sign * half,)).fetchone()
    assert server.execute(statement, (sign * half,)).fetchone() == expected


def test_every_letter_becomes_the_same_lower_case(server):
    known = [
        letter
        for letter in map(chr, range(1, sys.maxunicode + 1))
        if unicodedata.category(letter) not in ("Cn", "Cs")
    ]
    texts = ["ΑΣ ΣΑΣ. Σ", "İSTANBUL", "STRASSE ẞ", *known]
    ask = "SELECT fold(t.x) FROM unnest(CAST(? AS TEXT[])) WITH ORDINALITY t (x, n) ORDER BY t.n"
    found = [row[0] for row in server.execute(ask, (texts,))]
    assert found == [text.lower() for text in texts]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("a = :b AND c = :b2", "a = %(b)s AND c = %(b2)s"),
        ("a = ? OR b = ?", "a = %s OR b = %s"),
        ("a LIKE '%:no?''s' || :b", "a LIKE '%%:no?''s' || %(b)s"),
        ('a::text = x.":c" -- :d?\n% :e', 'a::text = x.":c" -- :d?\n%% %(e)s'),
    ],
)  # fmt: skip
def test_parameters_are_placed_and_what_is_quoted_is_left_alone(statement, expected):
    assert placed(statement) == expected


def test_what_is_quoted_comes_back_as_it_was_written(pg):
    found = pg.execute("SELECT '50%:x?', :x, 7 % 4, '1'::text", {"x": "%s ' \" :y ?"}).fetchone()
    assert found == ("50%:x?", "%s ' \" :y ?", 3, "1")


def test_only_what_defines_is_defined():
    assert defined("UPDATE person SET x = 1") is None
    assert defined(" ") is None
    table = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER, x REAL) WITHOUT ROWID"
    assert defined(table) == (
        "CREATE TABLE t (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n BIGINT,"
        " x DOUBLE PRECISION)"
    )


WRITTEN = ["0.1", "-0.0", "1e2", "1.0", "0.00005", "-0.00005", "1.00005", "4503599627370495.5", "1e-400", "1e400",
           "-1e305", "9007199254740993", "9223372036854775807", "9223372036854775808", "12345678901234567890123"]  # fmt: skip


ABOUT = ["n = 0.1", "n = 0", "n > 0", "n = 1", "n >= 100", "n = 9007199254740993", "n = 9007199254740992",
     'sum "A".n > 0', 'sum "A".n = 1.0001', 'avg "A".n = 0.0001', 'max "A".n = 1', 'sum "A".n < 0',
     'distinct "A".n = 1', 'did "A" where n = person.n']  # fmt: skip


@pytest.mark.parametrize("number", WRITTEN)
def test_numbers_are_as_large_as_they_are(db, pg, number):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        world.happen(person, "A", NOW, {})
        for table in ("person", "event"):
            tx.execute(f"""UPDATE {table} SET props = '{{"n":{number}}}'""")
        copy(tx, pg, TABLES)
        for text in ABOUT:
            asked = compile_rule(parse(text), zone="UTC"), None, NOW
            assert select_people(pg, *asked) == select_people(tx, *asked), text
