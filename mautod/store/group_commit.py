"""Group commit: many requests wait together for one fsync, and only then are they answered.

One thread writes. While it commits a group, the event loop gathers the next one, so groups grow
with the load by themselves. A second group ready for the thread would keep it busier with smaller
ones: measured, a fifth fewer requests a second.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Final

from mautod.core.envelope import Request
from mautod.errors import Unavailable
from mautod.store.journal import Journal

log = logging.getLogger(__name__)

Waiting = tuple[Request, "asyncio.Future[None]"]

MAX_QUEUED_BYTES: Final = 64 * 1024 * 1024
GROUP_ROWS: Final = 512


class GroupCommit:
    """The way into the journal for one event loop; made and used within it.

    `limit` requests may wait for the disk; `on_commit` is called in the loop after each commit.
    """

    def __init__(
        self, journal: Journal, *, limit: int, on_commit: Callable[[], None] | None = None
    ) -> None:
        self._journal = journal
        self._limit = limit
        self._on_commit = on_commit
        self._loop = asyncio.get_running_loop()
        self._gathered: list[Waiting] = []
        self._rows = 0
        self._bytes = 0
        self._committing = False
        self._closing = False
        self._flush_due = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._groups: queue.SimpleQueue[list[Waiting] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many requests wait for the disk now."""
        return self._rows

    def write(self, request: Request) -> asyncio.Future[None]:
        """Queue `request`; the future is done when it is on disk.

        Await it inside the handler: only then may the client be told.

        Raises:
            Unavailable: too much waits already, the disk is full, or we are stopping.
        """
        size = len(request.body)
        if self._rows >= self._limit or self._bytes + size > MAX_QUEUED_BYTES:
            raise Unavailable("too many requests wait for the disk", retry_after_s=1)
        if self._closing:
            raise Unavailable("stopping", retry_after_s=5)
        done = self._loop.create_future()
        self._gathered.append((request, done))
        self._idle.clear()
        self._rows += 1
        self._bytes += size
        if not self._flush_due and not self._committing:
            self._flush_due = True
            self._loop.call_soon(self._flush)
        return done

    async def close(self) -> None:
        """Commit what waits, take nothing more, end the thread; idempotent."""
        self._closing = True
        await self._idle.wait()
        self._groups.put(None)
        await asyncio.to_thread(self._thread.join)

    def _flush(self) -> None:
        """Hand what the last turn of the loop gathered to the thread, as one group."""
        self._flush_due = False
        group = self._gathered[:GROUP_ROWS]
        if not group:
            return
        del self._gathered[:GROUP_ROWS]
        self._committing = True
        self._groups.put(group)

    def _run(self) -> None:
        while (group := self._groups.get()) is not None:
            error: Exception | None = None
            try:
                self._journal.append_sync([request for request, _ in group])
            except Unavailable as caught:
                error = caught
            except Exception as caught:
                log.exception("a group of %d requests cannot be kept", len(group))
                error = caught
            self._loop.call_soon_threadsafe(self._done, group, error)

    def _done(self, group: list[Waiting], error: Exception | None) -> None:
        self._committing = False
        self._rows -= len(group)
        self._bytes -= sum(len(request.body) for request, _ in group)
        for _, future in group:
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(_own(error))
        self._flush()
        if not self._rows:
            self._idle.set()
        if error is None and self._on_commit is not None:
            self._on_commit()


def _own(error: Exception) -> Exception:
    """An instance for one waiter: raising a shared one would pile up tracebacks in it."""
    if isinstance(error, Unavailable):
        return Unavailable(error.message, retry_after_s=error.retry_after_s, hint=error.hint)
    return Unavailable(f"the journal cannot be written: {type(error).__name__}", retry_after_s=5)
