"""Compares what DNS says of the sending domains with what letters will need, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from mautod.channels.email.address import split_mailbox
from mautod.channels.email.dkim.keys import Key, find_keys, zone_text
from mautod.config import Settings
from mautod.errors import MautodError, Unavailable
from mautod.services.definitions.made import made_segments
from mautod.services.definitions.workspace import validate
from mautod.services.doctor import Finding, Level
from mautod.services.domains import records, spf
from mautod.services.domains.ask import Dns
from mautod.services.domains.senders import Senders, senders
from mautod.services.domains.spf import Spf

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_INCLUDES: Final = {
    "ses": "include:amazonses.com",
    "postmark": "include:spf.mtasv.net",
    "mailgun": "include:mailgun.org",
    "sendgrid": "include:sendgrid.net",
}
_POLICIES: Final = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Route:
    """How letters leave: through this machine's own server, another's, or a provider.

    `host` is the name that this machine greets with, empty if others do.
    """

    scheme: str
    host: str

    @property
    def is_provider(self) -> bool:
        return self.scheme in _INCLUDES


def examine_dns(settings: Settings, server: str = "") -> list[Finding]:
    """What is published of the domains that letters are from.

    Raises:
        BadInput: `server` is no address of a DNS server.
        Unavailable: no server answers.
    """
    dns = Dns(server)
    try:
        ours = senders(settings)
        routes = _routes(settings, ours)
        found = [*_returns(dns, ours, routes)]
        for domain in _domains(settings, ours):
            found += _domain(dns, ours, domain, routes)
    except Unavailable:
        raise
    except MautodError as error:
        return [Finding("dns", "wrong", error.message, error.hint)]
    return found


def _routes(settings: Settings, ours: Senders) -> list[Route]:
    """Every way that letters leave by, each once."""
    hello = ours.email.hello or urlsplit(settings.config.workspace.url).hostname or ""
    return list(dict.fromkeys(_route(url, hello) for url in ours.urls))


def _route(url: str, hello: str) -> Route:
    parts = urlsplit(url)
    if not parts.scheme.startswith("smtp"):
        return Route(parts.scheme, "")
    return Route("smtp", hello if parts.hostname in _LOOPBACK else "")


def _own(routes: Sequence[Route]) -> Route | None:
    """The way that this machine answers for: its own server's before another's; None if none is."""
    ours = [route for route in routes if not route.is_provider]
    return max(ours, key=lambda route: route.host != "", default=None)


def _domains(settings: Settings, ours: Senders) -> list[str]:
    """The usual sender's domain, then those of templates with a sender of their own."""
    try:
        templates = validate(settings.workspace, made=made_segments(settings)).templates
        own = [split_mailbox(t.sender)[1].rpartition("@")[2] for t in templates if t.sender]
    except MautodError:
        own = []
    return list(dict.fromkeys([ours.domain, *sorted(own)]))


# --- the way out and back -----------------------------------------------------------------------


def _returns(dns: Dns, ours: Senders, routes: Sequence[Route]) -> Iterator[Finding]:
    route = _own(routes)
    addresses = dns.addresses(route.host) if route and route.host else []
    if route is not None:
        yield _spf(dns, ours.returns, addresses, route)
        yield _mx(dns, ours.returns, "bounces come back to")
    if ours.mailbox and ours.mailbox != ours.returns:
        yield _mx(dns, ours.mailbox, "answers come back to")
    if route is not None and route.host:
        yield _ptr(dns, route.host, addresses)


def _spf(dns: Dns, domain: str, addresses: list[str], route: Route) -> Finding:
    found = spf.records(dns, domain)
    looks = [Spf(dns, address) for address in addresses or ["192.0.2.1"]]
    results = [look.check(domain) for look in looks]
    check, broken = f"spf {domain}", next((look.trouble for look in looks if look.trouble), "")
    if not found:
        return Finding(check, "wrong", "No SPF record.", _publish(domain, _spf_text(addresses)))
    if broken:
        hint = f"It says: {' / '.join(found)}"
        return Finding(check, "wrong", f"The SPF record is broken: {broken}.", hint)
    if not addresses:
        if "pass" in results:
            return Finding(check, "wrong", "Anybody may send for it.", "End the record with -all.")
        return Finding(check, "ok", f"There is a record: {found[0]}")
    refused = [
        look.address for look, result in zip(looks, results, strict=True) if result != "pass"
    ]
    if refused:
        message = f"{', '.join(refused)}, where {route.host} sends from, may not send for it."
        hint = f"Add {' '.join(map(_mechanism, refused))} to: {found[0]}"
        return Finding(check, "wrong", message, hint)
    return Finding(check, "ok", f"{', '.join(addresses)} may send for it.")


def _spf_text(addresses: list[str]) -> str:
    return f"v=spf1 {' '.join(map(_mechanism, addresses)) or 'a mx'} ~all"


def _mechanism(address: str) -> str:
    return f"ip{6 if ':' in address else 4}:{address}"


def _mx(dns: Dns, domain: str, what: str) -> Finding:
    check, hosts = f"mx {domain}", dns.mx(domain)
    if hosts == [""]:
        message = f"It says that it takes no mail (null MX), and {what} it."
        return Finding(check, "wrong", message, _publish(domain, f"10 mail.{domain}.", "MX"))
    if hosts:
        return Finding(check, "ok", f"Mail is taken by {', '.join(hosts)}.")
    if dns.addresses(domain):
        return Finding(check, "note", f"No MX: {what} the machine {domain} itself.")
    message = f"Nobody takes mail for it, and {what} it."
    return Finding(check, "wrong", message, _publish(domain, f"10 mail.{domain}.", "MX"))


