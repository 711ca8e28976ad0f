"""Holdouts: people who get no marketing, so that the difference to the others can be measured.

Who is held out is a matter of a salted hash, not of chance: the same person is always in or out of
one chain, and of the workspace's holdout in every chain. One holdout says nothing about another,
and a larger share keeps everybody whom a smaller one held out.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from mautod.errors import BadInput

TREATED: Final = 0
BY_CHAIN: Final = 1
BY_WORKSPACE: Final = 2
"""What a run remembers of its arm: 0, or the sum of those that hold its person out."""

WHOLE: Final = 10_000
_PATTERN: Final = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?\s*%")
_HASHED: Final = 8  # bytes


@dataclass(frozen=True, slots=True)
class Share:
    """A part of all people, in 1/10 000."""

    e4: int

    def __post_init__(self) -> None:
        if not 0 < self.e4 < WHOLE:
            raise BadInput(
                "a share is more than nobody and less than everybody",
                hint='Write 0.01% to 99.99%, "10%" for example, or leave the key out.',
            )

    def __str__(self) -> str:
        whole, rest = divmod(self.e4, 100)
        return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + "%"


def parse_share(text: str) -> Share:
    """The share written as `10%` or `2.5%`.

    Raises:
        BadInput: it is not written so, or is nobody or everybody.
    """
    found = _PATTERN.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"{text[:40]!r} is not a share of people", hint='Write one like "10%".')
    return Share(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")))


@dataclass(frozen=True, slots=True)
class Arms:
    """Who is held out in one workspace: `seed` is its own, `share` its holdout for all chains."""

    seed: str
    share: Share | None = None

    def of(self, person_id: int, chain: str, share: Share | None) -> int:
        """What a run of `chain`, which holds out `share`, is to remember of this person."""
        by_chain = BY_CHAIN if is_held_out(self.seed, chain, person_id, share) else TREATED
        return by_chain + self.everywhere(person_id)

    def everywhere(self, person_id: int) -> int:
        """The same as far as the workspace alone decides it."""
        return BY_WORKSPACE if is_held_out(self.seed, "", person_id, self.share) else TREATED


def is_held_out(seed: str, key: str, person_id: int, share: Share | None) -> bool:
    """Whether a person is in the share that the holdout `key` keeps back; "" is everybody's."""
    if share is None:
        return False
    salt = hashlib.blake2b(seed.encode(), digest_size=32).digest()
    name = f"{key}\0{person_id}".encode()
    number = int.from_bytes(hashlib.blake2b(name, key=salt, digest_size=_HASHED).digest(), "big")
    return number * WHOLE < share.e4 << (8 * _HASHED)
