"""How fast one channel sends: its own rate, and that of each mail domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mautod.core.sending.domains import DomainLimit, Domains, Lanes
from mautod.core.sending.rate import PLACED, Bucket, full_bucket

Of = tuple[str, float]
"""Whose rate it is if not the channel's: a domain, and its letters a second."""


@dataclass(slots=True)
class Pace:
    """Both are drawn from by each letter that leaves.

    `waiting`: whether more letters are due than the channel has room for.
    """

    bucket: Bucket
    lanes: Lanes
    waiting: bool = False

    def at(self, now: int) -> None:
        """Let time pass; ask the others after it."""
        self.bucket = self._filled(now)
        self.lanes.at(now)

    def room(self, now: int, most: int) -> int:
        """How many letters the channel has room for at `now`, at most `most`."""
        return self._filled(now).room(most)

    def room_at(self, now: int) -> int | None:
        """When it has room again; None if it has."""
        return self._filled(now).room_at()

    def until(self, address: str, held: int, *, urgent: bool) -> tuple[int | None, Of | None]:
        """When a letter to `address` may leave, None if now; and whose rate says so.

        `held`: how it stands in the line of its domain. `urgent`: it must not wait there.
        """
        until = self.bucket.room_at()
        if until is not None:
            return until, None
        until, lot = self.lanes.until(address, held, urgent=urgent)
        return until, None if until is None else (lot.name, lot.limit.rate_per_s)

    def take(self, address: str) -> None:
        """A letter to `address` leaves."""
        self.bucket = self.bucket.taken()
        self.lanes.take(address)

    def hold(self, address: str, until: int, held: int, of: Of | None) -> int:
        """A letter waits for `until`, which is what it was told; how it stands from now on."""
        if of is None:
            return max(held, PLACED)
        return self.lanes.book(address, until, held)

    def _filled(self, now: int) -> Bucket:
        return self.bucket.filled(now, waiting=self.waiting)


def pace_of(rate_per_s: float, limits: Sequence[DomainLimit], now: int) -> Pace:
    """The pace of a channel on which nobody waits; a rate of 0 is no limit."""
    return Pace(full_bucket(rate_per_s, now), Lanes(Domains(limits)))
