"""Reads that end when nobody waits for their answer any more.

A rule is counted at every pause in typing, and over a million people a count takes a thread its
second.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

from mautod.errors import Unavailable
from mautod.store.db import Database, Tx

LOOK_S: Final = 0.1


class Read:
    """A call in a thread of a pool, which `stop` makes fail if it still reads from `db`."""

    def __init__(self, db: Database, call: Callable[[], object]) -> None:
        self._db = db
        self._call = call
        self._turn = threading.Lock()
        self._connection: Tx | None = None

    def run(self) -> object:
        """Call, in the thread whose connection it reads by."""
        with self._turn:
            self._connection = self._db.read()
        try:
            return self._call()
        finally:
            with self._turn:
                self._connection = None

    def stop(self) -> None:
        """Interrupt the statement that runs, if any; from any thread."""
        with self._turn:
            if self._connection is not None:
                self._connection.interrupt()


async def read_while(
    waited_for: Callable[[], bool], pool: Executor, db: Database, call: Callable[[], object]
) -> object:
    """The answer of `call`, made in `pool`; whatever it raises.

    Raises:
        Unavailable: nobody waits for it any more; the statement was interrupted.
    """
    read = Read(db, call)
    future = asyncio.get_running_loop().run_in_executor(pool, read.run)
    try:
        while not future.done() and waited_for():
            await asyncio.wait([future], timeout=LOOK_S)
    finally:
        if not future.done():
            _stop(read, future)
    if not future.done():
        raise Unavailable("the asker went away")
    return future.result()


def _stop(read: Read, future: asyncio.Future[object]) -> None:
    """Interrupt until it ends: the next statement may not have begun yet."""
    if future.done():
        if not future.cancelled():
            future.exception()  # what it raises is nobody's concern
    else:
        read.stop()
        future.get_loop().call_later(LOOK_S, _stop, read, future)
