"""Who calls, and under which address they reached us."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

_HOST: Final = re.compile(r"[A-Za-z0-9._\-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


def address_of(request: web.Request, *, trust_proxy: bool) -> str:
    """The caller's IP address; behind a trusted proxy the one that the proxy itself saw."""
    if trust_proxy:
        seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        try:
            return str(ip_address(seen))
        except ValueError:
            pass
    return request.remote or ""


def base_url(request: web.Request, public_url: str, *, trust_proxy: bool) -> str:
    """The address of this daemon as the caller's browser sees it, without a slash at its end.

    `public_url` is the configured one: it counts where the caller's Host is unfit, and its scheme
    where the Host is the same, because a proxy may end TLS before us.
    """
    host = request.headers.get("Host", "")
    if _HOST.fullmatch(host) is None or host == urlsplit(public_url).netloc:
        return public_url.rstrip("/")
    scheme = request.headers.get("X-Forwarded-Proto", "") if trust_proxy else ""
    return f"{scheme if scheme in {'http', 'https'} else request.scheme}://{host}"
