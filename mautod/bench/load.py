"""A load of our own, for machines without wrk: the same request on many connections, in a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mautod.clock import monotonic_s
from mautod.errors import Unavailable

_OK: Final = b"HTTP/1.1 200 "


@dataclass(frozen=True, slots=True)
class Shot:
    """One kind of request, and on how many connections it is sent; without a body a GET."""

    path: str
    body: bytes
    connections: int
    headers: Mapping[str, str]

    @property
    def method(self) -> str:
        return "POST" if self.body else "GET"


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last one has come."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._transport: asyncio.Transport | None = None
        self._answer = b""
        self.stopped = False
        self.done = 0
        self.failure = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        if not head.startswith(_OK):
            self.failure = head.partition(b"\r\n")[0]
            self.close()
            return
        self._answer = b""
        self.done += 1
        if not self.stopped and self._transport is not None:
            self._transport.write(self._request)

    def close(self) -> None:
        self.stopped = True
        if self._transport is not None:
            self._transport.close()


def run(shot: Shot, port: int, seconds: float) -> tuple[float, int]:
    """Requests answered with 200, a second and in all.

    Raises:
        Unavailable: an answer was another one.
    """
    return asyncio.run(_run(shot, port, seconds))


async def _run(shot: Shot, port: int, seconds: float) -> tuple[float, int]:
    loop = asyncio.get_running_loop()
    request = _request(shot)
    begin = monotonic_s()
    pairs = [
        await loop.create_connection(lambda: _Connection(request), "127.0.0.1", port)
        for _ in range(shot.connections)
    ]
    connections = [connection for _, connection in pairs]
    await asyncio.sleep(seconds)
    for connection in connections:
        connection.stopped = True
    done, took_s = sum(connection.done for connection in connections), monotonic_s() - begin
    for connection in connections:
        connection.close()
    failures = {connection.failure for connection in connections if connection.failure}
    if failures:
        raise Unavailable(f"{shot.path}: answered {failures.pop().decode('latin-1')}")
    return done / took_s, done


def _request(shot: Shot) -> bytes:
    lines = [f"{shot.method} {shot.path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in shot.headers.items()]
    lines.append(f"Content-Length: {len(shot.body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + shot.body


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or 0)
