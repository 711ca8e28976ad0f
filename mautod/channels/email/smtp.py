"""Mail over SMTP: a few sessions, kept open, that share each batch between them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from mautod.channels.email.courier import Batch, Courier
from mautod.channels.email.replies import Cut
from mautod.channels.email.server import Server
from mautod.channels.email.session import Session, log_in
from mautod.channels.email.turns import Turns
from mautod.core.sending.message import Letter, Outcome

_IDLE_S: Final = 15.0
_LETTERS_A_SESSION: Final = 4
_MOST_FAILURES: Final = 2


class Smtp:
    """At most `connections` sessions with one server, whatever number of batches is under way."""

    def __init__(self, server: Server, connections: int, turns: Turns) -> None:
        self._server = server
        self._connections = connections
        self._turns = turns
        self._free = asyncio.Semaphore(connections)
        self._idle: list[Session] = []
        self._farewell: asyncio.TimerHandle | None = None
        self._parting: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"Smtp({self._server!r})"

    async def open(self) -> None:
        """Check what can be checked without the server.

        Raises:
            ConfigError: the `ca` file cannot be read.
        """
        if self._server.implicit_tls or self._server.tls != "never":
            self._server.context()

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        """Try each letter once; outcomes in the order of `batch`, same length."""
        self._stay()
        shared = Batch(batch, self._turns)
        sessions = min(self._connections, -(-len(shared) // _LETTERS_A_SESSION))
        async with asyncio.TaskGroup() as group:
            for _ in range(sessions):
                group.create_task(self._work(shared))
        self._leave_later()
        return shared.outcomes()

    def forget(self, addresses: Collection[str]) -> int:  # noqa: ARG002 - nothing is kept here
        """Letters that the server took are out of reach."""
        return 0

    async def close(self) -> None:
        """Say good-bye on all idle sessions."""
        self._stay()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(session.quit() for session in idle), *self._parting)

    async def _work(self, batch: Batch) -> None:
        """Carry letters until none waits, or fresh sessions have failed twice in a row."""
        failures = 0
        async with self._free:
            while len(batch) and failures < _MOST_FAILURES:
                try:
                    session = await self._session()
                except Cut as cut:
                    batch.trouble = cut
                    return
                if not await self._carried(session, batch):
                    failures = 0 if session.served else failures + 1
                elif len(batch):
                    await batch.turn()

    async def _carried(self, session: Session, batch: Batch) -> bool:
        courier = Courier(session, batch)
        try:
            await courier.run()
        except Cut as cut:
            courier.give_up(cut)
            session.line.abort()
            return False
        except BaseException:
            session.line.abort()
            raise
        self._idle.append(session)
        return True

    async def _session(self) -> Session:
        while self._idle:
            session = self._idle.pop()
            if session.line.usable:
                session.served = True
                return session
            session.line.abort()
        return await log_in(self._server)

    def _leave_later(self) -> None:
        self._stay()
        if self._idle:
            self._farewell = asyncio.get_running_loop().call_later(_IDLE_S, self._leave)

    def _leave(self) -> None:
        idle, self._idle = self._idle, []
        for session in idle:
            parting = asyncio.ensure_future(session.quit())
            self._parting.add(parting)
            parting.add_done_callback(self._parting.discard)

    def _stay(self) -> None:
        if self._farewell is not None:
            self._farewell.cancel()
            self._farewell = None
