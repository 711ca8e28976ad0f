"""Whether people or machines opened a message and followed its links, by rules that have names.

Mail gateways open letters and follow their links to see where these lead, long before anybody
reads; Apple's mail program fetches every picture whether anybody reads or not. Each visit is judged
alone, by what it says of itself, and together with the others of its message:

- `head`: only the headers were asked for, which no browser does.
- `trap`: the link that nobody sees was followed, and whatever came from there with it.
- `agent`: the program says itself that it is one.
- `privacy`: Apple's privacy protection fetched the picture, which it does for every letter.
- `range`: the address is in a network of gateways.
- `at once`: it came within seconds of the letter's leaving, when nobody can have read it.
- `all links`: three of the letter's links or more were followed within ten seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, Literal

from mautod.duration import MINUTE, SECOND
from mautod.errors import BadInput

Kind = Literal["open", "click", "trap"]

HEAD: Final = "head"
TRAP: Final = "trap"
AGENT: Final = "agent"
PRIVACY: Final = "privacy"
RANGE: Final = "range"
AT_ONCE: Final = "at once"
ALL_LINKS: Final = "all links"

AT_ONCE_MS: Final = 3 * SECOND
TOGETHER_MS: Final = 10 * SECOND
"""How far apart the clicks of a program that follows every link may be."""
LINKS: Final = 3
TRAP_MS: Final = MINUTE
"""How long around the trap whatever came from the same place is the same program's."""

# Proxies that fetch pictures when somebody opens a letter (GoogleImageProxy, YahooMailProxy) are no
# machines in this sense; Cubot makes phones.
_MACHINES: Final = re.compile(
    r"(?<!cu)bot\b|crawl|spider|scan(?:ner)?\b|preview|headless|barracuda|mimecast|proofpoint"
    r"|^(?:curl|wget|python|java|go-http|okhttp|axios|node|ruby|perl|libwww|php)",
    re.IGNORECASE,
)
_APPLE: Final = "Mozilla/5.0"
"""The whole of what Apple's proxies say."""

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody opened a message, or followed one of its links; `address` is where they came from.

    `at` in UTC milliseconds, `url` where a click led, `method` as HTTP has it.
    """

    kind: Kind
    at: int
    url: str = ""
    agent: str = ""
    address: str = ""
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Suspects:
    """What a workspace takes for machines beyond what programs say of themselves."""

    ranges: tuple[Network, ...] = ()
    at_once_ms: int = AT_ONCE_MS


def read_ranges(written: Sequence[str]) -> tuple[Network, ...]:
    """Networks as people write them: `192.0.2.0/24`, `2001:db8::/32`, or one address.

    Raises:
        BadInput: one of them is none.
    """
    return tuple(_network(text) for text in written)


def verdicts(visits: Sequence[Visit], sent_at: int | None, suspects: Suspects) -> list[str]:
    """By which rule each visit to one message is a machine's, "" if it is taken for a person's.

    In the order of `visits`, which are in the order of time. `sent_at`: when the message began to
    leave, None if nobody knows.
    """
    alone = [_alone(visit, sent_at, suspects) for visit in visits]
    trapped = set(_trapped(visits))
    crowd = set(_all_links(visits))
    return [
        rule or (TRAP if place in trapped else ALL_LINKS if place in crowd else "")
        for place, rule in enumerate(alone)
    ]


def _alone(visit: Visit, sent_at: int | None, suspects: Suspects) -> str:
    if visit.kind == "trap":
        return TRAP
    if visit.method == "HEAD":
        return HEAD
    if _MACHINES.search(visit.agent):
        return AGENT
    if visit.kind == "open" and visit.agent == _APPLE:
        return PRIVACY
    if suspects.ranges and _within(visit.address, suspects.ranges):
        return RANGE
    at_once = sent_at is not None and visit.at - sent_at < suspects.at_once_ms
    return AT_ONCE if at_once else ""


def _trapped(visits: Sequence[Visit]) -> Iterator[int]:
    traps = [visit for visit in visits if visit.kind == "trap"]
    for place, visit in enumerate(visits):
        if any(_same_place(visit, trap) and abs(visit.at - trap.at) <= TRAP_MS for trap in traps):
            yield place


def _same_place(one: Visit, other: Visit) -> bool:
    return one.address == other.address and one.agent == other.agent


def _all_links(visits: Sequence[Visit]) -> Iterator[int]:
    clicks = [(place, visit) for place, visit in enumerate(visits) if visit.kind == "click"]
    for _, first in clicks:
        near = [each for each in clicks if 0 <= each[1].at - first.at <= TOGETHER_MS]
        if len({visit.url for _, visit in near}) >= LINKS:
            yield from (place for place, _ in near)


def _within(address: str, ranges: Sequence[Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in ranges)


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise BadInput(
            f"{text!r} is no network", field="machines.ranges", hint='Write "192.0.2.0/24".'
        ) from error
