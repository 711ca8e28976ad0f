"""No hot statement of the ledger reads a whole table, or all messages of a state."""

from __future__ import annotations

import re

import pytest

from mautod.store.db import Database
from mautod.store.delivery import (
    attempts,
    consent,
    habits,
    ledger,
    messages,
    optin,
    preferences,
    receipts,
    servers,
)

BIG = {
    *("message", "person", "event", "run", "decision", "consent", "optout", "suppression"),
    *("consent_log", "optin", "preference", "attempt"),
}
ALIASES = {"m", "p", "r", "e", "o"}
STATEMENTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in (
        messages,
        consent,
        receipts,
        habits,
        ledger,
        optin,
        preferences,
        attempts,
        servers,
    )
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str) and value.split()[0] in ("SELECT", "UPDATE")
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    db = Database(tmp_path_factory.mktemp("plans") / "mautod.db").open()
    yield db
    db.close()


def test_there_are_statements_to_look_at():
    assert {
        "messages.LEASE",
        "messages.LEASE_URGENT",
        "messages.DOSSIERS",
        "consent.OPTOUTS",
    } <= STATEMENTS.keys()


def test_each_lane_is_read_in_the_order_of_its_own_index(db):
    for sql, index in ((messages.LEASE, "message_due"), (messages.LEASE_URGENT, "message_urgent")):
        plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {sql}", (0,) * 7)]
        assert f"SEARCH m USING INDEX {index} (channel=? AND due_at<?)" in plan
        assert not any("TEMP B-TREE" in line for line in plan)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_hot_statement_goes_straight_to_its_rows(db, name):
    sql = STATEMENTS[name].format(marks="?,?,?", key="server")
    named = dict.fromkeys(re.findall(r":([a-z_]+)", sql), 0)
    values = named or (0,) * sql.count("?")
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    scans = [line for line in plan if line.startswith("SCAN") and line.split()[1] in BIG | ALIASES]
    assert scans == [], plan
    assert not any("message_state" in line for line in plan), plan
