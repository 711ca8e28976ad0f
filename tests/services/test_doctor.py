"""`mautod doctor` finds what is wrong, says what to do, and never falls over it."""

from __future__ import annotations

import pytest

from mautod.channels.email.dkim import make_keys
from mautod.core.envelope import Request
from mautod.duration import HOUR, MINUTE
from mautod.services.definitions.apply import apply
from mautod.services.definitions.found import found_workspace
from mautod.services.doctor import examine
from mautod.store import health, state
from mautod.store.db import Database
from mautod.store.journal import Journal
from mautod.store.segments import membership as segments
from mautod.store.state import Aside

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


def findings(folder):
    return {finding.check: finding for finding in examine(folder, NOW).findings}


def levels(folder):
    return {f.check: f.level for f in examine(folder, NOW).findings if f.level != "ok"}


def add_message(db, state, *, due=NOW, sending=None, chain="welcome"):
    with db.write() as tx:
        tx.execute(
            "INSERT INTO message (step, key, person_id, channel, template, topic, state, queued_at,"
            " due_at, sending_at, chain_id)"
            " SELECT '1', '', 1, 'email', 'welcome-1', 'news', ?, ?, ?, ?, id FROM chain WHERE key = ?",
            (state, due, due, sending, chain),
        )


def test_a_fresh_workspace_has_nothing_wrong_before_and_after_its_first_start(folder):
    assert levels(folder) == {"data": "note"}
    database = Database(folder / "data/mautod.db").open()
    apply(database, folder / "workspace", NOW)
    database.close()
    assert levels(folder) == {}
    assert examine(folder, NOW).ok


def test_a_folder_that_is_no_workspace_says_how_to_make_one(tmp_path):
    report = examine(tmp_path, NOW)
    assert not report.ok
    assert "mautod init" in report.findings[0].hint


def test_a_bad_config_is_a_finding_and_no_traceback(folder):
    (folder / "config.toml").write_text("[workspace]\nnmae = 'x'\n")
    (finding,) = examine(folder, NOW).findings
    assert finding.level == "wrong"
    assert "nmae" in finding.message


def test_a_missing_secret_is_named_and_none_is_shown(folder):
    path = folder / ".env"
    values = [line.partition("=")[2] for line in path.read_text().splitlines() if "=" in line]
    path.write_text(path.read_text().replace("MAUTOD_WRITE_KEY", "OTHER"))
    assert "MAUTOD_WRITE_KEY" in findings(folder)["secrets"].message
    assert not any(value in repr(examine(folder, NOW)) for value in values if value)


def test_secrets_that_others_can_read_are_wrong(folder):
    (folder / ".env").chmod(0o644)
    assert findings(folder)["secrets"].level == "wrong"
    assert "chmod 600" in findings(folder)["secrets"].hint


def test_a_channel_that_cannot_work_is_wrong(folder):
    path = folder / "config.toml"
    path.write_text(path.read_text().replace("maildir:outbox", "smpt://x"))
    assert levels(folder)["channel email"] == "wrong"


def test_errors_in_the_definitions_are_all_listed(folder, db):
    (folder / "workspace/segments.toml").write_text("[a]\nrule = '>'\n[b]\nrule = '<'\n")
    found = findings(folder)
    assert found["workspace"].level == "wrong"
    assert len([line for line in found["workspace"].details if "segments.toml" in line]) == 2
    assert found["drift"].level == "note"


def test_a_difference_between_files_and_what_runs_is_worth_a_note(folder, db):
    path = folder / "workspace/topics.toml"
    path.write_text(path.read_text().replace("Offers and", "All offers and"))
    assert levels(folder) == {"drift": "note"}
    assert findings(folder)["drift"].details == ("~ topic offers v2 (workspace/topics.toml)",)


