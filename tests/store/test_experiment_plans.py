"""What experiments ask looks at indexes, never through a big table."""

from __future__ import annotations

import pytest

from mautod.store.chains import experiments
from mautod.store.db import Database

ASKED = {"definition": 1, "step": "ab", "after": 5, "ripe": 9}
STATEMENTS = {
    "winners": (experiments.WINNERS, (1,)),
    "decided": (experiments.DECIDED, (1,)),
    "people": (experiments.PEOPLE, (1, "ab")),
    "mail": (experiments.MAIL, (1, "ab")),
    "earned": (experiments.EARNED, (1, "ab")),
    "goal": (experiments.rates_sql("goal"), ASKED),
    "click": (experiments.rates_sql("click"), ASKED),
    "open": (experiments.rates_sql("open"), ASKED),
    "money": (experiments.MONEY, ASKED),
    "currencies": (experiments.CURRENCIES, ASKED),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_scans_no_table(tmp_path, name):
    statement, values = STATEMENTS[name]
    db = Database(tmp_path / "mautod.db").open()
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    db.close()
    assert any("PRIMARY KEY (definition_id=?" in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN") and "spent" not in step], plan
