"""What happens, as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

import aiohttp

from mautod import errors, wire
from mautod.client.http import CONNECT_S, Http, decode, raise_for

SILENCE_S: Final = 40.0
"""Longer than the daemon's pings are apart; a stream that is silent for so long is dead."""

_BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class StreamClient(Http):
    """The stream of updates, across lost connections."""

    async def stream(
        self, topics: Iterable[str] = wire.TOPICS, after: int | None = None
    ) -> AsyncIterator[wire.Update]:
        """What happens from now on, or after event `after`; goes on through lost connections.

        Yields topic `link` whenever the connection comes up or goes down. Never ends by itself.

        Raises:
            Unauthorized, Forbidden, BadInput, NotFound: asking again would not help.
        """
        last, failures, told = after, 0, ""
        while True:
            detail = "the daemon closed the stream"
            try:
                async for update in self._connection(topics, last):
                    failures, told, last = 0, "", max(last or 0, update.id)
                    yield update
            except errors.Unavailable as error:
                detail = error.message
            if detail != told:
                told = detail
                yield wire.Update("link", last or 0, wire.Link(up=False, detail=detail))
            await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1

    async def _connection(
        self, topics: Iterable[str], last: int | None
    ) -> AsyncIterator[wire.Update]:
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_read=SILENCE_S)
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        params = {"topics": ",".join(topics)}
        try:
            async with self._session().get(
                self._address("stream"), headers=headers, params=params, timeout=timeout
            ) as answer:
                await raise_for(answer)
                yield wire.Update("link", last or 0, wire.Link(up=True))
                async for update in _updates(answer.content):
                    yield update
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unavailable(error) from error


async def _updates(lines: aiohttp.StreamReader) -> AsyncIterator[wire.Update]:
    """Server-sent events as updates; topics that this version does not know are skipped."""
    fields: dict[bytes, bytes] = {}
    async for raw in lines:
        line = raw.rstrip(b"\r\n")
        if line:
            name, _, value = line.partition(b":")
            fields[name] = value.removeprefix(b" ")
            continue
        update = _update(fields)
        fields = {}
        if update is not None:
            yield update


def _update(fields: Mapping[bytes, bytes]) -> wire.Update | None:
    topic = fields.get(b"event", b"").decode()
    if topic not in wire.BODIES:
        return None
    body: Any = decode(wire.BODIES[topic], fields.get(b"data", b""))
    last = fields.get(b"id", b"0")
    return wire.Update(topic, int(last) if last.isdigit() else 0, body)
