"""Who has a chat open in this process, and the one task that brings them what is new.

Answers are written by any process; a look at the commit counter, ten times a second, finds them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from mautod.clock import Clock, monotonic_s, now_ms
from mautod.errors import MautodError
from mautod.services.conversations import visitor
from mautod.services.conversations.visitor import News
from mautod.store.conversations import chats
from mautod.store.conversations.chats import Shown, Standing
from mautod.store.db import Database, Tx
from mautod.store.reports import stats

LOOK_S: Final = 0.1
PRESENT_S: Final = 20.0
"""So often it is noted who is there; shorter than the time after which somebody has left."""
MOST_STIRRED: Final = 1000

log = logging.getLogger(__name__)


class Seat:
    """One open widget: which conversations it reads, and after which part it is."""

    __slots__ = ("after", "conversations", "tell")

    def __init__(self, tell: Callable[[News], None]) -> None:
        self.tell = tell
        self.conversations: tuple[int, ...] = ()
        self.after = 0


class ChatHub:
    """All open widgets of this process; nobody looks when none is."""

    def __init__(self, db: Database, *, look_s: float = LOOK_S, clock: Clock = now_ms) -> None:
        self._db = db
        self._clock = clock
        self._look_s = look_s
        self._seats: defaultdict[int, set[Seat]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._poked = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chat-watch")
        self._fresh: set[int] = set()
        self._commits = -1
        self._stir = -1
        self._present_at = 0.0

    def sit(self, seat: Seat, conversations: Sequence[int], after: int) -> None:
        """Bring what is new in these conversations to a seat, from `after` on."""
        self.rise(seat)
        seat.conversations, seat.after = tuple(conversations), after
        for each in conversations:
            self._seats[each].add(seat)
        # What came between the greeting of this seat and now stirred when nobody sat here.
        self._fresh.update(conversations)
        if conversations and self._task is None:
            self._task = asyncio.create_task(self._watch())

    def rise(self, seat: Seat) -> None:
        """Forget a seat."""
        for each in seat.conversations:
            self._seats[each].discard(seat)
            if not self._seats[each]:
                del self._seats[each]
        seat.conversations = ()

    def poke(self) -> None:
        """Look at once: something was written here."""
        self._poked.set()

    async def close(self, _: object = None) -> None:
        """Look no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._thread.shutdown(wait=False)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while self._seats:
            after = {each: min(seat.after for seat in seats) for each, seats in self._seats.items()}
            fresh, self._fresh = self._fresh, set()
            try:
                found = await loop.run_in_executor(self._thread, self._look, after, fresh)
            except MautodError as error:
                log.warning("chats wait: %s", error)
                self._fresh |= fresh
                found = []
            for standing, parts in found:
                self._bring(standing, parts)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._poked.wait(), self._look_s)
            self._poked.clear()
        self._task, self._stir = None, -1

    def _look(self, after: dict[int, int], fresh: set[int]) -> list[tuple[Standing, list[Shown]]]:
        self._note_present(after)
        tx = self._db.read()
        if self._stir < 0:
            self._stir, self._commits = chats.last_stir(tx), -1
        commits = stats.commits(tx)
        stirred = chats.standing(tx, fresh) if fresh else []
        if commits != self._commits:
            stirred += self._stirred(tx, commits)
        here = {each.id: each for each in stirred if each.id in after}
        return [(each, chats.shown(tx, [number], after[number])) for number, each in here.items()]

    def _stirred(self, tx: Tx, commits: int) -> list[Standing]:
        found = chats.stirred(tx, self._stir, MOST_STIRRED)
        # Where there is more, the next look does not wait for a commit.
        self._commits = commits if len(found) < MOST_STIRRED else -1
        self._stir = max((each.stir for each in found), default=self._stir)
        return found

    def _note_present(self, conversations: Iterable[int]) -> None:
        now = monotonic_s()
        if now - self._present_at < PRESENT_S:
            return
        self._present_at = now
        with self._db.write() as tx:
            chats.present(tx, conversations, self._clock())

    def _bring(self, standing: Standing, parts: Sequence[Shown]) -> None:
        for seat in tuple(self._seats.get(standing.id, ())):
            fresh = [part for part in parts if part.id > seat.after]
            news = visitor.told([standing], fresh)
            seat.after = max((part.id for part in fresh), default=seat.after)
            seat.tell(news)
