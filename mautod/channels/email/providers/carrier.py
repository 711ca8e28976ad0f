"""Carries letters to a provider: calls side by side, each within its time, none twice.

What is promised about each letter: Sent and Failed were said by the provider; Retry means that it
cannot have the letter; Unknown that the call had begun and no answer came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

import aiohttp

from mautod.channels.email.providers.api import LONGEST_ANSWER, Answer, Api, Call, shown
from mautod.clock import Clock
from mautod.core.sending.message import Letter, Outcome, Retry, Unknown
from mautod.core.sending.retry import UNREACHABLE

_IDLE_S: Final = 5.0
_CONNECT_S: Final = 10.0
_CHUNK: Final = 65_536


class Provider:
    """One account; at most `connections` calls at a time. Belongs to one event loop."""

    def __init__(self, api: Api, connections: int, timeout_s: float, clock: Clock) -> None:
        self._api = api
        self._connections = connections
        self._timeout_s = timeout_s
        self._clock = clock
        self._free = asyncio.Semaphore(connections)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"Provider({self._api!r})"

    async def open(self) -> None:
        """Make ready; a connection is made when there is something to send."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Shorter than providers keep one: none is used that is just being closed.
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_IDLE_S),
                timeout=aiohttp.ClientTimeout(
                    total=self._timeout_s, sock_connect=min(_CONNECT_S, self._timeout_s / 2)
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        """Try each letter once; outcomes in the order of `batch`, same length."""
        most = max(1, min(self._api.most, -(-len(batch) // self._connections)))
        parts = [batch[start : start + most] for start in range(0, len(batch), most)]
        found = await asyncio.gather(*(self._hand_over(part) for part in parts))
        return [outcome for outcomes in found for outcome in outcomes]

    def forget(self, addresses: Collection[str]) -> int:  # noqa: ARG002 - nothing is kept here
        """What the provider has is out of reach."""
        return 0

    async def close(self) -> None:
        """Let go of the connections; may be called twice."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _hand_over(self, letters: Sequence[Letter]) -> list[Outcome]:
        async with self._free:
            answer = await self._answer(self._api.call(letters, self._clock()))
        if isinstance(answer, Answer):
            return self._api.outcomes(answer, letters)
        return [answer] * len(letters)

    async def _answer(self, call: Call) -> Answer | Retry | Unknown:
        await self.open()
        assert self._session is not None, "open has made it"
        try:
            async with self._session.post(
                call.url, data=call.body, headers=call.headers, allow_redirects=False
            ) as response:
                body = await whole(response, LONGEST_ANSWER)
                return Answer(response.status, response.headers, body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Retry(shown(f"no connection: {error}"), UNREACHABLE)
        except aiohttp.InvalidURL as error:
            return Retry(shown(f"no address: {error}"), UNREACHABLE)
        except TimeoutError:
            return Unknown(f"no answer in {self._timeout_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return Unknown(shown(f"the connection broke: {error}"))


async def whole(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The answer's body, or what comes of it until it is longer than `most`."""
    body = b""
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > most:
            break
    return body
