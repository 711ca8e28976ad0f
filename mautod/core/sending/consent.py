"""Who must not be written to: consent, opt-outs and suppressions as values.

A *consent* belongs to a person, an *opt-out* to an address whoever has it now, a *suppression* to
an address for good. `ALL` stands for every topic or every channel. No wins: an entry that covers a
message speaks against it, whatever another entry says in its favour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

ALL: Final = "*"
"""Every topic, or every channel."""

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

    def covers(self, channel: str, topics: Collection[str]) -> bool:
        """True if it speaks about messages of one of `topics` on `channel`."""
        return self.channel in (channel, ALL) and self.topic in (*topics, ALL)

    @property
    def scope(self) -> str:
        """How far it reaches: topic, channel or all."""
        if self.topic != ALL:
            return "topic"
        return "all" if self.channel == ALL else "channel"


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address never to be used again, and since when."""

    reason: str
    at: int


_WIDTH: Final = {"topic": 0, "channel": 1, "all": 2}


def first_of(
    consents: Iterable[Consent], state: State, channel: str, topics: Collection[str]
) -> Consent | None:
    """The narrowest entry in `state` that covers the message; the earliest of equals."""
    found = (c for c in consents if c.state == state and c.covers(channel, topics))
    return min(found, key=lambda c: (_WIDTH[c.scope], c.at), default=None)


def address_key(address: str) -> str:
    """`address` in the one form in which addresses are compared."""
    return address.strip().lower()


def address_hash(salt: str, address: str) -> str:
    """What remains of an address when its owner is erased; the same for any writing of it."""
    key = hashlib.blake2b(salt.encode(), digest_size=32).digest()
    return hashlib.blake2b(address_key(address).encode(), key=key, digest_size=16).hexdigest()
