"""What letters show and try is found by index, however many events there are."""

from __future__ import annotations

import pytest

from mautod.store.db import Database
from mautod.store.delivery import readers, trials
from mautod.store.goods import companions
from mautod.store.goods.companions import Scope

VALUES = companions._values(Scope(0), companions.ORDERED)
OFFER = {"seeds": "[]", "without": "[]", "most": 12}
STATEMENTS = {
    "sold": (companions.SOLD, VALUES, "event_name_ts_person (name_id=? AND ts>?)"),
    "pairs": (companions.PAIRS, VALUES, "event_name_ts_person (name_id=? AND ts>?)"),
    "shown": (companions.SHOWN, VALUES, "event_name_ts_person (name_id=? AND ts>?)"),
    "offered": (companions.OFFERED, OFFER, "SEARCH c USING PRIMARY KEY (product=?)"),
    "event": (
        readers.EVENT,
        {"names": "[]", "person": 1},
        "event_person_name_ts (person_id=? AND name_id=?)",
    ),
    "trials": (trials.COUNT, (1,), "trial_at (at>?)"),
    "last": (companions.LAST, (1, "a", 5), "event_person_name_ts (person_id=? AND name_id=?)"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_uses_its_index(tmp_path, name):
    statement, values, index = STATEMENTS[name]
    db = Database(tmp_path / "mautod.db").open()
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    db.close()
    assert any(index in step for step in plan), plan
    assert not any(step.startswith(("SCAN e", "SCAN event", "SCAN product")) for step in plan), plan
