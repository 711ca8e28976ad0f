"""An office that sends broadcasts: real storage, the real pumps, a channel that keeps letters."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mail_kit import LETTER, Recorder
from office_kit import Office

from mautod import wire
from mautod.duration import MINUTE, parse_duration
from mautod.services.broadcasts import pump
from mautod.services.chains.experiments import judge
from mautod.services.delivery.admit import terms_of
from mautod.services.delivery.deliver import Deliver
from mautod.store import catalog
from mautod.store.db import Database, to_json
from mautod.store.reports import stats


@dataclass
class Hall:
    """A workspace with the letters `spring`, `short` and `long`, and a topic `offers`."""

    office: Office
    channel: Recorder = field(default_factory=Recorder)

    @classmethod
    def new(cls, folder: Path, **gate: str) -> Hall:
        office = Office.new(folder)
        hall = cls(office)
        with office.db.write() as tx:
            for key in ("spring", "short", "long"):
                catalog.put(tx, "template", key, f"templates/{key}.liquid", LETTER, office.now)
            catalog.put(tx, "topic", "offers", "topics.toml", to_json({"name": {"": "Offers"}}), 0)
        return hall

    @property
    def db(self) -> Database:
        return self.office.db

    @property
    def desk(self):
        return self.office.desk

    @property
    def now(self) -> int:
        return self.office.now

    @property
    def setting(self) -> pump.Setting:
        return pump.Setting(self.office.chains.versions)

    def people(self, number: int, **columns: Any) -> list[int]:
        """So many people with addresses, p1@x.example and on."""
        with self.db.write() as tx:
            rows = [
                tx.execute(
                    "INSERT INTO person (created_at, name, email, timezone, props) VALUES (?,?,?,?,?)"
                    " RETURNING id",
                    (self.now, "Ann", f"p{n}@x.example", columns.get("timezone"), "{}"),
                ).fetchone()[0]
                for n in range(1, number + 1)
            ]
        if columns.get("timezone"):
            with self.db.write() as tx:
                tx.executemany(
                    "UPDATE person SET email = ? WHERE id = ?",
                    ((f"p{person}@x.example", person) for person in rows),
                )
        return rows

    def ask(self, *templates: str, **asked: Any) -> str:
        """A draft, to everybody whose email is known unless something else is said; its key."""
        if not {"to", "segment"} & asked.keys():
            asked["to"] = "email is known"
        asked.setdefault("key", "sale")
        ask = wire.BroadcastAsk(templates=list(templates or ("spring",)), **asked)
        return self.desk.ask_broadcast(ask).key

    def send(self, *templates: str, **asked: Any) -> str:
        key = self.ask(*templates, **asked)
        self.desk.start_broadcast(key)
        return key

    def pump(self, most: int | None = None) -> int:
        """Steps of the broadcast pump until it rests, or so many; how many there were."""
        for step in range(10_000 if most is None else most):
            if not pump.go_on(self.db, self.setting, self.now):
                return step
        assert most is not None, "it never comes to rest"
        return most

    def deliver(self) -> int:
        terms = terms_of(self.office.settings.config)
        line = Deliver(self.db, self.channel, None, terms, "me", lambda: self.office.now)

        async def drain() -> int:
            done = 0
            while count := await line.batch():
                done += count
            return done

        return asyncio.run(drain())

    def work(self, *, rounds: int = 50) -> Hall:
        """Everything that is due now, until nothing is."""
        for _ in range(rounds):
            begun = self.pump()
            self.office.advance()
            judge(self.db, self.office.chains.versions, self.now)
            if not (begun + self.deliver() + self.pump()):
                return self
            self.office.digest()
        raise AssertionError("it never comes to rest")

    def later(self, span: str) -> Hall:
        self.office.later(span)
        return self

    def play(self, span: str) -> Hall:
        """Let time pass, and everything happen when it is due."""
        until = self.now + parse_duration(span)
        while self.work().now < until:
            due = stats.next_due(self.db.read())
            later = self.now + 10 * MINUTE if due is None or due <= self.now else due
            later = max(later, self.now + MINUTE // 2)
            self.office.now = min(later, self.now + 10 * MINUTE, until)
        return self.work()

    def status(self, key: str = "sale") -> wire.Broadcast:
        return self.desk.broadcast(key)

    def letters(self) -> Counter[str]:
        return Counter(self.channel.addresses)

    def rows(self, sql: str, *values: Any) -> list[tuple]:
        return self.db.read().execute(sql, values).fetchall()

    def close(self) -> None:
        self.office.close()
