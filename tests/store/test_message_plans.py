"""No hot statement of the ledger reads a whole table, or all messages of a state."""

from __future__ import annotations

import pytest

from mautod.store.db import Database
from mautod.store.delivery import consent, habits, messages, receipts

BIG = {"message", "person", "event", "run", "decision", "consent", "optout", "suppression"}
ALIASES = {"m", "p", "r", "e", "o"}
STATEMENTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in (messages, consent, receipts, habits)
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str) and value.split()[0] in ("SELECT", "UPDATE")
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    db = Database(tmp_path_factory.mktemp("plans") / "mautod.db").open()
    yield db
    db.close()


def test_there_are_statements_to_look_at():
    assert {"messages.LEASE", "messages.DOSSIERS", "consent.OPTOUTS"} <= STATEMENTS.keys()


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_hot_statement_goes_straight_to_its_rows(db, name):
    sql = STATEMENTS[name].format(marks="?,?,?")
    values = (0,) * sql.count("?")
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    scans = [line for line in plan if line.startswith("SCAN") and line.split()[1] in BIG | ALIASES]
    assert scans == [], plan
    assert not any("message_state" in line for line in plan), plan
