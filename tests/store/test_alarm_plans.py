"""Alarms are asked for at every outcome: their statements look at indexes, never through a table."""

from __future__ import annotations

import pytest

from mautod.store.db import Database
from mautod.store.delivery import incidents, messages, tallies

STATEMENTS = {
    "left": (tallies.LEFT, ("[1]",), "m USING INTEGER PRIMARY KEY (rowid=?)"),
    "bounced": (tallies.BOUNCED, ("[1]",), "m USING INTEGER PRIMARY KEY (rowid=?)"),
    "complained": (tallies.COMPLAINED, ("[1]",), "m USING INTEGER PRIMARY KEY (rowid=?)"),
    "sums": (tallies.SUMS, ("email", 5), "PRIMARY KEY (channel=? AND slot>?)"),
    "forget": (tallies.FORGET, ("email", 5), "PRIMARY KEY (channel=? AND slot<?)"),
    "open": (incidents.OPEN, ("email",), "INDEX incident_open (channel=?)"),
    "resumed": (incidents.RESUMED, ("email", 5), "INDEX incident_ended (channel=? AND ended_at>?)"),
    "next": (incidents.NEXT_TELL, (), "INDEX incident_tell"),
    "due": (incidents.DUE, (5, 10), "INDEX incident_tell"),
    "parks": (messages.PARKS, ("email",), "INDEX message_held (channel=? AND held=?)"),
    "unpark": (messages.UNPARK, (1, "email", 9), "INDEX message_held (channel=? AND held=?)"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_uses_its_index(tmp_path, name):
    statement, values, index = STATEMENTS[name]
    db = Database(tmp_path / "mautod.db").open()
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    db.close()
    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN m") for step in plan), plan
