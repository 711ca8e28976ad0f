"""The SQL of a score reads by index, for a few people and for everybody."""

from __future__ import annotations

import pytest

from mautod.core.rules.parser import parse, parse_where
from mautod.core.scoring import Each, Halves, Lasts, Score, While
from mautod.duration import DAY
from mautod.store.db import Database
from mautod.store.rules.points import compile_score, counted, row_of_all, row_points
from mautod.store.segments import scores

NOW = 1_793_577_600_000
WHERE = parse_where('plan = "pro"')
EACHES = {
    "ever": (Each("A", 3), "event_stat"),
    "ever, at most": (Each("A", 3, most=5), "event_stat"),
    "where": (Each("A", 3, WHERE), "event_person_name_ts"),
    "where, at most": (Each("A", 3, WHERE, 5), "event_person_name_ts"),
    "lasts": (Each("A", 3, decay=Lasts(DAY)), "event_person_name_ts"),
    "lasts, at most": (Each("A", 3, most=5, decay=Lasts(DAY)), "event_person_name_ts"),
    "halves": (Each("A", 100, decay=Halves(DAY)), "event_person_name_ts"),
    "halves, at most": (Each("A", 100, WHERE, 5, Halves(DAY)), "event_person_name_ts"),
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("points") / "mautod.db").open()
    yield database
    database.close()


def plan(tx, statement, values):
    return [row[3] for row in tx.execute(f"EXPLAIN QUERY PLAN {statement}", values)]


def scans(steps):
    tables = ("p", "e", "s", "ps", "event", "person", "person_score")
    return [step for step in steps for t in tables if step.split()[:2] == ["SCAN", t]]


@pytest.mark.parametrize("name", EACHES)
def test_a_refresh_reads_each_persons_events_by_index(db, name):
    row, index = EACHES[name]
    total = compile_score(Score("lead", "Lead", (row, While(parse("email is known"), 1))), "UTC")
    values = {**total.bind.values(NOW), "ids": "[1]", "score": 1}
    steps = plan(db.read(), scores.CHANGES.format(sum=total.sql), values)
    assert scans(steps) == []
    wanted = "SEARCH s USING PRIMARY KEY (person_id=? AND name_id=?)"
    assert any(index in step or step == wanted for step in steps), steps


@pytest.mark.parametrize("name", EACHES)
def test_a_rebuild_reads_the_range_of_a_name_and_nobody_one_by_one(db, name):
    row, _ = EACHES[name]
    statement, values = row_of_all(db.read(), row, "UTC", NOW)
    steps = plan(db.read(), statement, values)
    assert scans(steps) == []
    assert any("event_name_ts_person (name_id=?" in step for step in steps), steps


@pytest.mark.parametrize("name", EACHES)
def test_what_one_row_gives_one_person_is_read_by_index(db, name):
    row, _ = EACHES[name]
    asked = []
    tx = db.read()
    tx.set_trace_callback(asked.append)
    assert counted(tx, row, "UTC", (1, NOW), 3) == (0, [])
    tx.set_trace_callback(None)
    assert len(asked) == 2
    for statement in asked:
        assert scans(plan(tx, statement, {})) == []
    assert "e.person_id = p.id" in row_points(row, "UTC").sql or row.decay is row.where is None
