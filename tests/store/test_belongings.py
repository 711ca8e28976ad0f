"""Every table that holds something of a person is in one list."""

from __future__ import annotations

from mautod.store.db import Database
from mautod.store.people.belongings import COUNTED, EXEMPT, FOLLOWING, KEYED, LISTED


def test_a_table_with_a_person_is_moved_by_a_merge_or_named_as_exempt(tmp_path):
    db = Database(tmp_path / "mautod.db").open()
    tables = [
        row[0] for row in db.read().execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    holding = {
        table
        for table in tables
        if "person_id" in {row[1] for row in db.read().execute(f"PRAGMA table_info({table})")}
    }
    moved = {each.table for each in (*LISTED, *KEYED)}
    assert holding == moved | COUNTED | FOLLOWING | EXEMPT
    db.close()


def test_a_keyed_table_is_listed_with_every_column(tmp_path):
    db = Database(tmp_path / "mautod.db").open()
    for each in KEYED:
        columns = {row[1] for row in db.read().execute(f"PRAGMA table_info({each.table})")}
        assert columns == {"person_id", *each.columns}, each.table
    db.close()
