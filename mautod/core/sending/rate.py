"""How fast a channel may send: a bucket of one second's worth that fills evenly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from mautod.duration import SECOND


@dataclass(frozen=True, slots=True)
class Bucket:
    """`level` messages may leave at the instant `at`; a rate of 0 means no limit."""

    rate_per_s: float
    level: float
    at: int

    @property
    def size(self) -> float:
        """The most that may leave at once."""
        return max(1.0, self.rate_per_s)

    def filled(self, now: int) -> Bucket:
        """The bucket at `now`; a clock that steps back fills nothing."""
        gained = max(0, now - self.at) * self.rate_per_s / SECOND
        return replace(self, level=min(self.size, self.level + gained), at=now)

    def taken(self) -> Bucket:
        """The bucket with one message less."""
        return replace(self, level=self.level - 1) if self.rate_per_s else self

    def room_at(self) -> int | None:
        """When the next message may leave; None if it may now."""
        if not self.rate_per_s or self.level >= 1:
            return None
        return self.at + max(1, ceil((1 - self.level) * SECOND / self.rate_per_s))

    def room(self, most: int) -> int:
        """How many may leave now, at most `most`."""
        return min(most, int(self.level)) if self.rate_per_s else most


def full_bucket(rate_per_s: float, now: int) -> Bucket:
    """A bucket that nobody has drawn from."""
    return Bucket(rate_per_s, max(1.0, rate_per_s), now)
