"""The show: build the stage, play everybody, wait until all is quiet, audit the books."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import aiohttp

from mautod.client import Client
from mautod.clock import monotonic_s, now_ms
from mautod.demo.audit import Books, Line, audit, fetch
from mautod.demo.cast import Visitor, cast
from mautod.demo.sink import Letter, Sink
from mautod.demo.site import Site
from mautod.demo.stage import Stage
from mautod.duration import SECOND
from mautod.errors import Unavailable

Tell = Callable[[str, int, int], None]
"""Hears of progress: what goes on, how much is done, how much there is."""

SHOW_S: Final = 50.0
QUIET_LOOKS: Final = 4
LOOK_S: Final = 0.3
SOON_MS: Final = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Result:
    """How the show went."""

    books: Books
    lines: list[Line]
    seconds: float

    @property
    def holds(self) -> bool:
        return all(line.holds for line in self.lines)


class Show:
    """One performance on a running stage."""

    def __init__(self, stage: Stage, sink: Sink, site: Site, client: Client, tell: Tell) -> None:
        self.stage = stage
        self.client = client
        self._sink = sink
        self._site = site
        self._tell = tell
        self._visitors: list[Visitor] = []
        self._reading: set[asyncio.Task[None]] = set()

    async def play(self) -> Result:
        """Play everything and wait until nothing is under way any more.

        Raises:
            Unavailable: the daemon does not answer, or does not come to rest in time.
        """
        began_s = monotonic_s()
        now = datetime.fromtimestamp(now_ms() / 1000).astimezone()
        self._visitors = cast(now)
        by_email = {visitor.email: visitor for visitor in self._visitors}
        self._sink.on_letter = lambda letter: self._hand_over(by_email[letter.recipient], letter)
        for number, visitor in enumerate(self._visitors, 1):
            await self._site.visit(visitor, now)
            self._tell("visitors come", number, len(self._visitors))
        await self._site.talk_nonsense()
        await self._quiet(began_s + SHOW_S)
        books = await fetch(self.client, self._site.played.events)
        lines = audit(books, self._site.played, self._sink.letters, self._visitors)
        return Result(books, lines, monotonic_s() - began_s)

    def _hand_over(self, visitor: Visitor, letter: Letter) -> None:
        task = asyncio.get_running_loop().create_task(self._site.read(visitor, letter))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _quiet(self, deadline_s: float) -> None:
        quiet = 0
        while quiet < QUIET_LOOKS:
            if monotonic_s() > deadline_s:
                raise Unavailable("the shop does not come to rest", hint=f"See {self.stage.log}.")
            await asyncio.sleep(LOOK_S)
            quiet = quiet + 1 if await self._is_quiet() else 0

    async def _is_quiet(self) -> bool:
        if self._reading:
            return False
        status = await self.client.status()
        self._tell("letters go out and come back", len(self._sink.letters), 0)
        soon = status.next_due_at is not None and status.next_due_at < status.now + SOON_MS
        sending = status.messages.get("sending", 0)
        return not (soon or sending or status.journal.pending or status.inbox)


@asynccontextmanager
async def show(tell: Tell) -> AsyncIterator[Show]:
    """A stage with a daemon on it; gone afterwards, unless something failed there."""
    folder = Path(tempfile.mkdtemp(prefix="mautod-demo-"))
    sink = Sink()
    stage = Stage(folder / "shop", free_port(), await sink.start())
    await asyncio.to_thread(stage.build)
    tell("the daemon starts", 0, 0)
    try:
        await stage.start()
        async with (
            aiohttp.ClientSession() as http,
            Client(stage.url, stage.secret("MAUTOD_API_KEY")) as client,
        ):
            site = Site(http, stage.url, stage.secret("MAUTOD_WRITE_KEY"))
            yield Show(stage, sink, site, client, tell)
    finally:
        await asyncio.to_thread(stage.stop)
        await sink.stop()
    shutil.rmtree(folder)


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