def test_a_chain_on_trial_is_worth_a_note_until_its_test_list_is_gone(folder, db):
    path = folder / "workspace/chains/welcome.toml"
    path.write_text('test = ["me@shop.example"]\n' + path.read_text())
    assert apply(db, folder / "workspace", NOW).warnings == (
        "chain welcome: writes to its test list alone",
    )
    assert levels(folder) == {"tests": "note"}
    assert findings(folder)["tests"].details == ("welcome writes to nobody but me@shop.example",)
    assert "mautod apply" in findings(folder)["tests"].hint


def test_limits_that_do_not_parse_are_wrong(folder, db):
    path = folder / "config.toml"
    path.write_text(path.read_text() + '\n[gate]\nholdout = "most"\n')
    assert levels(folder)["gate"] == "wrong"
    assert "not a share of people" in findings(folder)["gate"].message


def test_requests_that_wait_too_long_are_wrong(folder, db):
    journal = Journal(folder / "data/journal.db").open()
    journal.append_sync([Request(NOW - HOUR, "site", "track", "", b"{}", 0)])
    journal.close()
    assert findings(folder)["journal"].level == "wrong"
    assert "1 requests wait, the oldest for 1h" in findings(folder)["journal"].message


def test_messages_that_are_stuck_late_or_unknown_are_wrong(folder, db):
    add_message(db, "sending", sending=NOW - HOUR)
    add_message(db, "queued", due=NOW - HOUR)
    add_message(db, "unknown")
    assert levels(folder) == {"sending": "wrong", "queue": "wrong", "unknown": "wrong"}
    assert "--state unknown" in findings(folder)["unknown"].hint


def test_a_message_that_left_past_the_gate_is_wrong(folder, db):
    """One without a decision, one refused before it left, and one of a run that is held out."""
    for _ in range(5):
        add_message(db, "sent")
    with db.write() as tx:
        tx.execute("UPDATE message SET address = 'a@x.example', run_id = id")
        tx.execute(
            "INSERT INTO run (id, chain_id, definition_id, person_id, key, state, step, entered_at,"
            " step_at, holdout) SELECT id, 1, 1, 1, id, 'done', '', 0, 0, id = 3 FROM message"
        )
        tx.executemany(
            "INSERT INTO decision (message_id, at, verdict, reason, evidence) VALUES (?, 0, ?, '', '{}')",
            [(1, "pass"), (2, "pass"), (2, "refuse"), (3, "pass"), (5, "postpone"), (5, "pass")],
        )
    assert levels(folder) == {"passed": "wrong"}
    assert findings(folder)["passed"].details == ("message 2", "message 3", "message 4")


def test_messages_on_their_way_and_those_of_a_paused_chain_are_in_order(folder, db):
    add_message(db, "sending", sending=NOW - MINUTE)
    add_message(db, "queued", due=NOW - MINUTE)
    add_message(db, "queued", due=NOW - HOUR, chain="come-back")
    with db.write() as tx:
        tx.execute("UPDATE chain SET state = 'paused' WHERE key = 'come-back'")
    assert levels(folder) == {}


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ([(1, 1, 10, 10_000, None), (1, 2, -10, 0, 1)], None),
        ([(1, 1, 10, 5_000, None), (2, 1, 10, 5_000, None)], None),
        ([(1, 1, -10, 10_000, None)], None),
        ([(1, 1, 10, 10_000, None), (2, 1, 10, 10_000, None)], "wrong"),
        ([(1, 1, 10, 3_333, None)], "wrong"),
        ([(1, 1, 10, 10_000, None), (1, 2, -11, 0, 1)], "wrong"),
    ],
)
def test_goals_that_are_not_credited_once_and_refunds_of_more_are_wrong(folder, db, rows, level):
    with db.write() as tx:
        tx.executemany(
            "INSERT INTO conversion (message_id, event_id, value_e4, share_e4, refunds, person_id,"
            " chain_id, step, template, at) VALUES (?, ?, ?, ?, ?, 1, 1, '', '', 1)",
            rows,
        )
    assert levels(folder).get("goals") == level


