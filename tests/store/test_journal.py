import sqlite3

import pytest

from mautod.core.envelope import Request
from mautod.errors import Unavailable
from mautod.store import journal as module
from mautod.store.journal import Journal


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "data" / "journal.db").open()
    yield journal
    journal.close()


def requests(count, at=1000):
    return [Request(at + n, "site", "batch", "192.0.2.1", b'{"n":%d}' % n) for n in range(count)]


def test_what_was_appended_is_read_in_order(journal):
    sent = requests(300)
    journal.append_sync(sent)
    found = journal.read_after(0, 1000)
    assert [request[:5] for request in found] == [request[:5] for request in sent]
    ids = [request.id for request in found]
    assert ids == list(range(ids[0], ids[0] + 300))


def test_reading_goes_on_where_it_stopped(journal):
    journal.append_sync(requests(5))
    first = journal.read_after(0, 2)
    rest = journal.read_after(first[-1].id, 10)
    assert [request.at for request in first + rest] == [1000, 1001, 1002, 1003, 1004]
    assert journal.read_after(rest[-1].id, 10) == []


def test_pending_counts_what_is_not_digested(journal):
    assert journal.pending(0) == 0
    journal.append_sync(requests(5))
    found = journal.read_after(0, 10)
    assert journal.pending(0) == 5
    assert journal.pending(found[2].id) == 2
    assert journal.pending(found[4].id) == 0
    assert journal.last_id() == found[4].id


def test_opening_again_keeps_everything(journal):
    journal.append_sync(requests(2))
    with_more = Journal(journal.path).open()
    with_more.append_sync(requests(1))
    assert len(journal.read_after(0, 10)) == 3
    with_more.close()


def test_purge_forgets_only_what_is_old_and_digested(journal):
    journal.append_sync(requests(10))
    ids = [request.id for request in journal.read_after(0, 10)]
    assert journal.purge(before_ms=1005, upto_id=ids[2]) == 3
    assert journal.purge(before_ms=1005, upto_id=ids[9]) == 2
    assert journal.purge(before_ms=1005, upto_id=ids[9]) == 0
    assert [request.at for request in journal.read_after(0, 10)] == list(range(1005, 1010))
    assert journal.pending(ids[5]) == 4


def test_purge_works_in_small_bites(journal):
    journal.append_sync(requests(10))
    last = journal.last_id()
    assert [journal.purge(9999, last, limit=4) for _ in range(4)] == [4, 4, 2, 0]


def test_ids_never_return_after_a_purge(journal):
    journal.append_sync(requests(3))
    last = journal.last_id()
    journal.purge(9999, last)
    journal.append_sync(requests(1))
    assert journal.pending(last) == 1
    assert [request.id for request in journal.read_after(last, 10)] == [last + 1]


def test_a_lost_file_does_not_hide_new_requests_behind_the_old_offset(tmp_path, monkeypatch):
    old = Journal(tmp_path / "old.db").open()
    old.append_sync(requests(100))
    offset = old.last_id()
    later = module.now_ms() + 60_000
    monkeypatch.setattr(module, "now_ms", lambda: later)
    new = Journal(tmp_path / "new.db").open()
    new.append_sync(requests(2))
    assert len(new.read_after(offset, 10)) == 2
    assert new.pending(offset) == 2
    old.close()
    new.close()


@pytest.mark.parametrize("count", [1, 127, 128, 200])
def test_a_failed_append_keeps_nothing_and_the_next_one_works(journal, count):
    bad = Request(1, "site", "batch", None, b"")
    with pytest.raises(sqlite3.IntegrityError):
        journal.append_sync([*requests(count), bad])
    assert journal.pending(0) == 0
    journal.append_sync(requests(1))
    assert journal.pending(0) == 1


@pytest.mark.parametrize("count", [1, 200])
def test_a_journal_held_by_somebody_is_unavailable(journal, monkeypatch, count):
    monkeypatch.setattr(module, "BUSY_TIMEOUT_S", 0.01)
    other = sqlite3.connect(journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="busy"):
        Journal(journal.path).append_sync(requests(count))
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.parametrize("name", ["_READ", "_OLDEST", "_ENDS", "_PURGE"])
def test_no_statement_scans_the_journal(journal, name):
    sql = getattr(module, name)
    plan = journal._connection().execute(f"EXPLAIN QUERY PLAN {sql}", [0] * sql.count("?"))
    steps = [row[3] for row in plan]
    scans = [step for step in steps if "SCAN request" in step]
    assert scans == (["SCAN request"] if name == "_ENDS" else [])  # its LIMIT 1 ends it at once
