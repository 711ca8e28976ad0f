"""What follows from new events: segments move, runs wake and start, goals are credited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from mautod.core.event import Happened, Touched
from mautod.services.chains.enter import Chains
from mautod.services.reports.attribute import credit
from mautod.services.segments.refresh import Segments
from mautod.store import inbox
from mautod.store.db import Database, Tx
from mautod.store.events import Fresh, Names, append, append_alike
from mautod.store.inbox import Note

ROUNDS: Final = 4
"""How far one batch follows its own consequences; what comes after waits for the next batch."""


class Reactions:
    """The living rules and chains, and the names of events; for one pump, in one thread."""

    def __init__(self, segments: Segments, chains: Chains, source_id: int, currency: str) -> None:
        self.segments = segments
        self.chains = chains
        self._names = Names()
        self._source_id = source_id
        self._currency = currency

    @contextmanager
    def writing(self, db: Database) -> Iterator[Tx]:
        """A write transaction whose new event names are remembered if it commits."""
        try:
            with db.write() as tx:
                yield tx
        except BaseException:
            self._names.forget()
            raise
        self._names.keep()

    def store(self, tx: Tx, fresh: Sequence[Fresh]) -> list[Happened]:
        """Append events to their people's histories."""
        if not fresh:
            return []
        return append(tx, fresh, self._names.ids(tx, (event.name for event in fresh)))

    def store_alike(self, tx: Tx, alike: Fresh, people: Iterable[int]) -> None:
        """Append one event to the histories of many people, whoever its own person."""
        append_alike(tx, alike, people, self._names.ids(tx, [alike.name]))

    def follow(self, tx: Tx, happened: list[Happened], touched: Touched, now: int) -> None:
        """Bring segments, runs and goals up to date with what happened. Inside `write`."""
        for _ in range(ROUNDS):
            moved = self._store_notes(tx, self.segments.refresh(tx, touched, now), now)
            batch = [*happened, *moved]
            goals, zone = self.chains.goals(tx, now), self.chains.versions.zone
            credit(tx, goals, batch, self._currency, zone)
            started = self.chains.start(tx, batch, now)
            notes = [*started, *self.chains.wake(tx, batch, now, touched)]
            happened = self._store_notes(tx, notes, now)
            touched = touch([*moved, *happened])
            if not touched.events:
                return
        for person_id in touched.people():
            inbox.recheck(tx, now, person_id)

    def moved(self, tx: Tx, notes: Sequence[Note], touched: Touched, now: int) -> None:
        """Follow what time alone changed: who moved, and whose points did."""
        happened = self._store_notes(tx, notes, now)
        for event in happened:
            touched.event(event.name, event.person_id)
        self.follow(tx, happened, touched, now)

    def _store_notes(self, tx: Tx, notes: Iterable[Note], now: int) -> list[Happened]:
        return self.store(
            tx,
            [
                Fresh(person_id, name, now, now, self._source_id, dict(props))
                for person_id, name, props in notes
            ],
        )


def touch(happened: Iterable[Happened]) -> Touched:
    """What these events touched."""
    touched = Touched()
    for event in happened:
        touched.event(event.name, event.person_id)
    return touched
