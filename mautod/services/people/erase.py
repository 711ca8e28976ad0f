"""Erase a person from every file, a piece at a time; whatever is killed, it goes on where it was.

Its stages: `asked`, when the gate refuses from now on; the tables, in one transaction; `fresh`,
the raw requests that are not digested yet, and `journal`, those that are; `letters` kept in
folders; `bytes`, the free pages and logs of the databases.

All of it is done by whoever holds the digest's lease, and between its batches: nobody digests a
request that is being rewritten, and none that still tells of somebody who is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from math import inf
from typing import Final

import msgspec

from mautod import wire
from mautod.channels import create
from mautod.channels.port import Net
from mautod.clock import Clock, new_id
from mautod.config import Settings
from mautod.core.envelope import Request
from mautod.core.people.redact import Traces, redact
from mautod.errors import Unavailable
from mautod.services.lease import DIGEST, Lease
from mautod.store import state
from mautod.store.db import Database, Tx, to_json
from mautod.store.journal import Journal
from mautod.store.mail import letters
from mautod.store.mail.vault import Vault
from mautod.store.people import cards, erasures
from mautod.store.people.erasures import Open
from mautod.store.people.residue import cleared

REQUESTS: Final = 2000
"""How many requests one piece looks through."""

Forget = Callable[[Collection[str]], int]
"""Deletes letters to these addresses; how many."""


class Eraser:
    """Goes on with erasures that were asked for; `go_on` says whether the lease still holds."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        forget: Forget,
        go_on: Callable[[], bool] = lambda: True,
        files: Vault | None = None,
    ) -> None:
        self._files = files
        self._go_on = go_on
        self._db = db
        self._journal = journal
        self._forget = forget
        self._texts: dict[int, list[str]] = {}

    def step(self, now: int) -> int:
        """One piece of the oldest erasure; 0 when nothing can be done now.

        Once it returns, the next request may be digested.

        Raises:
            Unavailable: the disk is full or a file is held by somebody; nothing is half done.
        """
        one = erasures.find_open(self._db.read())
        if one is None or (one.stage == "asked" and not self._tables(one, now)):
            return 0
        one = erasures.find_open(self._db.read()) or one
        if one.stage == "fresh":
            while one.stage == "fresh":
                one = self._requests(one)
            return 1
        return self._outside(one, now)

    def _outside(self, one: Open, now: int) -> int:
        if one.stage == "journal":
            self._requests(one)
            return 1
        return self._letters(one) if one.stage == "letters" else self._bytes(one, now)

    def _tables(self, one: Open, now: int) -> bool:
        ids = erasures.family(self._db.read(), one.person_id)
        if erasures.is_being_sent(self._db.read(), ids, now):
            return False
        offset, last = int(state.get(self._db.read(), state.OFFSET, "0")), self._journal.last_id()
        with self._db.write() as tx:
            found = erasures.traces(tx, ids)
            erasures.erase(tx, ids, found, now)
            keys = to_json(found)
            erasures.advance(tx, one.id, stage="fresh", keys=keys, cursor=offset, upto=last)
        return True

    def _requests(self, one: Open) -> Open:
        """Look through some requests; the erasure as it stands then."""
        if not self._go_on():
            raise Unavailable("another process took over")
        found = msgspec.json.decode(one.keys, type=Traces)
        read = self._journal.read_after(one.cursor, REQUESTS)
        some = [each for each in read if each.id <= one.upto]
        changed = [new for each in some if (new := redact(each, found)) is not None]
        self._journal.rewrite(changed)
        then = self._after(one, some)
        with self._db.write() as tx:
            erasures.advance(tx, one.id, stage=then.stage, cursor=then.cursor, upto=then.upto)
            erasures.add(tx, one.id, "requests", len(changed))
        return then

    def _after(self, one: Open, some: Sequence[Request]) -> Open:
        if some:
            return replace(one, cursor=some[-1].id)
        if one.stage == "fresh":
            digested = int(state.get(self._db.read(), state.OFFSET, "0"))
            return replace(one, stage="journal", cursor=0, upto=digested)
        return replace(one, stage="letters")

    def _letters(self, one: Open) -> int:
        found = msgspec.json.decode(one.keys, type=Traces)
        count = self._forget(found.addresses) + self._orphans()
        self._texts[one.id] = found.texts()
        with self._db.write() as tx:
            erasures.add(tx, one.id, "letters", count)
            erasures.advance(tx, one.id, stage="bytes", keys="")
        return 1

    def _orphans(self) -> int:
        """Delete files that came with mail of which nothing is left; how many."""
        if self._files is None:
            return 0
        return sweep_files(self._db.read(), self._files)

    def _bytes(self, one: Open, now: int) -> int:
        texts = self._texts.get(one.id)
        if not (cleared(self._db.read(), self._db.path, texts) and self._journal.clear(texts)):
            return 0
        with self._db.write() as tx:
            erasures.advance(tx, one.id, stage="done", done_at=now)
        self._texts.pop(one.id, None)
        return 1


def sweep_files(tx: Tx, vault: Vault, before: int | None = None) -> int:
    """Delete files that no mail has any more, of those older than `before` if given; how many.

    The digest puts a file down before the mail that has it: whoever does not hold its lease leaves
    new files alone.
    """
    older_than_s = inf if before is None else before / 1000
    return vault.sweep(lambda digest: letters.has_file(tx, digest), older_than_s)


def forget_letters(settings: Settings) -> Forget:
    """What deletes the letters that the configured channels keep here."""
    place = settings.config.workspace
    net = Net(settings.folder, place.name, place.url, secret=settings.secrets.find)

    def forget(addresses: Collection[str]) -> int:
        sections = settings.config.channels.items()
        return sum(create(kind, section, net).forget(addresses) for kind, section in sections)

    return forget


def preview(tx: Tx, person_id: int, now: int) -> wire.Erasure:
    """What would go."""
    ids = erasures.family(tx, person_id)
    events, messages = erasures.weigh(tx, ids)
    return _told(tx, wire.Erasure(0, person_id, now, "preview", events, messages), ids)


def ask(tx: Tx, person_id: int, now: int) -> wire.Erasure:
    """Record that a living person is to be erased; inside `write`."""
    ids = erasures.family(tx, person_id)
    told = erasures.ask(tx, person_id, erasures.weigh(tx, ids), now)
    return _told(tx, told, ids)


def finish_alone(db: Database, journal: Journal, settings: Settings, now: Clock) -> None:
    """Do all that was asked for, if no worker runs that does it."""
    lease = Lease(db, DIGEST, new_id(), now)
    if not lease.hold():
        return
    try:
        vault = Vault(settings.attachments)
        eraser = Eraser(db, journal, forget_letters(settings), lease.hold, vault)
        while lease.hold() and eraser.step(now()):
            pass
    finally:
        lease.drop()


def _told(tx: Tx, told: wire.Erasure, ids: Collection[int]) -> wire.Erasure:
    """With who else has the address, and where definitions name the person."""
    found = erasures.traces(tx, ids)
    email = (each for each in found.addresses if "@" in each)
    others = sorted({one for each in email for one in cards.by_email(tx, each)} - {*ids})
    named = erasures.named_in(tx, found.texts())
    return msgspec.structs.replace(told, same_address=others, named_in=named)
