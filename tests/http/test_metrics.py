"""What Prometheus reads."""

from __future__ import annotations

from pathlib import Path

from mautod.config import Secrets, Settings, parse
from mautod.http.metrics import Metrics
from mautod.http.server import make_app
from mautod.services.desk import Desk
from mautod.store import events
from mautod.store.db import Database
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal


async def test_counts_are_shown_to_whoever_has_the_key(aiohttp_client, tmp_path: Path):
    db, journal = Database(tmp_path / "m.db").open(), Journal(tmp_path / "j.db").open()
    with db.write() as tx:
        events.add_counter(tx, "people", 7)
    settings = Settings(folder=tmp_path, config=parse(""), secrets=Secrets({}))
    writer = GroupCommit(journal, limit=10)
    metrics = Metrics(Desk(db, journal, settings), writer, "secret")
    client = await aiohttp_client(make_app([metrics.mount]))
    refused = await client.get("/metrics", headers={"Authorization": "Bearer guess"})
    assert refused.status == 401
    answer = await client.get("/metrics", headers={"Authorization": "Bearer secret"})
    assert answer.status == 200
    assert "mautod_people 7.0" in await answer.text()
    await writer.close()
    journal.close()
    db.close()
