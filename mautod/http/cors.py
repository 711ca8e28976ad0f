"""Pages of any site may call what visitors' browsers call; nothing there uses cookies."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import hdrs, web

_HEADER_NAMES: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~\-, ]{1,1024}")
_EXPOSED: Final = "Retry-After"
_MAX_AGE_S: Final = "86400"


def open_to_pages(request: web.Request, response: web.StreamResponse) -> None:
    """Let a page of another origin read `response`, and how long it must wait after a 429."""
    if hdrs.ORIGIN in request.headers:
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED


async def preflight(request: web.Request) -> web.Response:
    """Allow what is asked for.

    Clients send headers of their own making, and in a retry others than at first: a fixed list
    would let first tries pass and fail exactly the retries.
    """
    headers: dict[str, str] = {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, OPTIONS",
        hdrs.ACCESS_CONTROL_MAX_AGE: _MAX_AGE_S,
        hdrs.VARY: hdrs.ACCESS_CONTROL_REQUEST_HEADERS,
    }
    asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "")
    if _HEADER_NAMES.fullmatch(asked):
        headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = asked
    if "Access-Control-Request-Private-Network" in request.headers:
        headers["Access-Control-Allow-Private-Network"] = "true"
    return web.Response(status=204, headers=headers)
