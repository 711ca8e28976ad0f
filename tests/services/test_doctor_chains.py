"""`mautod doctor` on what chains leave behind: calls, codes, and runs that nothing would wake."""

from __future__ import annotations

import pytest

from mautod.core.codes import Pool
from mautod.duration import DAY, HOUR
from mautod.services.definitions.apply import apply
from mautod.services.definitions.found import found_workspace
from mautod.services.doctor import examine
from mautod.store import catalog
from mautod.store.chains import codes
from mautod.store.db import Database, to_json

NOW = 1_790_000_000_000


@pytest.fixture
def folder(tmp_path):
    found_workspace(tmp_path / "shop", "shop")
    return tmp_path / "shop"


@pytest.fixture
def db(folder):
    database = Database(folder / "data/mautod.db").open()
    apply(database, folder / "workspace", NOW)
    yield database
    database.close()


def finding(folder, check):
    return next(each for each in examine(folder, NOW).findings if each.check == check)


def add_call(db, state, *, due=NOW, done=None, detail=""):
    with db.write() as tx:
        tx.execute(
            "INSERT INTO call (run_id, definition_id, chain_id, person_id, step, kind, state, made_at,"
            " due_at, until, done_at, detail) SELECT coalesce((SELECT max(run_id) FROM call), 0) + 1,"
            " 1, id, 1, 'crm', 'webhook', ?, 0, ?, ?, ?, ? FROM chain WHERE key = 'welcome'",
            (state, due, due + DAY, done, detail),
        )


def test_calls_that_nobody_makes_are_wrong(folder, db):
    add_call(db, "waiting", due=NOW + HOUR)
    assert finding(folder, "calls").level == "ok"
    add_call(db, "waiting", due=NOW - HOUR)
    found = finding(folder, "calls")
    assert found.level == "wrong"
    assert "1 webhooks" in found.message


def test_calls_that_failed_this_week_are_told_by_what_was_said(folder, db):
    for _ in range(2):
        add_call(db, "failed", done=NOW - HOUR, detail="answered 404 Not Found")
    add_call(db, "failed", done=NOW - 8 * DAY, detail="long ago")
    found = finding(folder, "calls")
    assert (found.level, found.details) == (
        "note",
        ("2 of chain welcome, step crm: answered 404 Not Found",),
    )


def test_lists_of_codes_that_run_out_are_told_before_they_are_empty_and_after(folder, db):
    pool = Pool("spring", "Spring", list_="spring.csv", low=2)
    with db.write() as tx:
        body = to_json(pool.body(("A", "B")))
        catalog.put(tx, "codes", "spring", "codes.toml", body, NOW)
        codes.load(tx, "spring", ("A", "B"))
    assert finding(folder, "codes").level == "ok"
    for code, level in (("A", "note"), ("B", "wrong")):
        with db.write() as tx:
            assert codes.give(tx, "spring", code, 1, NOW)
        assert finding(folder, "codes").level == level


def test_a_run_that_nothing_wakes_is_wrong(folder, db):
    assert finding(folder, "runs").level == "ok"
    with db.write() as tx:
        tx.execute(
            "INSERT INTO run (chain_id, definition_id, person_id, key, state, step, entered_at,"
            " step_at) VALUES (1, 1, 1, '', 'active', '1', 0, 0)"
        )
    assert finding(folder, "runs").level == "wrong"
