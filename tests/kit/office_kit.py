"""A workspace as operators see it: a real folder, real databases, a digest, and a clock in hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from mautod import wire
from mautod.config import Settings, load
from mautod.core.envelope import Request
from mautod.duration import parse_duration
from mautod.services.chains.advance import advance
from mautod.services.chains.enter import Chains
from mautod.services.desk import Desk, Tools
from mautod.services.intake.digest import OWN, Digest
from mautod.services.intake.people import Rules
from mautod.services.intake.react import Reactions
from mautod.services.intake.send import SOURCE
from mautod.services.pumps import postman_of
from mautod.services.segments.refresh import Segments
from mautod.store import catalog, state
from mautod.store.db import Database, to_json
from mautod.store.journal import Journal
from mautod.store.segments import membership as segments

START = 1_793_577_600_000  # 2 Nov 2026 00:00:00 UTC
API_KEY = "api-key-for-tests"
CONFIG = '[workspace]\nname = "Oslo sofas"\ncurrency = "RUB"\ntimezone = "Europe/Moscow"\n'
SECRETS = f"MAUTOD_SECRET=s3cret\nMAUTOD_WRITE_KEY=write\nMAUTOD_API_KEY={API_KEY}\n"
CART = """
name   = "Abandoned cart"
topic  = "offers"
enter  = { event = "Product Added", when = 'email is known', again = "per 7d" }
leave  = 'did "Order Completed" since entry'
goal   = { event = "Order Completed", value = "total", within = "3d" }
window = "mon-sun 10:00-20:00"

[[step]]
wait = "1h"
[[step]]
id = "first"
send = "cart-1"
[[step]]
await = { event = "Message Clicked", for = "1d", else = "second" }
[[step]]
exit = "clicked"
[[step]]
id = "second"
send = "cart-2"
"""


@dataclass
class Office:
    """One workspace; `now` moves only by `later`."""

    settings: Settings
    db: Database
    journal: Journal
    now: int = START
    ids: Any = field(default_factory=lambda: count(1))

    @classmethod
    def new(cls, folder: Path) -> Office:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(CONFIG)
        (folder / ".env").write_text(SECRETS)
        settings = load(folder)
        data = settings.data
        return cls(
            settings, Database(data / "mautod.db").open(), Journal(data / "journal.db").open()
        )

    def __post_init__(self) -> None:
        trusted = {"site": False, SOURCE: True, OWN: True}
        with self.db.write() as tx:
            numbers = state.source_ids(tx, trusted.items())
        zone = self.settings.config.workspace.timezone
        self.chains = Chains(zone)
        reactions = Reactions(Segments(zone), self.chains, numbers[OWN], "RUB")
        sources = {name: (numbers[name], trusted[name]) for name in trusted}
        self._digest = Digest(
            self.db,
            self.journal,
            reactions,
            Rules(2_400_000, "RUB"),
            sources,
            postman_of(self.settings),
        )
        self.desk = Desk(
            self.db,
            self.journal,
            self.settings,
            Tools(now=lambda: self.now, new_id=lambda: f"id-{next(self.ids)}"),
        )

    @property
    def folder(self) -> Path:
        return self.settings.folder

    def close(self) -> None:
        self.journal.close()
        self.db.close()

    def later(self, span: str) -> Office:
        self.now += parse_duration(span)
        return self

    def digest(self) -> Office:
        while self._digest.batch(self.now):
            pass
        return self

    def visit(
        self, visitor: str, name: str = "Page Viewed", /, context: Any = None, **props: Any
    ) -> Office:
        """A browser's event, digested."""
        item = {
            "type": "track",
            "event": name,
            "anonymousId": visitor,
            "messageId": f"visit-{next(self.ids)}",
            "properties": props,
            "context": context or {},
        }
        self.journal.append_sync(
            [Request(self.now, "site", "track", "", msgspec.json.encode(item))]
        )
        return self.digest()

    def know(self, user: str, /, **traits: Any) -> int:
        """A person with a user id and traits; the id."""
        self.desk.send(wire.NewEvents([wire.NewEvent(user_id=user, traits=traits)]))
        self.digest()
        return self.desk.person(user).person.id

    def did(self, user: str, name: str, /, **props: Any) -> Office:
        """A server's event, digested."""
        self.desk.send(wire.NewEvents([wire.NewEvent(name, user_id=user, properties=props)]))
        return self.digest()

    def segment(self, key: str, rule: str) -> Office:
        with self.db.write() as tx:
            segments.upsert(tx, key, key.title(), rule)
            catalog.bump(tx)
            Segments("Europe/Moscow").rebuild(tx, key, self.now)
        return self

    def chain(self, text: str = CART, key: str = "abandoned-cart") -> Office:
        with self.db.write() as tx:
            found = catalog.put(tx, "chain", key, f"chains/{key}.toml", text, self.now)
            catalog.put_chain(tx, found, "Abandoned cart", self.now)
        return self

    def advance(self) -> Office:
        while advance(self.db, self.chains, self.now):
            pass
        return self.digest()

    def settle(self, message: int, state_: str, reason: str = "", **columns: Any) -> Office:
        """What a delivery would write about a message."""
        values = {"state": state_, "reason": reason or None, "done_at": self.now, **columns}
        values["marks"] = ("opened_at" in columns) + 2 * ("clicked_at" in columns)
        parts = ", ".join(f"{name} = :{name}" for name in values)
        with self.db.write() as tx:
            tx.execute(f"UPDATE message SET {parts} WHERE id = :id", {**values, "id": message})
            tx.execute(
                "INSERT INTO decision (message_id, at, verdict, reason, evidence) VALUES (?,?,?,?,?)",
                (message, self.now, "refuse" if reason else "pass", reason, to_json({"sent": 2})),
            )
        return self

    def earn(self, message: int, event: int, value_e4: int, currency: str = "RUB") -> Office:
        """What attribution would write about a goal."""
        with self.db.write() as tx:
            tx.execute(
                "INSERT INTO conversion (message_id, event_id, person_id, chain_id, step, template,"
                " value_e4, currency, at) SELECT id, ?, person_id, chain_id, step, template, ?, ?, ?"
                " FROM message WHERE id = ?",
                (event, value_e4, currency, self.now, message),
            )
        return self
