"""Records of the form `v=X; tag=value`, as DKIM and DMARC have them."""

from __future__ import annotations

from mautod.services.domains.ask import Dns

DMARC = "v=DMARC1"


def tags(text: str) -> dict[str, str]:
    """The tags of a record in small letters; white space does not matter, the first one counts."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip().lower(), "".join(value.split()))
    return found


def dmarc(dns: Dns, domain: str) -> tuple[str, dict[str, str]]:
    """Where the policy for `domain` stands, and its tags: its own or of the nearest above it.

    An empty place where there is none.
    """
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        above = ".".join(labels[start:])
        texts = dns.txt(f"_dmarc.{above}")
        found = [text for text in texts if text.replace(" ", "").upper().startswith(DMARC.upper())]
        if len(found) == 1:
            return above, tags(found[0])
    return "", {}


def aligned(domain: str, other: str, *, strict: bool) -> bool:
    """Whether `other` speaks for mail from `domain` (RFC 7489, 3.1).

    Relaxed takes one below the other; what two companies share as a parent is not known here.
    """
    if strict or domain == other:
        return domain == other
    return domain.endswith(f".{other}") or other.endswith(f".{domain}")
