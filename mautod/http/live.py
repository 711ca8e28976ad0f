"""`/api/stream`: what happens, as server-sent events; one look at the database serves everybody."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec
from aiohttp import web

from mautod import wire
from mautod.errors import BadInput, MautodError
from mautod.services.desk import Desk
from mautod.services.watch import Watch, events_since

LOOK_S: Final = 0.5
PING_S: Final = 15.0
MOST_WAITING: Final = 2000
"""Updates a slow reader may be behind; with more it is let go, to come back with its last id."""

_PING: Final = b":ping\n\n"
_HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}

log = logging.getLogger(__name__)


class Reader:
    """One subscriber: its topics and what waits for it."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
        self.waiting: asyncio.Queue[wire.Update | None] = asyncio.Queue(MOST_WAITING)

    def give(self, updates: Iterable[wire.Update]) -> None:
        """Queue what the reader asked for; a reader too far behind is let go."""
        try:
            for update in updates:
                if update.topic in self.topics:
                    self.waiting.put_nowait(update)
        except asyncio.QueueFull:
            self.let_go()

    def let_go(self) -> None:
        """End the reader's stream."""
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                self.waiting.get_nowait()
        self.waiting.put_nowait(None)


class Hub:
    """All subscribers, and the one task that looks for news while there are any."""

    def __init__(self, desk: Desk, *, look_s: float = LOOK_S, ping_s: float = PING_S) -> None:
        self.ping_s = ping_s
        self._desk = desk
        self._look_s = look_s
        self._readers: set[Reader] = set()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")

    async def subscribe(
        self, topics: frozenset[str], after: int | None
    ) -> tuple[Reader, list[wire.Update]]:
        """A reader of what comes, and what it missed since event `after`."""
        reader = Reader(topics)
        missed: list[wire.Update] = []
        if after is not None and "events" in topics:
            missed = await self._call(lambda: events_since(self._desk.db.read(), after))
        self._readers.add(reader)
        if self._task is None:
            self._task = asyncio.create_task(self._watch())
        return reader, missed

    async def leave(self, reader: Reader) -> None:
        """Forget a reader; nobody looks when nobody reads."""
        self._readers.discard(reader)
        if not self._readers:
            await self._stop()

    async def close(self, _: object = None) -> None:
        """End all streams."""
        for reader in tuple(self._readers):
            reader.let_go()
        await self._stop()

    async def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _call(self, work: Callable[[], list[wire.Update]]) -> list[wire.Update]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _watch(self) -> None:
        watch = Watch(self._desk.db)
        while True:
            try:
                updates = await self._call(watch.look)
            except MautodError as error:
                log.warning("the stream waits: %s", error)
                updates = []
            for reader in tuple(self._readers):
                reader.give(updates)
            await asyncio.sleep(self._look_s)


async def stream(request: web.Request, hub: Hub) -> web.StreamResponse:
    """Answer with the stream of the topics asked for, until the client or the daemon goes.

    Raises:
        BadInput: an unknown topic, or a Last-Event-ID that is no number.
    """
    topics, after = _topics(request), _after(request)
    reader, missed = await hub.subscribe(topics, after)
    response = web.StreamResponse(headers=_HEADERS)
    try:
        await response.prepare(request)
        await response.write(_PING + b"".join(map(_written, missed)))
        last = max((update.id for update in missed), default=0)
        await _write_all(response, reader, hub.ping_s, last)
    except ConnectionResetError:
        log.debug("a reader of the stream went away")
    finally:
        await hub.leave(reader)
    return response


async def _write_all(
    response: web.StreamResponse, reader: Reader, ping_s: float, last: int
) -> None:
    while True:
        try:
            update = await asyncio.wait_for(reader.waiting.get(), ping_s)
        except TimeoutError:
            await response.write(_PING)
            continue
        batch = [update, *_at_hand(reader)]
        news = [each for each in batch if each and not _known(each, last)]
        if news:
            await response.write(b"".join(map(_written, news)))
        if None in batch:
            return


def _at_hand(reader: Reader) -> Sequence[wire.Update | None]:
    return [reader.waiting.get_nowait() for _ in range(reader.waiting.qsize())]


def _known(update: wire.Update, last: int) -> bool:
    """Whether the reader got it already among what it had missed."""
    return update.topic == "events" and update.id <= last


def _written(update: wire.Update) -> bytes:
    body = msgspec.json.encode(update.body)
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (update.id, update.topic.encode(), body)


def _topics(request: web.Request) -> frozenset[str]:
    asked = request.query.get("topics", "")
    topics = frozenset(asked.split(",")) if asked else frozenset(wire.TOPICS)
    unknown = sorted(topics.difference(wire.TOPICS))
    if unknown:
        known = ", ".join(wire.TOPICS)
        raise BadInput(f"{unknown[0]!r} is no topic", field="topics", hint=f"Some of: {known}.")
    return topics


def _after(request: web.Request) -> int | None:
    given = request.headers.get("Last-Event-ID") or request.query.get("after")
    if not given:
        return None
    if not given.isdecimal() or len(given) > 18:  # noqa: PLR2004 - digits of a 63-bit number
        raise BadInput(f"{given!r} is no event id", field="Last-Event-ID")
    return int(given)
