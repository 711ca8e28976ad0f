"""Bytes of what was deleted are found, and then they are gone."""

from __future__ import annotations

import pytest

from mautod.store.db import Database
from mautod.store.people import residue


@pytest.fixture
def db(tmp_path):
    db = Database(tmp_path / "mautod.db").open()
    yield db
    db.close()


def aside(db, *texts):
    with db.write() as tx:
        sql = "INSERT INTO rejected (at, kind, reason, body) VALUES (0, 'event', '', ?)"
        tx.executemany(sql, [(text,) for text in texts])


@pytest.mark.parametrize("small", [0, residue.SMALL_BYTES])
def test_a_large_file_is_written_anew_only_if_something_is_left(db, monkeypatch, small):
    monkeypatch.setattr(residue, "SMALL_BYTES", small)
    aside(db, "keep me", "secret-text", *("x" * 3000 for _ in range(50)))
    assert residue.cleared(db.read(), db.path, ["nothing"])
    assert residue.holds(db.path, ["SECRET-text"])
    db.read().execute("PRAGMA secure_delete = off")
    with db.write() as tx:
        tx.execute("DELETE FROM rejected WHERE body <> 'keep me'")
    assert residue.cleared(db.read(), db.path, ["secret-text"])
    assert not residue.holds(db.path, ["secret-text"])
    assert db.path.with_name("mautod.db-wal").stat().st_size == 0
    assert db.read().execute("SELECT body FROM rejected").fetchall() == [("keep me",)]


def test_a_text_that_spans_two_chunks_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(residue, "CHUNK_BYTES", 5)
    path = tmp_path / "file"
    path.write_bytes(b"abcSECRETdef")
    assert residue.holds(path, ["SECRET"])
    assert not residue.holds(path, ["SECRETS"])


def test_what_is_deleted_is_overwritten_at_once(db):
    aside(db, "secret-text")
    with db.write() as tx:
        tx.execute("DELETE FROM rejected")
    db.read().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not residue.holds(db.path, ["secret-text"])
