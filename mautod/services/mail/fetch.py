"""Reads a mailbox elsewhere into the journal, and waits there for more.

The mark up to which it is read moves after the letters are on disk here, and only then are they
marked or moved there. Whatever is killed in between is read again, and the digest knows the bytes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from mautod.clock import Clock, now_ms
from mautod.core.envelope import MAIL, Request
from mautod.errors import MautodError
from mautod.services.mail.arrive import traced
from mautod.services.mail.imap import Imap, ImapError
from mautod.services.mail.places import Inbox
from mautod.store.db import Database
from mautod.store.group_commit import GroupCommit
from mautod.store.mail import places

SOURCE: Final = "mailbox"
AT_ONCE: Final = 20
"""Letters between two moves of the mark."""
AT_ONCE_BYTES: Final = 32 * 1024 * 1024
POLL_S: Final = 30.0
SHORTEST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
FAILURES: Final = (ImapError, OSError, TimeoutError, MautodError)

log = logging.getLogger(__name__)


class Fetcher:
    """One mailbox; `run` until it is cancelled."""

    def __init__(
        self, inbox: Inbox, db: Database, writer: GroupCommit, clock: Clock = now_ms
    ) -> None:
        self._inbox = inbox
        self._db = db
        self._writer = writer
        self._clock = clock

    async def run(self) -> None:
        """Read and wait; a mailbox that cannot be reached is tried again, ever more seldom."""
        pause_s = SHORTEST_PAUSE_S
        while True:
            began = self._clock()
            try:
                await self._session()
            except FAILURES as error:
                await self._failed(error)
            if self._clock() - began > LONGEST_PAUSE_S * 1000:
                pause_s = SHORTEST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def read(self, session: Imap) -> int:
        """Put what is new into the journal; how many letters. The session is in the folder.

        Raises:
            Unavailable: the disk is full; what is not here yet stays there.
        """
        return await self._read(session, await session.select())

    async def _session(self) -> None:
        session = Imap(self._inbox)
        try:
            await session.open()
            validity = await session.select()
            while True:
                await self._read(session, validity)
                await session.idle(POLL_S)
        finally:
            await session.close()

    async def _read(self, session: Imap, validity: int) -> int:
        place = await asyncio.to_thread(places.find, self._db.read(), self._inbox.name)
        mark = place.uid if place.validity == validity else 0
        waiting = await session.after(mark)
        for some in _groups(waiting):
            await self._take(session, some)
            mark = some[-1][0]
            await asyncio.to_thread(self._mark, validity, mark)
            await session.settle([uid for uid, size in some if size <= self._inbox.largest])
        if not waiting:
            await asyncio.to_thread(self._mark, validity, mark)
        return len(waiting)

    async def _take(self, session: Imap, some: Sequence[tuple[int, int]]) -> None:
        """Letters into the journal; all are on disk on return."""
        written = []
        for uid, size in some:
            raw = await session.fetch(uid, size)
            if raw is None:
                continue
            cut = size if size > self._inbox.largest else 0
            body = traced(raw, "", (), cut) if cut else raw
            written.append(self._writer.write(Request(self._clock(), SOURCE, MAIL, "", body)))
        for done in written:
            await done

    def _mark(self, validity: int, uid: int) -> None:
        with self._db.write() as tx:
            places.read(tx, self._inbox.name, validity, uid, self._clock())

    async def _failed(self, error: Exception) -> None:
        text = str(error) or type(error).__name__
        log.warning("the mailbox %s cannot be read: %s", self._inbox.name, text)
        with suppress(MautodError):
            await asyncio.to_thread(self._note, text)

    def _note(self, text: str) -> None:
        with self._db.write() as tx:
            places.failed(tx, self._inbox.name, text[:300], self._clock())


def _groups(waiting: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """`waiting` in groups that are few and not too large together."""
    groups: list[list[tuple[int, int]]] = []
    room = 0
    for pair in waiting:
        if not groups or room < pair[1] or len(groups[-1]) >= AT_ONCE:
            groups.append([])
            room = AT_ONCE_BYTES
        groups[-1].append(pair)
        room -= pair[1]
    return groups
