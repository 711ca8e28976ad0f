"""Fetches what Amazon publishes."""

from __future__ import annotations

from typing import Final

import aiohttp

from mautod.channels.email.providers.carrier import whole
from mautod.errors import Unavailable

_LARGEST: Final = 64 * 1024
_OK: Final = 200
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


async def fetch(url: str, connector: aiohttp.BaseConnector | None = None) -> bytes:
    """What is at `url`, at most 64 KB of it; redirects are not followed.

    Raises:
        Unavailable: it does not come.
    """
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != _OK:
                raise Unavailable(f"Amazon answers {response.status}.")
            return await whole(response, _LARGEST)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"Amazon does not answer: {error}") from error
