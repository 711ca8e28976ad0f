"""Fetches what Amazon publishes, and nothing from anywhere else."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from mautod.channels.email.providers.carrier import whole
from mautod.errors import Unavailable

Fetch = Callable[[str], Awaitable[bytes]]

_HOST: Final = re.compile(r"sns\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com(\.cn)?")
_LARGEST: Final = 64 * 1024
_OK: Final = 200
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


def is_amazons(url: str) -> bool:
    """Whether `url` is of SNS itself, by https, with nothing that could lead elsewhere."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \\@#")
    host = parts.netloc == parts.hostname and _HOST.fullmatch(parts.netloc)
    return bool(plain and host and parts.scheme == "https" and port is None)


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
