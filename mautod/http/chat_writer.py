"""What visitors do, written in groups: who comes while the disk is busy shares the next commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from mautod.errors import MautodError
from mautod.store.db import Database, Tx

MOST: Final = 500
Act = Callable[[Tx], None]
Waiting = tuple[Act, asyncio.Future[None]]


class ChatWriter:
    """Acts in the order in which they came, each whole or not at all.

    An act that refuses does so before it writes anything.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[Waiting] = []
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chat-write")

    async def write(self, act: Act) -> None:
        """Do it; on disk when this returns.

        Raises:
            MautodError: what the act refused with, or the disk is full and nothing was done.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((act, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            acts = [act for act, _ in group]
            told = await loop.run_in_executor(self._thread, self._together, acts)
            for (_, done), error in zip(group, told, strict=True):
                if done.done():
                    continue  # whoever asked has gone; it is done all the same
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

    def _together(self, acts: list[Act]) -> list[Exception | None]:
        """All in one transaction; if that fails, one by one, so that one harms no other."""
        try:
            with self._db.write() as tx:
                return [_refusal(act, tx) for act in acts]
        except Exception as error:  # noqa: BLE001 - told to whoever asked for it
            if len(acts) == 1:
                return [error]
            return [each for act in acts for each in self._together([act])]


def _refusal(act: Act, tx: Tx) -> Exception | None:
    try:
        act(tx)
    except MautodError as error:
        return error
    return None
