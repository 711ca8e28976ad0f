"""One TCP or TLS connection to a mail server: bytes out, answers in."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from ssl import SSLError
from typing import Final, cast

from mautod.channels.email.replies import Cut, Replies, Reply
from mautod.channels.email.server import Server

_CONNECT_S: Final = 10.0


class Line(asyncio.Protocol):
    """The connection; it is used by one task at a time."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._transport: asyncio.Transport | None = None
        self._parser = Replies()
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._lost = ""
        self.secure = False
        self.held = False
        """True while the end of the last `write` up to `after` has surely not left."""

    @property
    def usable(self) -> bool:
        """Open, and the server has not spoken out of turn (as it does to say good-bye)."""
        return not self._lost and not self._replies and not self._parser.pending

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._replies.extend(self._parser.feed(data))
        except Cut as cut:
            self._lose(str(cut))
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(f"connection lost: {_why(exc)}" if exc else "the server closed the connection")

    def eof_received(self) -> None:
        self._lose("the server closed the connection")

    def pause_writing(self) -> None:
        self.held = True

    def resume_writing(self) -> None:
        self.held = False

    def write(self, sent: bytes, after: int = 0) -> None:
        """Send; `held` then tells whether all but the last `after` bytes have left.

        Raises:
            Cut: the connection is gone.
        """
        if self._lost or self._transport is None:
            raise Cut(self._lost or "not connected")
        self.held = False
        # The transport calls pause_writing above the mark and resume_writing at it; asyncio's TLS
        # transport already at the mark.
        self._transport.set_write_buffer_limits(high=after + self.secure, low=after)
        self._transport.write(sent)

    async def reply(self) -> Reply:
        """The next answer.

        Raises:
            Cut: there will be none: connection lost, nonsense, or time over.
        """
        while not self._replies:
            if self._lost:
                raise Cut(self._lost)
            await self._wait()
        return self._replies.popleft()

    async def start_tls(self, server: Server) -> None:
        """Go on under TLS.

        Raises:
            Cut: it did not come about.
        """
        # What came in plain text after the go-ahead may be somebody else's.
        if not self.usable or self._transport is None:
            raise Cut(self._lost or "the server spoke before TLS began")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT_S):
                transport = await loop.start_tls(
                    self._transport, self, server.context(), server_hostname=server.host
                )
        except (OSError, SSLError, TimeoutError) as error:
            self.abort()
            raise Cut(f"TLS failed: {_why(error)}") from error
        if transport is None:
            raise Cut(self._lost or "TLS failed")
        self._transport = transport
        self.secure = True

    def abort(self) -> None:
        """Drop the connection at once."""
        self._lose("closed by us")
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._waiter
        except TimeoutError as error:
            raise Cut(f"no answer in {self._timeout_s:g} s") from error
        finally:
            self._waiter = None

    def _lose(self, why: str) -> None:
        self._lost = self._lost or why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def connect(server: Server) -> Line:
    """A connection on which nothing has been said.

    Raises:
        Cut: the server cannot be reached.
    """
    loop = asyncio.get_running_loop()
    context = server.context() if server.implicit_tls else None
    try:
        async with asyncio.timeout(min(_CONNECT_S, server.timeout_s)):
            _, line = await loop.create_connection(
                lambda: Line(server.timeout_s), server.host, server.port, ssl=context
            )
    except (OSError, SSLError, TimeoutError) as error:
        raise Cut(f"{server.host}:{server.port}: {_why(error)}") from error
    line.secure = server.implicit_tls
    return line


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    # asyncio puts words of its own into strerror and leaves the number.
    if isinstance(error, OSError) and error.errno and not isinstance(error, SSLError):
        return os.strerror(error.errno)
    return str(error) or type(error).__name__
