"""A small world with real chains in a real database: people, events, and a clock in hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mautod.core.chains.definition import parse_chain
from mautod.core.event import Happened, Touched
from mautod.duration import parse_duration
from mautod.services.chains.advance import advance
from mautod.services.chains.edits import carry_out
from mautod.services.chains.enter import Chains
from mautod.store import catalog, inbox
from mautod.store.db import Database, to_json
from mautod.store.events import Fresh, Names, append
from mautod.store.inbox import Note

START = 1_700_000_000_000


@dataclass
class World:
    """One workspace in memory's reach; `now` moves only by `later`."""

    db: Database
    now: int = START
    chains: Chains = field(default_factory=lambda: Chains("UTC"))
    names: Names = field(default_factory=Names)

    @classmethod
    def new(cls, folder: Path) -> World:
        return cls(Database(folder / "mautod.db").open())

    def later(self, span: str) -> World:
        self.now += parse_duration(span)
        return self

    def chain(self, text: str, key: str = "cart") -> int:
        """Apply a chain; a body without name and topic gets them."""
        head = "" if "name =" in text else 'name = "Cart"\ntopic = "offers"\n'
        with self.db.write() as tx:
            found = catalog.put(tx, "chain", key, f"chains/{key}.toml", head + text, self.now)
            catalog.put_chain(tx, found, "Cart", self.now)
        return self.one("SELECT id FROM chain WHERE key = ?", key)

    def edit(self, text: str, key: str = "cart") -> list[str]:
        """Apply another version of a chain as an apply does; what becomes of people."""
        head = "" if "name =" in text else 'name = "Cart"\ntopic = "offers"\n'
        with self.db.write() as tx:
            found = catalog.put(tx, "chain", key, f"chains/{key}.toml", head + text, self.now)
            catalog.put_chain(tx, found, "Cart", self.now)
            new = parse_chain(found.body, found.file, key)
            return [str(fate) for fate in carry_out(tx, new, found, self.now)]

    def person(self, email: str | None = "a@example.com", **props: Any) -> int:
        with self.db.write() as tx:
            return tx.execute(
                "INSERT INTO person (created_at, email, props) VALUES (?, ?, ?) RETURNING id",
                (self.now, email, to_json(props)),
            ).fetchone()[0]

    def did(
        self, person: int, name: str, *, ago: str = "0s", late: bool = False, **props: Any
    ) -> list[Note]:
        """An event happens and the chains hear of it; what they say."""
        return self.happen((person, name, props), ago=ago, late=late)

    def happen(
        self, *events: tuple[int, str, Any], ago: str = "0s", late: bool = True
    ) -> list[Note]:
        """Several events in one batch."""
        ts = self.now - parse_duration(ago)
        received = self.now if late else ts
        fresh = [Fresh(person, name, ts, received, None, props) for person, name, props in events]
        with self.db.write() as tx:
            happened = append(tx, fresh, self.names.ids(tx, [name for _, name, _ in events]))
            notes = self.hear(tx, happened)
        self.names.keep()
        return notes

    def hear(self, tx, happened: list[Happened], touched: Touched | None = None) -> list[Note]:
        return [
            *self.chains.start(tx, happened, self.now),
            *self.chains.wake(tx, happened, self.now, touched),
        ]

    def touch(self, person: int, *names: str) -> list[Note]:
        touched = Touched(props={name: {person} for name in names})
        with self.db.write() as tx:
            return self.hear(tx, [], touched)

    def advance(self, limit: int = 500) -> int:
        """Advance until nothing is due; how many runs woke."""
        total = 0
        while done := advance(self.db, self.chains, self.now, limit):
            total += done
            assert total < 100_000, "it never comes to rest"
        return total

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.db.read().execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        return self.rows(sql, *values)[0][0]

    def runs(self, columns: str = "state, step, outcome") -> list[tuple[Any, ...]]:
        return self.rows(f"SELECT {columns} FROM run ORDER BY id")

    def templates(self) -> list[str]:
        return [name for (name,) in self.rows("SELECT template FROM message ORDER BY id")]

    def said(self) -> list[tuple[str, Any]]:
        """Events that wait for the digest."""
        notes = inbox.take(self.db.read(), 1000)
        return [
            (body.get("event", ""), body.get("properties", body.get("traits"))) for _, body in notes
        ]

    def digest(self) -> list[tuple[str, Any]]:
        """Take the events that wait for the digest, and let the chains hear of them."""
        with self.db.write() as tx:
            waiting = inbox.take(tx, 1000)
            inbox.drop(tx, [entry for entry, _ in waiting])
        events = [
            (body["personId"], body["event"], body["properties"])
            for _, body in waiting
            if "event" in body
        ]
        return self.happen(*events) if events else []

    def sent(self, template: str, after: str = "0s") -> None:
        """The gate lets a message leave."""
        with self.db.write() as tx:
            tx.execute(
                "UPDATE message SET state = 'sent', sending_at = ? WHERE template = ?",
                (self.now + parse_duration(after), template),
            )
