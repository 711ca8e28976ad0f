"""The ledger of runs: its statements look at indexes, never through a big table."""

from __future__ import annotations

import pytest

from mautod.store.chains import runs
from mautod.store.db import Database, to_json


@pytest.fixture
def tx(tmp_path):
    db = Database(tmp_path / "mautod.db").open()
    with db.write() as tx:
        yield tx
    db.close()


STATEMENTS = {
    "PASTS": ({"chain": 1, "ids": "[1]"}, "sqlite_autoindex_run_1 (chain_id=? AND person_id=?)"),
    "UNDER_WAY": (
        {"chain": 1, "ids": "[1]"},
        "sqlite_autoindex_run_1 (chain_id=? AND person_id=?)",
    ),
    "ACTIVE": ({"ids": "[1]"}, "run_active_person (person_id=?)"),
    "DUE": ((1, 5, 10), "INDEX run_due (chain_id=? AND wake_at<?)"),
    "NEXT_DUE": ((), "INDEX run_due (chain_id=? AND wake_at>?)"),
    "WOKEN": ({"ids": "[1]", "now": 5}, "r USING INTEGER PRIMARY KEY (rowid=?)"),
    "MAIL": ({"ids": "[1]"}, "message USING INDEX sqlite_autoindex_message_1 (run_id=?)"),
    "BOTH": ({"winner": 1, "loser": 2}, "sqlite_autoindex_run_1 (chain_id=? AND person_id=?)"),
    "MOVE": ({"winner": 1, "loser": 2}, "sqlite_autoindex_run_1 (chain_id=? AND person_id=?)"),
    "PARK": (("", 0, 0, None, "{}", "{}", 1), "INTEGER PRIMARY KEY (rowid=?)"),
    "END": (("", 0, "{}", 0, "", None, "", 0, 1), "INTEGER PRIMARY KEY (rowid=?)"),
    "HEAR": ((0, 1), "INTEGER PRIMARY KEY (rowid=?)"),
    "SINCE": (
        {"asked": '[[1,"X",0]]'},
        "event_person_name_ts (person_id=? AND name_id=? AND ts>?)",
    ),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_uses_its_index(tx, name):
    values, index = STATEMENTS[name]
    statement = getattr(runs, name)
    plan = [row[3] for row in tx.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any(index in step for step in plan), plan
    scans = [step for step in plan if step.startswith("SCAN")]
    assert all(step.split()[1] in {"k", "c"} for step in scans), plan


def test_a_step_queues_its_message_once(tx):
    held = runs.Held(runs.Run(1, 1, "", 0, None, "a", 0, 0), 1, 1)
    message = runs.Queued(held, "a", "email", "hello", "offers", "", None)
    runs.queue(tx, [message, message], 5)
    runs.queue(tx, [message], 6)
    assert tx.execute("SELECT count(*), max(queued_at) FROM message").fetchone() == (1, 5)


def test_the_longest_overdue_come_first_whatever_their_chain(tx):
    for chain, wake in ((1, 30), (1, 10), (2, 20), (2, 99), (3, 1)):
        entry = runs.Entry(chain, 1, wake, "", 1, 0)
        assert runs.enter(tx, entry, wake) is not None
    assert runs.due(tx, [1, 2], 50, 2) == [2, 3]
    assert runs.due(tx, [1, 2], 50, 9) == [2, 3, 1]
    assert runs.due(tx, [], 50, 9) == []


def test_the_next_due_is_of_a_running_chain(tx):
    assert runs.next_due(tx) is None
    for chain, state in ((1, "paused"), (2, "running"), (3, "running")):
        tx.execute(
            "INSERT INTO chain (id, key, name, state, definition_id, version, changed_at)"
            " VALUES (?, ?, '', ?, 1, 1, 0)",
            (chain, str(chain), state),
        )
        runs.enter(tx, runs.Entry(chain, 1, 1, "", 1, 0), 10 * chain)
    assert runs.next_due(tx) == 20


def test_a_person_enters_with_one_key_once(tx):
    entry = runs.Entry(1, 1, 7, "a", 1, 5)
    assert runs.enter(tx, entry, 10) == 1
    assert runs.enter(tx, entry, 11) is None
    assert runs.pasts(tx, 1, [7, 8]) == {7: runs.Past(active=True, entered_at=5)}


def test_mail_tells_what_waits_and_what_left(tx):
    for run, step, state, due, sending in (
        (1, "a", "sent", 1, 5), (1, "b", "queued", 9, None), (2, "a", "unknown", 1, 7), (3, "a", "refused", 1, None),
    ):  # fmt: skip
        tx.execute(
            "INSERT INTO message (run_id, step, key, person_id, channel, template, topic, state, queued_at, due_at, sending_at)"
            " VALUES (?, ?, '', 1, 'email', 't', '', ?, 0, ?, ?)",
            (run, step, state, due, sending),
        )
    assert runs.mail(tx, [1, 2, 3, 4]) == {
        1: runs.Mail(9, 5),
        2: runs.Mail(None, 7),
        3: runs.Mail(),
    }


def test_many_ids_are_no_trouble(tx):
    assert runs.active(tx, range(50_000)) == []
    assert runs.woken(tx, range(50_000), 5) == []
    assert len(to_json(list(range(50_000)))) > 100_000
