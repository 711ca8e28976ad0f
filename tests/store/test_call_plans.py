"""The ledger of calls: its statements look at indexes, never through a table."""

from __future__ import annotations

import pytest

from mautod.store import health
from mautod.store.chains import calls
from mautod.store.db import Database

STATEMENTS = {
    "of runs": (
        calls.OF_RUNS,
        {"ids": "[1]"},
        "call USING INDEX sqlite_autoindex_call_1 (run_id=?)",
    ),
    "due": (calls.DUE, (5, 10), "INDEX call_due (due_at<?)"),
    "next": (calls.NEXT_DUE, (), "INDEX call_due"),
    "claim": (
        calls.CLAIM,
        {"ids": "[1]", "until": 1, "holder": "x"},
        "INTEGER PRIMARY KEY (rowid=?)",
    ),
    "claimed": (
        calls.CLAIMED,
        {"ids": "[1]", "holder": "x"},
        "k USING INTEGER PRIMARY KEY (rowid=?)",
    ),
    "settle": (
        calls.SETTLE,
        ("done", 0, 0, 200, "", None, 1, "x", 1),
        "INTEGER PRIMARY KEY (rowid=?)",
    ),
    "late": (health._LATE_CALLS, (5,), "INDEX call_due (due_at<?)"),
    "failed": (health._FAILED_CALLS, (5, 10), "INDEX call_failed"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_uses_its_index(tmp_path, name):
    statement, values, index = STATEMENTS[name]
    db = Database(tmp_path / "mautod.db").open()
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    db.close()
    assert any(index in step for step in plan), plan
