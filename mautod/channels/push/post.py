"""Handing a message to the push service of one browser."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from mautod.channels.public import Guard, Private, check
from mautod.errors import BadInput

_GONE: Final = frozenset({404, 410})
_AGAIN: Final = frozenset({408, 425, 429})
_ERROR: Final = 500
_OK: Final = range(200, 300)
_TIMEOUT: Final = aiohttp.ClientTimeout(total=20)
_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True)
class Said:
    """What a service answered: `fate` is taken, gone, again, refused or doubt."""

    fate: str
    detail: str = ""
    code: str = ""


def check_endpoint(endpoint: str, private: frozenset[str]) -> None:
    """Whether messages may be posted there; `private` names hosts of our own networks.

    Raises:
        BadInput: it is no https address, or one inside.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput("the endpoint is no https address", field="endpoint") from error
    schemes = {"https", "http"} if f"{host}:{port}" in private else {"https"}
    if not host or "@" in parts.netloc or parts.scheme not in schemes:
        raise BadInput("the endpoint is no https address", field="endpoint")
    try:
        check(endpoint, private)
    except Private as error:
        raise BadInput("the endpoint is in a private network", field="endpoint") from error


class Services:
    """Push services; belongs to the event loop in which it first posts.

    What the name of a host leads to must be a public address, unless it is in `private`.
    """

    def __init__(self, private: frozenset[str]) -> None:
        self._private = private
        self._session: aiohttp.ClientSession | None = None
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def post(self, endpoint: str, body: bytes, headers: Mapping[str, str]) -> Said:
        """Post once; redirects are not followed. Never raises for a service's fault."""
        try:
            check_endpoint(endpoint, self._private)
            async with (
                self._turns,
                self._open().post(
                    endpoint, data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                return _said(response.status)
        except BadInput as error:
            return Said("refused", str(error))
        except aiohttp.ClientConnectorError as error:
            return Said("again", type(error).__name__)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return Said("doubt", f"no answer: {type(error).__name__}")

    async def close(self) -> None:
        """Close what is open; may be called twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=Guard(self._private), limit=_AT_ONCE)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=_TIMEOUT, trust_env=False
            )
        return self._session


def _said(status: int) -> Said:
    if status in _OK:
        return Said("taken", code=str(status))
    if status in _GONE:
        return Said("gone", "the browser is not there any more", str(status))
    fate = "again" if status in _AGAIN or status >= _ERROR else "refused"
    return Said(fate, f"the push service answers {status}", str(status))