def test_a_segment_whose_rule_fails_is_shown_with_its_error(folder, db):
    with db.write() as tx:
        segments.fail(tx, segments.find(tx, "vip").id, "integer overflow")
    assert findings(folder)["segments"].details == ("vip: integer overflow",)
    assert levels(folder) == {"segments": "wrong"}


def test_what_was_set_aside_is_counted_by_reason(folder, db):
    with db.write() as tx:
        asides = [Aside("event", "has no name", "event", "site", "{}")] * 3
        state.set_aside(tx, NOW, [*asides, Aside("property", "too long", "bio")])
    report = examine(folder, NOW)
    finding = next(f for f in report.findings if f.check == "rejected")
    assert finding.message == "4 rows were set aside."
    assert finding.details == (
        "3 event: from site, event: has no name",
        "1 property: bio: too long",
    )
    assert [(row.kind, row.count) for row in report.rejected] == [("event", 3), ("property", 1)]


@pytest.mark.parametrize(
    ("kind", "ok"), [("event", True), ("property", True), ("rule", False), ("message", False)]
)
def test_nonsense_from_outside_is_a_note_and_our_own_is_wrong(folder, db, kind, ok):
    with db.write() as tx:
        state.set_aside(tx, NOW, [Aside(kind, "reason")])
    assert examine(folder, NOW).ok is ok


def test_a_damaged_database_is_a_finding_and_no_traceback(folder):
    (folder / "data").mkdir()
    (folder / "data/mautod.db").write_bytes(b"not a database at all" * 100)
    assert levels(folder) == {"data": "wrong"}


def test_hot_looks_scan_no_big_table(db):
    for sql, values in (
        (health._UNKNOWN, ()), (health._STUCK, (NOW,)), (health._OVERDUE, (NOW,)),
    ):  # fmt: skip
        plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert all("USING" in step for step in plan), plan


def test_a_provider_that_cannot_tell_of_bounces_is_named(folder):
    (folder / "config.toml").write_text('[channels.email]\nurl = "postmark://"\n')
    with (folder / ".env").open("a") as secrets:
        secrets.write("MAUTOD_POSTMARK_TOKEN=x\n")
    found = findings(folder)["webhooks"]
    assert (found.level, "MAUTOD_POSTMARK_HOOK" in found.message) == ("note", True)
    with (folder / ".env").open("a") as secrets:
        secrets.write("MAUTOD_POSTMARK_HOOK=x\nMAUTOD_SENDGRID_HOOK=nonsense\n")
    assert findings(folder)["webhooks"].level == "wrong"


def test_a_provider_among_several_servers_is_named_too(folder):
    (folder / "config.toml").write_text(
        '[channels.email]\nsender = "a@shop.test"\n'
        '[[channels.email.server]]\nname = "own"\nurl = "smtp://127.0.0.1:25"\n'
        '[[channels.email.server]]\nname = "rented"\nurl = "postmark://"\n'
    )
    with (folder / ".env").open("a") as secrets:
        secrets.write("MAUTOD_POSTMARK_TOKEN=x\n")
    found = findings(folder)
    assert "MAUTOD_POSTMARK_HOOK" in found["webhooks"].message
    assert found["dkim"].level == "note"


def test_letters_that_leave_unsigned_are_named(folder):
    section = '[channels.email]\nurl = "smtp://127.0.0.1:25"\nsender = "a@shop.test"\n'
    (folder / "config.toml").write_text(section)
    assert findings(folder)["dkim"].level == "note"
    make_keys(folder / "keys", "shop.test", "mautod")
    assert findings(folder)["dkim"].level == "ok"
    (folder / "keys/shop.test/mautod.rsa.pem").write_text("nonsense")
    assert findings(folder)["dkim"].level == "wrong"


def test_a_rule_for_soft_bounces_that_is_none_is_found(folder):
    (folder / "config.toml").write_text('[bounces]\nsoft = "often"\n')
    assert findings(folder)["gate"].level == "wrong"
