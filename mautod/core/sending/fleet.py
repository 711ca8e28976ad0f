"""Several mail servers: which of them takes a letter, and what is known of each.

A letter goes to a server that is well, whose rate has room and whose day is not full; among those
by weight, in an even mix. One server is a fleet as well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from mautod.core.sending.breaker import CLOSED, Breaker
from mautod.core.sending.rate import Bucket, Room, full_bucket
from mautod.core.sending.warmup import Today, WarmUp
from mautod.duration import SECOND

MOST: Final = 512
"""Letters that are asked about at once."""
LATELY_S: Final = 10
"""The rate now is that of so many seconds."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one server may be given."""

    name: str
    weight: int = 1
    rate_per_s: float = 0.0
    warm_up: WarmUp = field(default_factory=WarmUp)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one server, for the ledger and for operators.

    `state`: closed, open or half-open, as a breaker is, or off. `until`: when an open one is tried
    again. `per_s`: letters a second that it took in the last `LATELY_S`. `today` and `day_limit`:
    its warm-up. `error`: what went wrong last, at `error_at`.
    """

    name: str
    state: str
    until: int = 0
    per_s: float = 0.0
    rate_per_s: float = 0.0
    today: Today = field(default_factory=Today)
    day_limit: int | None = None
    error: str = ""
    error_at: int | None = None


class Member:
    """One server of a fleet, as it stands now."""

    def __init__(self, terms: Terms, now: int) -> None:
        self.terms = terms
        self.breaker: Breaker = CLOSED
        self.today = Today()
        self.error = ""
        self.error_at: int | None = None
        self.turn = 0
        self._bucket = full_bucket(terms.rate_per_s, now)
        self._waiting = False
        self._took: dict[int, int] = {}

    def room(self, now: int, *, waiting: bool = False) -> Room:
        """How many letters it may be given now; `waiting` if there are more than that."""
        if not self.terms.enabled:
            return Room(0)
        trial = self.breaker.room(now)
        if trial == 0:
            return Room(0, self.breaker.until)
        left = self._left(now)
        if left == 0:
            return Room(0, self.today.at(now).ends())
        bucket = self._filled(now)
        self._waiting = self._waiting or waiting
        count = min(bucket.room(MOST), *(n for n in (trial, left) if n is not None), MOST)
        return Room(count, bucket.room_at())

    def give(self, now: int) -> None:
        """It is given a letter; ask `room` before."""
        self._bucket = self._filled(now).taken()
        self._waiting = False
        self.today = self.today.at(now).added(1)
        self.breaker = self.breaker.tried(now)

    def took(self, letters: int, now: int) -> None:
        """It answered for so many letters."""
        self.breaker = self.breaker.served()
        second = now // SECOND
        self._took[second] = self._took.get(second, 0) + letters
        for old in [each for each in self._took if each <= second - LATELY_S]:
            del self._took[old]

    def blamed(self, error: str, now: int) -> None:
        """Something went wrong with it."""
        self.error, self.error_at = error, now

    def failed(self, letters: int, now: int) -> None:
        """So many letters found no server, and none found one."""
        self.breaker = self.breaker.failed(letters, now)

    def returned(self, letters: int) -> None:
        """So many letters were given to it and surely not taken."""
        self.today = self.today.added(-letters)

    def standing(self, now: int) -> Standing:
        """What is known of it."""
        second = now // SECOND
        lately = sum(n for at, n in self._took.items() if at > second - LATELY_S)
        today = self.today.at(now)
        return Standing(
            name=self.terms.name,
            state=self.breaker.state(now) if self.terms.enabled else "off",
            until=self.breaker.until if self.breaker.opened else 0,
            per_s=lately / LATELY_S,
            rate_per_s=self.terms.rate_per_s,
            today=today,
            day_limit=self.terms.warm_up.limit(today.nth),
            error=self.error,
            error_at=self.error_at,
        )

    def _filled(self, now: int) -> Bucket:
        return self._bucket.filled(now, waiting=self._waiting)

    def _left(self, now: int) -> int | None:
        today = self.today.at(now)
        limit = self.terms.warm_up.limit(today.nth)
        return None if limit is None else max(0, limit - today.sent)


class Fleet:
    """The servers of one channel."""

    def __init__(self, terms: Sequence[Terms], now: int) -> None:
        self.members = {each.name: Member(each, now) for each in terms}

    def room(self, now: int, *, waiting: bool = False) -> Room:
        """How many letters all together may be given."""
        rooms = [member.room(now, waiting=waiting) for member in self.members.values()]
        count = min(MOST, sum(room.count for room in rooms))
        instants = [room.at for room in rooms if room.at is not None and room.count == 0]
        return Room(count, None if count else min(instants, default=None))

    def choose(
        self, now: int, tried: Collection[str] = (), prefer: str = "", avoid: str = ""
    ) -> Member | None:
        """Who gets the next letter, which is given to it; None if nobody may have it.

        Never one of `tried`; `prefer` before all others, `avoid` after all others.
        """
        able = [
            member
            for name, member in self.members.items()
            if name not in tried and member.room(now).count
        ]
        able = _only(able, lambda name: name == prefer) or able
        able = _only(able, lambda name: name != avoid) or able
        if not able:
            return None
        chosen = _by_weight(able)
        chosen.give(now)
        return chosen


def _only(members: Sequence[Member], fits: Callable[[str], bool]) -> list[Member]:
    return [member for member in members if fits(member.terms.name)]


def _by_weight(able: Sequence[Member]) -> Member:
    """The mix is smooth: 2 to 1 is a, b, a and so on, and who comes back has no arrears."""
    for member in able:
        member.turn += member.terms.weight
    chosen = max(able, key=lambda member: member.turn)
    chosen.turn -= sum(member.terms.weight for member in able)
    return chosen
