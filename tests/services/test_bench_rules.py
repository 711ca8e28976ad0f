"""The benchmark of rules fills the tables as they are."""

from __future__ import annotations

from mautod.bench import leaves
from mautod.bench.population import Population, fill
from mautod.store.db import Database


def test_it_gives_people_what_every_leaf_asks_for(tmp_path):
    db = Database(tmp_path / "mautod.db").open()
    population = Population(100, 1000, 1_793_577_600_000)
    fill(db, population)
    leaves.furnish(db, population)
    for table in ("member", "stay", "listed", "run", "person_score", "consent", "optout"):
        assert db.read().execute(f"SELECT count(*) FROM {table}").fetchone()[0], table
    db.close()