def _ptr(dns: Dns, host: str, addresses: list[str]) -> Finding:
    """Names and addresses that lead to each other, as receivers ask for."""
    check = f"ptr {host}"
    if not addresses:
        hint = _publish(host, "the address of this machine", "A") + "\nOr set hello in config.toml."
        return Finding(check, "wrong", "The name that servers are greeted with is unknown.", hint)
    bad = [one for one in addresses if not _leads_back(dns, one)]
    if not bad:
        return Finding(check, "ok", f"{', '.join(addresses)} and its name lead to each other.")
    lines = tuple(f"{one}: {', '.join(dns.names(one)) or 'no name'}" for one in bad)
    hint = f"Ask who gave you the address to set its reverse name (PTR) to {host}."
    message = "Addresses without a name that leads back to them; large receivers refuse them."
    return Finding(check, "wrong", message, hint, lines)


def _leads_back(dns: Dns, address: str) -> bool:
    return any(address in dns.addresses(name) for name in dns.names(address)[:5])


# --- a domain that letters are from -------------------------------------------------------------


def _domain(dns: Dns, ours: Senders, domain: str, routes: Sequence[Route]) -> Iterator[Finding]:
    yield _from(dns, domain)
    keys = find_keys(ours.keys, domain, ours.email.dkim.selector)
    for route in routes:
        if route.is_provider:
            yield _signs(route, domain)
    if _own(routes) is None:
        keys = []
    elif not keys:
        hint = f"Run: mautod dkim init --domain {domain}"
        yield Finding(f"dkim {domain}", "wrong", "Letters from it are not signed.", hint)
    else:
        yield from (_dkim(dns, key) for key in keys)
    yield _dmarc(dns, ours, domain, keys, by_others=_own(routes) is None)


def _signs(route: Route, domain: str) -> Finding:
    include = _INCLUDES[route.scheme]
    message = f"{route.scheme} signs and has its own return path; see its page on {domain}."
    hint = f"Its servers send for a domain whose SPF record has {include}"
    return Finding(f"dkim {domain}", "note", message, hint)


def _from(dns: Dns, domain: str) -> Finding:
    """Receivers refuse mail from a domain that cannot be answered."""
    hosts = dns.mx(domain)
    if hosts == [""]:
        message = "It says that it takes no mail (null MX): receivers refuse letters from it."
        return Finding(f"from {domain}", "wrong", message, "Send from a domain that takes mail.")
    if hosts or dns.addresses(domain):
        return Finding(f"from {domain}", "ok", "It can be answered.")
    message = "It has neither MX nor address: receivers refuse letters from it."
    hint = _publish(domain, f"10 mail.{domain}.", "MX")
    return Finding(f"from {domain}", "wrong", message, hint)


def _dkim(dns: Dns, key: Key) -> Finding:
    check, texts = f"dkim {key.kind}", dns.txt(key.host)
    level: Level = "wrong" if key.kind == "rsa" else "note"
    publish = _publish(key.host, key.record)
    if not texts:
        return Finding(check, level, f"{key.host} is not published.", publish)
    if len(texts) > 1:
        return Finding(check, "wrong", f"{key.host} has {len(texts)} records.", publish)
    found = records.tags(texts[0])
    if found.get("p") != key.public:
        gone = "is revoked" if found.get("p") == "" else "is another key than the one here"
        return Finding(check, "wrong", f"What {key.host} publishes {gone}.", publish)
    if "y" in found.get("t", "").split(":"):
        message = f"{key.host} says that it is only being tried out (t=y)."
        return Finding(check, "note", message, publish)
    return Finding(check, "ok", f"{key.host} publishes the key that signs.")


def _dmarc(dns: Dns, ours: Senders, domain: str, keys: list[Key], *, by_others: bool) -> Finding:
    """`by_others`: providers alone send, who pass it by signatures of their own."""
    check = f"dmarc {domain}"
    place, policy = records.dmarc(dns, domain)
    offered = f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}"
    if not place:
        hint = _publish(f"_dmarc.{domain}", offered)
        return Finding(check, "wrong", "No DMARC record, or several.", hint)
    if policy.get("p", "").lower() not in _POLICIES:
        hint = _publish(f"_dmarc.{place}", offered)
        return Finding(check, "wrong", f"Its policy is {policy.get('p', 'missing')!r}.", hint)
    by_key = any(
        records.aligned(domain, key.domain, strict=policy.get("adkim") == "s") for key in keys
    )
    by_path = records.aligned(domain, ours.returns, strict=policy.get("aspf") == "s")
    if by_others or by_key or by_path:
        through = "the provider" if by_others else "DKIM" if by_key else "SPF alone"
        level: Level = "ok" if through != "SPF alone" else "note"
        return Finding(check, level, f"p={policy['p']}; letters pass it by {through}.")
    message = f"p={policy['p']}, and letters pass it neither by DKIM nor by SPF."
    hint = f"Make keys: mautod dkim init --domain {domain}"
    return Finding(check, "wrong", message, hint)


def _publish(name: str, text: str, kind: str = "TXT") -> str:
    shown = zone_text(text) if kind == "TXT" else text
    return f"Publish:\n{name}. IN {kind} {shown}"
