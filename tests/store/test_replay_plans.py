"""History is read through its indexes, a stretch at a time."""

from __future__ import annotations

import re

import pytest

from mautod.store.db import Database
from mautod.store.reports import replay


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    db = Database(tmp_path_factory.mktemp("plans") / "mautod.db").open()
    yield db
    db.close()


@pytest.mark.parametrize("name", ["EVENTS", "BEFORE", "PEOPLE", "COUNT"])
def test_a_stretch_of_history_is_read_by_its_index(db, name):
    sql = (
        getattr(replay, name).format(columns="p.id") if name == "PEOPLE" else getattr(replay, name)
    )
    values = dict.fromkeys(re.findall(r":(\w+)", sql), 0) | {"names": "[]"}
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert not [line for line in plan if re.match(r"SCAN (e|p)\b", line)], plan
