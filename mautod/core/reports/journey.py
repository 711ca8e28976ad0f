"""The journey: at which stage somebody was when, from the segments that are stages.

Somebody is at the furthest stage among those whose segments they are in, so they may fall back, or
be at none. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

NOWHERE: Final = 0


class Stay(msgspec.Struct, frozen=True, gc=False):
    """Somebody was in a segment of `stage` from `entered` to `left`; None while it lasts."""

    stage: int
    entered: int
    left: int | None


class Leg(msgspec.Struct, frozen=True, gc=False):
    """Somebody was at `stage` from `start` to `end`, then at `then`; both None while it lasts."""

    stage: int
    start: int
    end: int | None
    then: int | None


def legs(stays: Iterable[Stay]) -> list[Leg]:
    """One person's way, in order; times at no stage are left out.

    What changes at one instant changes at once: nobody is at a stage for no time at all.
    """
    turns = list(_turns(stays))
    following = [*turns[1:], None]
    return [
        Leg(stage, at, after[0] if after else None, after[1] if after else None)
        for (at, stage), after in zip(turns, following, strict=False)
        if stage != NOWHERE
    ]


def _turns(stays: Iterable[Stay]) -> Iterator[tuple[int, int]]:
    """The instants at which the stage changes, and to which."""
    moves: list[tuple[int, int, int]] = []
    for stay in stays:
        moves.append((stay.entered, stay.stage, 1))
        if stay.left is not None:
            moves.append((stay.left, stay.stage, -1))
    moves.sort()
    inside: dict[int, int] = {}
    here, last = NOWHERE, len(moves) - 1
    for number, (at, stage, by) in enumerate(moves):
        inside[stage] = inside.get(stage, 0) + by
        if not inside[stage]:
            del inside[stage]
        if number < last and moves[number + 1][0] == at:
            continue
        furthest = max(inside, default=NOWHERE)
        if furthest != here:
            here = furthest
            yield at, here


@dataclass(slots=True)
class Traffic:
    """What became of the people at one stage, in a period.

    `people` are at it now, `seen` were at it at any time of the period, `moved` went on to a later
    stage in it, `fell` back. `times` are how long those who moved on had been there.
    """

    people: int = 0
    seen: int = 0
    moved: int = 0
    fell: int = 0
    times: list[int] = field(default_factory=list)
    messages: Counter[int] = field(default_factory=Counter)

    def add(self, mine: Sequence[Leg], since: int, until: int) -> None:
        """Count one person, with all legs at this stage."""
        self.people += any(leg.end is None for leg in mine)
        there = [leg for leg in mine if leg.start < until and (leg.end is None or leg.end >= since)]
        left = [leg for leg in there if leg.end is not None and leg.end < until]
        on = [leg for leg in left if leg.then is not None and leg.then > leg.stage]
        self.seen += bool(there)
        self.moved += bool(on)
        self.fell += bool(left) and not on
        self.times += [leg.end - leg.start for leg in on if leg.end is not None]


def count(
    traffic: dict[int, Traffic],
    way: Sequence[Leg],
    sent: Iterable[tuple[int, int]],
    period: tuple[int, int],
) -> None:
    """Add one person to the stages of `traffic`; `sent`: (when, by which chain) of messages."""
    for stage in {leg.stage for leg in way}:
        if stage in traffic:
            traffic[stage].add([leg for leg in way if leg.stage == stage], *period)
    for at, chain in sent:
        leg = next((leg for leg in way if leg.start <= at < (leg.end or at + 1)), None)
        if leg is not None and leg.stage in traffic:
            traffic[leg.stage].messages[chain] += 1
