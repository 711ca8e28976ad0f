"""Whether a domain's SPF record lets a machine send for it (RFC 7208).

Mechanisms that need the letter at hand (`exists`, `ptr`, macros) are taken as no match: what they
say cannot be known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final, Literal

from mautod.services.domains.ask import Dns

Result = Literal["pass", "fail", "softfail", "neutral", "none", "broken"]
MOST_LOOKUPS: Final = 10
_RESULTS: Final[dict[str, Result]] = {
    "+": "pass", "-": "fail", "~": "softfail", "?": "neutral",
}  # fmt: skip
_VERSION: Final = "v=spf1"


@dataclass(slots=True)
class Spf:
    """One look at the record of `domain`; `lookups` counts what receivers count, up to ten."""

    dns: Dns
    address: str
    lookups: int = 0
    trouble: str = ""
    _seen: set[str] = field(default_factory=set)

    def check(self, domain: str) -> Result:
        """What the record says of `address`; `trouble` says what is wrong with it."""
        found = records(self.dns, domain)
        if not found:
            return "none"
        if len(found) > 1:
            return self._broken(f"{domain} has {len(found)} SPF records, and may have one")
        if domain in self._seen:
            return self._broken(f"{domain} includes itself")
        self._seen.add(domain)
        terms = found[0].split()[1:]
        for term in terms:
            result = self._term(term.lower(), domain)
            if result is not None:
                return result
        return self._redirected(terms)

    def _redirected(self, terms: list[str]) -> Result:
        target = next((t[9:] for t in terms if t.lower().startswith("redirect=")), "")
        if not target:
            return "neutral"
        if not self._count():
            return "broken"
        result = self.check(target)
        return self._broken(f"redirect={target} leads to no record") if result == "none" else result

    def _term(self, term: str, domain: str) -> Result | None:
        """What one mechanism comes to, None if it says nothing."""
        sign = _RESULTS.get(term[0], "pass")
        name, _, rest = (term[1:] if term[0] in _RESULTS else term).partition(":")
        bare, _, prefix = name.partition("/")
        target, _, own = rest.partition("/")
        match bare:
            case "all":
                return sign
            case "ip4" | "ip6":
                return sign if _within(self.address, rest) else None
            case "a" | "mx":
                return self._hosts(bare, target or domain, prefix or own, sign)
            case "include":
                return self._included(target, sign)
            case "exists" | "ptr":
                return None if self._count() else "broken"
            case _:
                return self._unknown(term)

    def _hosts(self, kind: str, target: str, prefix: str, sign: Result) -> Result | None:
        if not self._count():
            return "broken"
        hosts = self.dns.mx(target)[:MOST_LOOKUPS] if kind == "mx" else [target]
        length = f"/{prefix.partition('/')[0]}" if prefix else ""
        found = (each for host in hosts if host for each in self.dns.addresses(host))
        return sign if any(_within(self.address, each + length) for each in found) else None

    def _included(self, target: str, sign: Result) -> Result | None:
        if not self._count():
            return "broken"
        match self.check(target):
            case "pass":
                return sign
            case "none":
                return self._broken(f"include:{target} has no SPF record")
            case "broken":
                return "broken"
            case _:
                return None

    def _unknown(self, term: str) -> Result | None:
        return None if "=" in term else self._broken(f"{term!r} is nothing that SPF knows")

    def _count(self) -> bool:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            self._broken(f"it takes more than {MOST_LOOKUPS} lookups")
        return self.lookups <= MOST_LOOKUPS

    def _broken(self, why: str) -> Result:
        self.trouble = self.trouble or why
        return "broken"


def records(dns: Dns, domain: str) -> list[str]:
    """The SPF records of a domain; more than one is a mistake."""
    return [text for text in dns.txt(domain) if text.lower().split(" ", 1)[0] == _VERSION]


def _within(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except (ValueError, TypeError):
        return False
