"""When too many letters come back: what operators are told of, and what stops marketing.

Pure: counts and limits in, a level out. Both counts are of the letters that left in one window, so
that a complaint about Monday's broadcast is never held against the few letters of Tuesday.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from mautod.core.sending.holdout import WHOLE, Share
from mautod.duration import DAY

BOUNCES: Final = "bounces"
COMPLAINTS: Final = "complaints"
KINDS: Final = (BOUNCES, COMPLAINTS)
FEWEST: Final = 3
"""Fewer letters that came back say nothing, whatever share of all they are."""
CALM: Final = 0.75
"""An alarm ends when no more than this part of its limit is left, so that it does not flutter."""


class Level(IntEnum):
    """How bad it is; `UNDECIDED` is below the limit, but not by enough to end an alarm."""

    CALM = 0
    UNDECIDED = 1
    TELL = 2
    STOP = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """Marketing letters that left, and those of them that came back or were complained about.

    `others`: letters of the same source that are no marketing.
    """

    sent: int = 0
    bounced: int = 0
    complained: int = 0
    others: int = 0

    def __add__(self, more: Counted) -> Counted:
        return Counted(
            self.sent + more.sent,
            self.bounced + more.bounced,
            self.complained + more.complained,
            self.others + more.others,
        )

    def back(self, kind: str) -> int:
        """How many of them speak for an alarm of this kind."""
        return self.bounced if kind == BOUNCES else self.complained


@dataclass(frozen=True, slots=True)
class Limits:
    """More than the share in `tell` is told, more than that in `stop` stops marketing.

    A kind without a share is never told, or never stops it. Fewer than `least` letters in
    `window_ms` say nothing. `chains` and `channels`: what may be stopped.
    """

    window_ms: int = 3 * DAY
    least: int = 500
    tell: Mapping[str, Share] = field(default_factory=dict)
    stop: Mapping[str, Share] = field(default_factory=dict)
    chains: bool = True
    channels: bool = True

    def level(self, kind: str, counted: Counted) -> Level:
        """What these letters come to."""
        if counted.sent < self.least or counted.back(kind) < FEWEST:
            return Level.CALM
        if self._over(self.stop.get(kind), kind, counted):
            return Level.STOP
        if self._over(self.tell.get(kind), kind, counted):
            return Level.TELL
        lowest = self.most(kind)
        near = lowest is not None and _share(kind, counted) > CALM * lowest.e4
        return Level.UNDECIDED if near else Level.CALM

    def most(self, kind: str) -> Share | None:
        """The share from which on operators hear of it; None if they never do."""
        found = [each[kind] for each in (self.tell, self.stop) if kind in each]
        return min(found, key=lambda share: share.e4, default=None)

    @staticmethod
    def _over(limit: Share | None, kind: str, counted: Counted) -> bool:
        return limit is not None and counted.back(kind) * WHOLE > limit.e4 * counted.sent


def _share(kind: str, counted: Counted) -> float:
    """The part that came back, in 1/10 000."""
    return counted.back(kind) * WHOLE / counted.sent
