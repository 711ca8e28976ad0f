"""How fast letters may leave: a bucket that fills evenly, and places in a line for those that wait.

An idle bucket holds a quarter of a second's worth, so that the real rate is the one that was asked
for from the first second on. While letters wait it holds a whole second's worth: what a slow answer
kept back may follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from mautod.duration import SECOND

BURST: Final = 0.25
"""Seconds' worth that an idle bucket holds."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many letters may leave now, and if none, when to ask again; None: nobody knows yet."""

    count: int
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """`level` messages may leave at the instant `at`; a rate of 0 means no limit."""

    rate_per_s: float
    level: float
    at: int

    def filled(self, now: int, *, waiting: bool = False) -> Bucket:
        """The bucket at `now`; a clock that steps back fills nothing.

        `waiting`: whether letters have waited for it since, so that it may catch up.
        """
        gained = max(0, now - self.at) * self.rate_per_s / SECOND
        size = max(1.0, self.rate_per_s if waiting else self.rate_per_s * BURST)
        return replace(self, level=max(self.level, min(size, self.level + gained)), at=now)

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
        return max(0, min(most, int(self.level))) if self.rate_per_s else most


def full_bucket(rate_per_s: float, now: int) -> Bucket:
    """A bucket that nobody has drawn from."""
    return Bucket(rate_per_s, max(1.0, rate_per_s * BURST), now)


NEW: Final = 0
PLACED: Final = 1
LATE: Final = 2
"""How somebody stands who asks a lane: new, with a place that was given, with one that was missed.
"""
PARKED: Final = 3
"""How somebody stands who waits for the channel to be resumed, in no line."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A bucket with a line before it: who finds no room is given a place, an instant of its own.

    `end`: the first instant that was given to nobody. `late`: the same for those that came at their
    place and found no room, as after a stop; all who have a later place go behind them. Whoever
    must not wait behind a campaign is `urgent`: it borrows up to a second's worth from the line.
    """

    bucket: Bucket
    end: float = 0
    late: float = 0

    def filled(self, now: int) -> Lane:
        """The lane at `now`."""
        waiting = max(self.end, self.late) > self.bucket.at
        return replace(self, bucket=self.bucket.filled(now, waiting=waiting))

    def until(self, now: int, standing: int = NEW, *, urgent: bool = False) -> int | None:
        """Which place it gets; None if it may leave now. Ask a lane that is `filled`."""
        if urgent and self.bucket.level > -self.bucket.rate_per_s:
            return None
        room_at = self.bucket.room_at()
        before = {NEW: max(self.end, self.late), PLACED: self.late, LATE: 0}[standing]
        if room_at is None and before <= now:
            return None
        return ceil(max(self._line(standing), room_at or 0, now + 1))

    def taken(self) -> Lane:
        """The lane after one left."""
        return replace(self, bucket=self.bucket.taken())

    def booked(self, until: int, standing: int = NEW) -> Lane:
        """The lane after `until` was given away."""
        line = self._line(standing)
        # `until` is a whole millisecond; the line goes on from the fraction that it stands for.
        after = (line if ceil(line) == until else until) + SECOND / self.bucket.rate_per_s
        return replace(self, end=after) if standing == NEW else replace(self, late=after)

    def _line(self, standing: int) -> float:
        return max(self.end, self.late) if standing == NEW else self.late


def open_lane(rate_per_s: float, now: int) -> Lane:
    """A lane that nobody waits in."""
    return Lane(full_bucket(rate_per_s, now))
