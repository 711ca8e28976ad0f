"""Which addresses of the internet may be connected to when others name them: the public ones."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import AddressFamily
from typing import Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

_TRANSLATED: Final = IPv6Network("64:ff9b::/96")


class Private(OSError):
    """The name of a host leads into a private network, which the configuration does not allow."""


def check(url: str, private: Collection[str]) -> None:
    """An address that is written in figures is not resolved, so it is looked at here.

    `private`: hosts in small letters, with or without a port, that may live in private networks.

    Raises:
        Private: it is none of the open internet.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not is_public(address) and not _allowed(private, host, port):
        raise _private(host)


class Guard(AbstractResolver):
    """Resolves names, and knows no addresses in networks that are nobody's business."""

    def __init__(self, private: Collection[str]) -> None:
        self._private = private
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if _allowed(self._private, host, port):
            return found
        public = [each for each in found if is_public(ip_address(each["host"].partition("%")[0]))]
        if not public:
            raise _private(host)
        return public

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the open internet, whatever it is wrapped into."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address in _TRANSLATED or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def _allowed(private: Collection[str], host: str, port: int) -> bool:
    return host.lower() in private or f"{host.lower()}:{port}" in private


def _private(host: str) -> Private:
    return Private(f"{host} is in a private network; config.toml may allow it")
