"""No statement about one broadcast reads all runs, messages or people."""

from __future__ import annotations

import re

import pytest

from mautod.store.chains import audiences, broadcasts, outcomes, recipient_runs
from mautod.store.db import Database

BIG = {"message", "person", "event", "run", "m", "p", "r", "o"}
STATEMENTS = {
    name: value
    for module in (broadcasts, audiences, recipient_runs, outcomes)
    for name, value in vars(module).items()
    if name.strip("_").isupper()
    and isinstance(value, str)
    and value.split()[:1] in (["SELECT"], ["UPDATE"], ["WITH"], ["DELETE"])
    and name not in {"_SELECT", "_ZONES"}
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    db = Database(tmp_path_factory.mktemp("plans") / "mautod.db").open()
    yield db
    db.close()


def test_there_are_statements_to_look_at():
    assert {"COUNT", "THERE", "WAITING", "CLOSE_RUNS", "RUNS_BY_MESSAGE"} <= STATEMENTS.keys()


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_goes_straight_to_its_rows(db, name):
    sql = STATEMENTS[name].format(chosen="SELECT 1")
    values = dict.fromkeys(re.findall(r":(\w+)", sql), 0) or (0,) * sql.count("?")
    values = (
        dict.fromkeys(values, "[]") if isinstance(values, dict) else tuple("[]" for _ in values)
    )
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    scans = [line for line in plan if line.startswith("SCAN") and line.split()[1] in BIG]
    assert scans == [], plan
