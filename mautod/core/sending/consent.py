"""Who may be written to about what: consent, opt-outs and suppressions as values.

A *consent* belongs to a person, an *opt-out* to an address whoever has it now, a *suppression* to
an address or a whole domain for good. `ALL` stands for every topic or every channel.

The latest will wins, topic by topic: a yes lifts the earlier noes that it covers, and nothing else
does. Only a firm yes lifts: one that the person said, or that somebody recorded for them by name;
what a file claims is a yes where nobody said no, and no more. At the same instant no wins. What a
person said and what was said for an address are asked apart, and a no of either holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

ALL: Final = "*"
"""Every topic, or every channel."""

DOMAIN: Final = "*@"
"""How an entry begins that means every address of a domain."""

State = Literal["subscribed", "unsubscribed", "pending"]
"""`pending` waits for the confirmation of a double opt-in."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One recorded will: of a person (`by` = "person") or about an address ("address")."""

    channel: str
    topic: str
    state: State
    at: int
    source: str
    by: Literal["person", "address"] = "person"
    firm: bool = True

    def covers(self, channel: str, topics: Collection[str]) -> bool:
        """True if it speaks about messages of one of `topics` on `channel`."""
        return self.channel in (channel, ALL) and self.topic in (*topics, ALL)

    def lifts(self, other: Consent, channel: str, topic: str) -> bool:
        """True if it is a later yes to what `other` forbids of `topic` on `channel`."""
        return (
            (self.state, self.firm, self.by) == ("subscribed", True, other.by)
            and self.at > other.at
            and self.covers(channel, (topic,))
        )

    @property
    def scope(self) -> str:
        """How far it reaches: topic, channel or all."""
        if self.topic != ALL:
            return "topic"
        return "all" if self.channel == ALL else "channel"


@dataclass(frozen=True, slots=True)
class Proof:
    """How a will was told: by which address, from where, in which words.

    `text` holds the words that the person saw, in `language`; what is not known is empty. `message`
    is the letter whose link was followed, if one was.
    """

    address: str = ""
    ip: str = ""
    agent: str = ""
    language: str = ""
    text: str = ""
    message: int | None = None


NO_PROOF: Final = Proof()


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address never to be used again, and since when."""

    reason: str
    at: int


_WIDTH: Final = {"topic": 0, "channel": 1, "all": 2}


def against(
    consents: Sequence[Consent], channel: str, topics: Collection[str]
) -> Iterator[Consent]:
    """What speaks against messages about `topics`: noes and open requests that no yes lifted."""
    for topic in topics:
        for found in consents:
            if found.state == "subscribed" or not found.covers(channel, (topic,)):
                continue
            if not any(other.lifts(found, channel, topic) for other in consents):
                yield found


def first_of(
    consents: Sequence[Consent], state: State, channel: str, topics: Collection[str]
) -> Consent | None:
    """The narrowest entry in `state` that speaks against the message; the earliest of equals."""
    found = (c for c in against(consents, channel, topics) if c.state == state)
    return min(found, key=lambda c: (_WIDTH[c.scope], c.at), default=None)


def says_yes(consents: Iterable[Consent], channel: str, topic: str) -> bool:
    """Whether the person said yes to this very topic; what was said against it is asked apart."""
    return any(
        (c.state, c.by, c.topic) == ("subscribed", "person", topic) and c.channel in (channel, ALL)
        for c in consents
    )


def address_key(address: str) -> str:
    """`address` in the one form in which addresses are compared."""
    return address.strip().lower()


def domain_key(address: str) -> str:
    """The entry that means every address of the same domain; empty for a number."""
    _, at, host = address_key(address).rpartition("@")
    return f"{DOMAIN}{host}" if at and host else ""


def address_hash(salt: str, address: str) -> str:
    """What remains of an address when its owner is erased; the same for any writing of it."""
    key = hashlib.blake2b(salt.encode(), digest_size=32).digest()
    return hashlib.blake2b(address_key(address).encode(), key=key, digest_size=16).hexdigest()
