"""Whose date it is, is read from an index, never from everybody."""

from __future__ import annotations

import pytest

from mautod.store.chains import occasions
from mautod.store.db import Database

STATEMENTS = {
    "person_date": (occasions.DATED, "PRIMARY KEY (prop=? AND at>? AND at<?)"),
    "created_at": (occasions.DATED_BY_COLUMN["created_at"], "person_created"),
    "first_seen": (occasions.DATED_BY_COLUMN["first_seen"], "person_first_seen"),
    "last_seen": (occasions.DATED_BY_COLUMN["last_seen"], "person_last_seen"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_dates_are_found_by_range(tmp_path, name):
    statement, index = STATEMENTS[name]
    db = Database(tmp_path / "mautod.db").open()
    asked = {"name": "birthday", "first": 1, "last": 5}
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {statement}", asked)]
    db.close()
    assert any(index in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN")], plan
