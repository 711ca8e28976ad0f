"""Whoever asks gets all that is held of them, and nothing of others."""

from __future__ import annotations

import pytest
from full_house import fill, post
from office_kit import Office

from mautod.store.people.belongings import COUNTED, EXEMPT, FOLLOWING, KEYED, LISTED
from mautod.store.people.dossier import BESIDE


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def test_every_table_with_a_person_is_in_it_with_every_row(office):
    anna = fill(office)
    found = office.desk.dossier("user-anna")
    tx = office.db.read()
    names = [row[0] for row in tx.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    holding = {
        name
        for name in names
        if "person_id" in {row[1] for row in tx.execute(f"PRAGMA table_info({name})")}
    }
    assert found.tables.keys() == (holding - EXEMPT) | BESIDE.keys()
    assert holding - EXEMPT == {e.table for e in (*LISTED, *KEYED)} | COUNTED | FOLLOWING
    for name in holding - EXEMPT:
        (count,) = tx.execute(
            f"SELECT count(*) FROM {name} WHERE person_id = ?", (anna,)
        ).fetchone()
        assert len(found.tables[name]) == count, name
    for name in ("person", "merge", "decision", "optout", "suppression", "rejected", "event"):
        assert found.tables[name], name


def test_numbers_stand_with_their_names_and_json_is_json(office):
    fill(office)
    tables = office.desk.dossier("user-anna").tables
    added = next(row for row in tables["event"] if row["name"] == "Product Added")
    assert added["props"]["name"] == "Sofa for Anna-Lisa"
    assert {row["segment"] for row in tables["member"]} == {"known", "west", "friends"}
    assert tables["merge"][0]["snapshot"]["loser"]["props"]


def test_the_journal_tells_what_is_theirs_and_no_word_of_others(office):
    fill(office)
    post(
        office,
        {"type": "track", "event": "Late", "anonymousId": "browser-anna"},
        {"type": "track", "event": "Late", "userId": "user-boris"},
    )
    journal = office.desk.dossier("user-anna").journal
    assert journal[-1].events == [{"type": "track", "event": "Late", "anonymousId": "browser-anna"}]
    assert "boris" not in str(journal)
    assert "boris" not in str(office.desk.dossier("user-anna").tables)
