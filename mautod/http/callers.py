"""Who calls what pages of any site may call: a known key, not too often, and what is proven."""

from __future__ import annotations

import asyncio

from aiohttp import web

from mautod.core.people.identity import proves
from mautod.errors import Unauthorized
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.visitor import address_of


def admit(
    request: web.Request, write_key: str, keys: WriteKeys, limit: RateLimit, *, trust_proxy: bool
) -> tuple[str, str]:
    """Let a call pass; its source, and the address that it comes from.

    Raises:
        Unauthorized: no write key that we know.
        TooMany: over the rate of its key and address.
    """
    source = keys.find(write_key)
    if source is None:
        raise Unauthorized("no write key that is known here", field="writeKey")
    address = address_of(request, trust_proxy=trust_proxy)
    limit.take(source, address, asyncio.get_running_loop().time())
    return source, address


def proven(secret: str, user_id: str, user_hash: str) -> str:
    """The user id if it comes with its proof, else nobody's; without a secret nothing is proof."""
    return user_id if secret and proves(secret, user_id, user_hash) else ""
