"""A digest over real storage, with a clock that stands still until it is moved."""

from __future__ import annotations

import json

from mautod.core.envelope import Request
from mautod.duration import DAY, HOUR
from mautod.services.chains.enter import Chains
from mautod.services.intake.digest import OWN, Digest
from mautod.services.intake.people import Rules
from mautod.services.intake.react import Reactions
from mautod.services.segments.refresh import Segments
from mautod.store import catalog, state
from mautod.store.db import Database
from mautod.store.journal import Journal
from mautod.store.segments import membership as segments

NOW = 1_800_000_000_000


class Mill:
    """Requests in at the top, people and events out at the bottom."""

    def __init__(self, folder, *, identity_secret: str = "") -> None:
        self.db = Database(folder / "mautod.db").open()
        self.journal = Journal(folder / "journal.db").open()
        self.now = NOW
        with self.db.write() as tx:
            ids = state.source_ids(tx, [("site", False), ("server", True), (OWN, True)])
        self.sources = {
            "site": (ids["site"], False),
            "server": (ids["server"], True),
            OWN: (ids[OWN], True),
        }
        self.rules = Rules(40 * 60_000, "RUB", identity_secret)
        self.digest = self.new_digest()

    def new_digest(self) -> Digest:
        reactions = Reactions(Segments("UTC"), Chains("UTC"), self.sources[OWN][0], "RUB")
        return Digest(self.db, self.journal, reactions, self.rules, self.sources)

    def segment(self, key: str, rule: str) -> None:
        with self.db.write() as tx:
            segments.upsert(tx, key, key, rule)
            catalog.bump(tx)
            Segments("UTC").rebuild(tx, key, self.now)

    def chain(self, key: str, body: str) -> None:
        with self.db.write() as tx:
            written = catalog.put(tx, "chain", key, f"chains/{key}.toml", body, self.now)
            catalog.put_chain(tx, written, key, self.now)

    def post(self, *events: dict, source: str = "site") -> None:
        body = json.dumps({"batch": list(events)}).encode()
        self.journal.append_sync([Request(self.now, source, "batch", "127.0.0.1", body)])

    def drain(self) -> None:
        while self.digest.batch(self.now):
            pass

    def play(self, *events: dict, source: str = "site") -> None:
        self.post(*events, source=source)
        self.drain()

    def rows(self, sql: str, *values) -> list[tuple]:
        return self.db.read().execute(sql, values).fetchall()

    def one(self, sql: str, *values):
        return self.rows(sql, *values)[0][0]

    def history(self) -> list[tuple[int, str]]:
        return self.rows(
            "SELECT e.person_id, n.name FROM event e JOIN event_name n ON n.id = e.name_id"
            " WHERE n.name NOT IN ('Session Started') ORDER BY e.person_id, e.ts, e.id"
        )

    def close(self) -> None:
        self.db.close()
        self.journal.close()


def track(name: str, who: str = "a", **more) -> dict:
    return {"type": "track", "event": name, "anonymousId": who, **more}


def identify(who: str = "a", user: str = "", **traits) -> dict:
    return {"type": "identify", "anonymousId": who, "userId": user or None, "traits": traits}


__all__ = ["DAY", "HOUR", "NOW", "Mill", "identify", "track"]
