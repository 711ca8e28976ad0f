"""The servers of the email channel, made from its configuration."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from mautod.channels.email import providers
from mautod.channels.email.maildir import Maildir
from mautod.channels.email.mime import token
from mautod.channels.email.pool import Carrier, Pool
from mautod.channels.email.server import Server, Tls, hide_password, read_url
from mautod.channels.email.smtp import Smtp
from mautod.channels.email.turns import Turns
from mautod.channels.port import Net
from mautod.core.sending.domains import DomainLimit, Domains
from mautod.core.sending.fleet import Terms
from mautod.core.sending.warmup import EXPECTED, WarmUp, parse_warm_up
from mautod.duration import parse_duration
from mautod.errors import BadInput, ConfigError

MAIN: Final = "main"
"""The name of the one server that `url` alone describes."""
MOST: Final = 32
_MAILDIR: Final = "maildir:"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_DOMAIN: Final = re.compile(r"[^\s@]{1,253}")


class ServerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of several mail servers; with any of these, `url` of the channel is not used.

    Letters are shared out by weight among the servers that are well. One that fails is left alone
    for a while, and others take what it surely did not.
    """

    name: Annotated[
        str, Meta(description="What reports call it; letters, digits, dots and dashes.")
    ]
    url: Annotated[str, Meta(description="As `url` of the channel.")]
    weight: Annotated[
        int, Meta(description="Its share of the letters beside the others.", ge=1, le=1000)
    ] = 1
    rate_per_s: Annotated[
        float, Meta(description="The most letters that it gets in a second; 0 for no limit.", ge=0)
    ] = 0.0
    connections: Annotated[
        int, Meta(description="Connections to it at a time; 0 as the channel.", ge=0, le=64)
    ] = 0
    warm_up: Annotated[
        str,
        Meta(
            description="The most letters on its first days, for an address that is not known yet:"
            ' "50 doubling to 20000", or each day as "50, 100, 250"; no limit after the last.'
        ),
    ] = ""
    enabled: Annotated[bool, Meta(description="false: it gets no letters.")] = True

    def __repr__(self) -> str:
        return f"ServerConfig(name={self.name!r}, url={hide_password(self.url)!r})"


class DomainConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What single mail domains get at most, over all servers; the first entry that fits holds.

    Letters that have to wait for it keep their order; those to other domains go on.
    """

    name: Annotated[
        str | tuple[str, ...],
        Meta(
            description='Domains that share the limit, as ["gmail.com", "googlemail.com"]; each'
            ' domain found by a pattern, as "*.ru" or "*", has the limit for itself.'
        ),
    ]
    rate_per_s: Annotated[
        float, Meta(description="The most letters to it in a second; 0 for no limit.", ge=0)
    ] = 0.0
    connections: Annotated[
        int, Meta(description="Connections that carry letters to it; 0 for no limit.", ge=0)
    ] = 0


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """What of the channel's configuration says how letters leave."""

    url: str
    servers: Sequence[ServerConfig]
    domains: Sequence[DomainConfig]
    connections: int
    timeout: str
    tls: Tls
    ca: str
    hello: str


def pool_of(ways: Ways, net: Net) -> Pool:
    """All servers, ready to be opened.

    Raises:
        ConfigError: a name, an address or a schedule is unfit, or a secret is missing.
    """
    turns = Turns(Domains(limits_of(ways.domains)))
    servers = ways.servers or (ServerConfig(name=MAIN, url=ways.url),)
    _check_names([server.name for server in servers])
    carriers: dict[str, Carrier] = {}
    terms: list[Terms] = []
    for server in servers:
        carriers[server.name] = _carrier(server, ways, turns, net)
        terms.append(_terms(server))
    return Pool(carriers, terms, net.clock)


def connections_of(ways: Ways) -> int:
    """Connections of all servers that are in use."""
    own = [one.connections or ways.connections for one in ways.servers if one.enabled]
    return sum(own) or ways.connections


def limits_of(domains: Iterable[DomainConfig]) -> tuple[DomainLimit, ...]:
    """The limits by domain.

    Raises:
        ConfigError: a name is no domain.
    """
    return tuple(
        DomainLimit(_domains(one.name), one.rate_per_s, one.connections) for one in domains
    )


def _domains(given: str | tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in ((given,) if isinstance(given, str) else given))
    if not names or not all(map(_DOMAIN.fullmatch, names)):
        place = "channels.email.domain.name"
        raise ConfigError(
            f"{place}: {given!r} names no domain",
            field=place,
            hint='Write "gmail.com", ["gmail.com", "googlemail.com"] or "*.ru", without an @.',
        )
    return names


def _check_names(names: Sequence[str]) -> None:
    place = "channels.email.server.name"
    unfit = next((name for name in names if not _NAME.fullmatch(name)), None)
    if unfit is not None:
        raise ConfigError(
            f"{place}: {unfit!r} is no name",
            field=place,
            hint="Use small letters, digits, dots and dashes, 63 at most.",
        )
    if len(set(names)) < len(names):
        raise ConfigError(f"{place}: two servers share a name", field=place)
    if len(names) > MOST:
        raise ConfigError(f"{place}: {len(names)} servers; {MOST} at most", field=place)


def _terms(server: ServerConfig) -> Terms:
    return Terms(server.name, server.weight, server.rate_per_s, _warm_up(server), server.enabled)


def _warm_up(server: ServerConfig) -> WarmUp:
    try:
        return parse_warm_up(server.warm_up)
    except BadInput as error:
        place = "channels.email.server.warm_up"
        raise ConfigError(
            f"{place} of {server.name}: {error.message}", field=place, hint=f"Write {EXPECTED}."
        ) from error


def _carrier(server: ServerConfig, ways: Ways, turns: Turns, net: Net) -> Carrier:
    if server.url.startswith(_MAILDIR):
        folder = Path(server.url.removeprefix(_MAILDIR) or "outbox")
        return Maildir(net.folder / folder, net.clock)
    connections = server.connections or ways.connections
    if providers.scheme_of(server.url):
        return providers.create(server.url, net, connections, _timeout(ways.timeout))
    place = read_url(server.url, net.secret)
    reached = Server(
        host=place.host,
        port=place.port,
        implicit_tls=place.scheme == "smtps",
        tls=ways.tls,
        ca=str(net.folder / ways.ca) if ways.ca else "",
        user=place.user,
        password=place.password,
        hello=token(ways.hello or _own_name(net.url)),
        timeout_s=_timeout(ways.timeout),
    )
    return Smtp(reached, connections, turns)


def _timeout(text: str) -> float:
    try:
        return parse_duration(text) / 1000
    except BadInput as error:
        raise ConfigError(
            f"channels.email.timeout: {error}", field="channels.email.timeout"
        ) from error


def _own_name(url: str) -> str:
    host = urlsplit(url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        if "." in host and host.isascii():
            return host
    return socket.gethostname() or "localhost"
