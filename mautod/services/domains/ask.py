"""Asks DNS, through the machine's resolver or a named one."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from dns.exception import DNSException
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT
from dns.resolver import NXDOMAIN, NoAnswer, Resolver
from dns.reversename import from_address

from mautod.errors import BadInput, Unavailable

LONGEST_S: Final = 5.0
_PORT: Final = 53


class Dns:
    """Answers are in small letters where case does not matter, names without the last dot.

    A name that is not there, or has nothing of the kind, has an empty answer. Every method raises
    Unavailable if no server answers in `LONGEST_S`.
    """

    def __init__(self, server: str = "") -> None:
        """`server` is an IP address, with a port if it is not 53.

        Raises:
            BadInput: it is none.
            Unavailable: this machine knows no resolver.
        """
        try:
            self._resolver = Resolver(configure=not server)
        except (DNSException, OSError) as error:
            raise Unavailable(
                f"This machine knows no DNS server: {error}", hint="Name one with --resolver."
            ) from error
        if server:
            self._resolver.nameservers, self._resolver.port = _server(server)
        self._resolver.lifetime = LONGEST_S

    def txt(self, name: str) -> list[str]:
        """The TXT records of a name, each put together of its pieces."""
        return [
            b"".join(record.strings).decode("utf-8", "replace")
            for record in self._ask(name, "TXT")
            if isinstance(record, TXT)
        ]

    def mx(self, name: str) -> list[str]:
        """The mail servers of a name, the preferred first; an empty one takes no mail at all."""
        records = [record for record in self._ask(name, "MX") if isinstance(record, MX)]
        records.sort(key=lambda record: record.preference)
        return [_bare(str(record.exchange)) for record in records]

    def addresses(self, name: str) -> list[str]:
        """The IP addresses of a name, both kinds."""
        return [str(record) for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def names(self, address: str) -> list[str]:
        """The names of an IP address."""
        return [_bare(str(record)) for record in self._ask(str(from_address(address)), "PTR")]

    def _ask(self, name: str, kind: str) -> list[object]:
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, OSError) as error:
            why = str(error).partition(":")[0].rstrip(".")
            raise Unavailable(
                f"DNS does not answer about {name}: {why}.",
                hint="Try again, or name another server: --resolver 9.9.9.9",
            ) from error


def _server(text: str) -> tuple[list[str], int]:
    host, colon, port = text.rpartition(":")
    if not colon or text.count(":") > 1:
        host, port = text, str(_PORT)
    try:
        return [str(ip_address(host.strip("[]")))], int(port)
    except ValueError as error:
        raise BadInput(
            f"{text!r} is no address of a DNS server.", field="resolver", hint="As: 9.9.9.9"
        ) from error


def _bare(name: str) -> str:
    return name.rstrip(".").lower()
