"""What is Amazon's own, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Final
from urllib.parse import urlsplit

Fetch = Callable[[str], Awaitable[bytes]]
"""Answers with what is at an address; Raises Unavailable."""

_HOST: Final = re.compile(r"sns\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com(\.cn)?")


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


async def published(url: str) -> bytes:
    """What Amazon has at `url`.

    Raises:
        Unavailable: it does not come.
    """
    # Commands that fetch nothing need not wait for an HTTP client to load.
    fetch: Fetch = import_module("mautod.channels.email.hooks.https").fetch
    return await fetch(url)
