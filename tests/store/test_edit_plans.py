"""An edit of a chain reads the rows of that chain, not whole tables."""

from __future__ import annotations

import re

import pytest

from mautod.store.chains import edits
from mautod.store.db import Database

STATEMENTS = {
    name: value
    for name, value in vars(edits).items()
    if name.isupper() and isinstance(value, str) and value.split()[0] in ("SELECT", "UPDATE")
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    db = Database(tmp_path_factory.mktemp("plans") / "mautod.db").open()
    yield db
    db.close()


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_edit_goes_to_the_rows_of_its_chain(db, name):
    sql = STATEMENTS[name]
    values = dict.fromkeys(re.findall(r":(\w+)", sql), 0) or (0,) * sql.count("?")
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert not [line for line in plan if line.startswith("SCAN")], plan
