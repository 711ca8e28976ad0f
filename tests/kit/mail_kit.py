"""A workspace with people, one chain and its letters, and a channel that keeps what it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from mautod.core.sending.domains import DomainLimit
from mautod.core.sending.fleet import Standing
from mautod.core.sending.message import Draft, Letter, Outcome, Sent
from mautod.core.sending.rate import Room
from mautod.core.templates.template import Template
from mautod.services.delivery.admit import Terms
from mautod.services.delivery.deliver import Deliver
from mautod.store import catalog
from mautod.store.db import Database, from_json, to_json

NOON = 1_790_000_000_000 - 1_790_000_000_000 % 86_400_000 + 12 * 3_600_000
CHAIN = """
name = "Abandoned cart"
topic = "offers"
enter = { event = "Product Added" }
leave = 'did "Order Completed" since entry'
[[step]]
id = "first"
send = "cart-1"
"""
LETTER = """---
subject: Your cart
topic: offers
---
<p>Hello {{ person.name }}</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>
"""
RECEIPT = "---\nsubject: Your order\ntransactional: true\n---\n<p>Thank you</p>\n"


class Clock:
    """Time as a test says."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def took_it(_letter: Letter) -> Outcome:
    return Sent("ref")


NO_LIMIT = Room(512)


@dataclass
class Recorder:
    """A channel that keeps letters; `answer` says what becomes of each."""

    kind: ClassVar[str] = "email"
    on_visit: ClassVar[bool] = False
    parallel: int = 8
    rate_per_s: float = 0.0
    limits: Sequence[DomainLimit] = ()
    space: Room = NO_LIMIT
    standing: list[Standing] = field(default_factory=list)
    answer: Callable[[Letter], Outcome] = took_it
    letters: list[Letter] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    async def open(self) -> None: ...

    def room(self, _now: int, *, waiting: bool) -> Room:
        return self.space

    def standings(self) -> Sequence[Standing]:
        return self.standing

    def resume(self, standings: Sequence[Standing]) -> None:
        self.standing = list(standings) or self.standing

    def render(self, template: Template, draft: Draft, links: Any) -> Letter:
        text = f"{template.key}/{template.language}: {draft.person['name']} {draft.event}"
        return Letter(draft.message_id, draft.address, "shop@x.example", text.encode())

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        self.letters += batch
        self.sizes.append(len(batch))
        return [self.answer(letter) for letter in batch]

    async def close(self) -> None: ...

    @property
    def addresses(self) -> list[str]:
        return [letter.address for letter in self.letters]


@dataclass
class Shop:
    """A real database with a running chain, and the pump of a channel that records."""

    db: Database
    channel: Recorder = field(default_factory=Recorder)
    clock: Clock = field(default_factory=Clock)
    terms: Terms = field(default_factory=Terms)
    holder: str = "me"

    def __post_init__(self) -> None:
        with self.db.write() as tx:
            self.put(tx, "template", "cart-1", "cart-1.liquid", LETTER)
            self.put(tx, "template", "receipt", "receipt.liquid", RECEIPT)
        self.apply(CHAIN)

    def put(self, tx, kind: str, key: str, file: str, body: str) -> Any:
        return catalog.put(tx, kind, key, file, body, self.clock())

    def apply(self, text: str, key: str = "cart") -> None:
        with self.db.write() as tx:
            definition = self.put(tx, "chain", key, f"chains/{key}.toml", text)
            catalog.put_chain(tx, definition, key, self.clock())

    def deliver(self, **changes: Any) -> Deliver:
        channel = changes.pop("channel", self.channel)
        holder = changes.pop("holder", self.holder)
        db = changes.pop("db", self.db)
        return Deliver(db, channel, None, self.terms, holder, self.clock)

    def person(self, email: str | None = "ann@x.example", **columns: Any) -> int:
        columns = {"name": "Ann", "props": "{}", **columns, "email": email}
        columns["created_at"] = self.clock()
        return self.insert("person", columns)

    def run(self, person: int, chain: str = "cart", **columns: Any) -> int:
        chain_id, definition = self.one("SELECT id, definition_id FROM chain WHERE key = ?", chain)
        row = {
            "chain_id": chain_id, "definition_id": definition, "person_id": person,
            "key": str(self.one("SELECT count(*) FROM run")[0]), "state": "active", "step": "first",
            "entered_at": self.clock(), "step_at": self.clock(), **columns,
        }  # fmt: skip
        return self.insert("run", row)

    def message(self, person: int, chain: str = "cart", **columns: Any) -> int:
        """Queue a letter, in a new run unless `run_id` is given."""
        if "run_id" not in columns:
            columns["run_id"] = self.run(person, chain)
        chain_id, definition = self.one("SELECT id, definition_id FROM chain WHERE key = ?", chain)
        row = {
            "chain_id": chain_id, "definition_id": definition, "step": "first", "key": "",
            "person_id": person, "channel": "email", "template": "cart-1", "topic": "offers",
            "state": "queued", "queued_at": self.clock(), "due_at": self.clock(), **columns,
        }  # fmt: skip
        return self.insert("message", row)

    def event(self, person: int, event: str, ts: int | None = None, **props: Any) -> int:
        with self.db.write() as tx:
            tx.execute("INSERT INTO event_name (name) VALUES (?) ON CONFLICT DO NOTHING", (event,))
        name_id = self.one("SELECT id FROM event_name WHERE name = ?", event)[0]
        ts = self.clock() if ts is None else ts
        row = {
            "person_id": person, "name_id": name_id, "ts": ts, "received_at": ts,
            "props": to_json(props),
        }  # fmt: skip
        event_id = self.insert("event", row)
        with self.db.write() as tx:
            tx.execute(
                "INSERT INTO event_stat VALUES (?, ?, 1, ?, ?) ON CONFLICT (person_id, name_id)"
                " DO UPDATE SET count = count + 1, last_ts = max(last_ts, excluded.last_ts)",
                (person, name_id, ts, ts),
            )
        return event_id

    def insert(self, table: str, row: dict[str, Any]) -> int:
        marks = ",".join("?" * len(row))
        with self.db.write() as tx:
            done = tx.execute(
                f"INSERT INTO {table} ({','.join(row)}) VALUES ({marks})", tuple(row.values())
            )
        return done.lastrowid

    def one(self, sql: str, *values: Any) -> tuple:
        return self.db.read().execute(sql, values).fetchone()

    def all(self, sql: str, *values: Any) -> list[tuple]:
        return self.db.read().execute(sql, values).fetchall()

    def state(self, message: int) -> tuple[str, str | None]:
        return self.one("SELECT state, reason FROM message WHERE id = ?", message)

    def decisions(self, message: int) -> list[tuple[str, str, dict]]:
        rows = self.all(
            "SELECT verdict, reason, evidence FROM decision WHERE message_id = ? ORDER BY id",
            message,
        )
        return [(verdict, reason, from_json(evidence)) for verdict, reason, evidence in rows]

    def notes(self) -> list[tuple[str, dict]]:
        bodies = [from_json(body) for (body,) in self.all("SELECT body FROM inbox ORDER BY id")]
        return [(body["event"], body["properties"]) for body in bodies if "event" in body]


def open_shop(path: Path, **parts: Any) -> Shop:
    return Shop(Database(path / "mautod.db").open(), **parts)
