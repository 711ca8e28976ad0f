"""Codes are found by index, however many there are."""

from __future__ import annotations

import pytest

from mautod.store.chains import codes
from mautod.store.db import Database

STATEMENTS = {
    "of people": (
        codes.OF_PEOPLE,
        {"pool": "x", "ids": "[1]"},
        "code_person (person_id=?)",
    ),
    "free": (codes.FREE, ("x", 5), "code_free (pool=? AND at=?)"),
    "left": (codes.LEFT, ("x",), "code_free (pool=? AND at=?)"),
    "give": (codes.GIVE, (1, 1, "x", "A"), "(pool=? AND code=?)"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_uses_its_index(tmp_path, name):
    statement, values, index = STATEMENTS[name]
    db = Database(tmp_path / "mautod.db").open()
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    db.close()
    assert any(index in step for step in plan), plan
