"""The journey: at which stage somebody was when, from the segments that are stages.

Somebody is at the furthest stage among those whose segments they are in, so they may fall back, or
be at none. Pure.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

NOWHERE: Final = 0


Stay = tuple[int, int, int, int | None]
"""(person, stage, entered, left): in a segment of that stage; None while it lasts."""

Leg = tuple[int, int, int | None, int | None]
"""(stage, start, end, then): at one stage, and what came then; both None while it lasts."""


def legs(stays: Sequence[Stay]) -> list[Leg]:
    """One person's way, in order; times at no stage are left out. `stays` go by when they began.

    What changes at one instant changes at once: nobody is at a stage for no time at all.
    """
    way = _plain(stays)
    return _swept(stays) if way is None else way


def _plain(stays: Sequence[Stay]) -> list[Leg] | None:  # noqa: C901, PLR0912 - calls would cost
    """The way of most people: one stay after another, or ever further ones that last.

    None if it is not so plain.
    """
    way: list[Leg] = []
    here, start = NOWHERE, -1
    end: int | None = None
    for _, stage, entered, left in stays:
        if entered in (start, left):
            return None
        if here:
            if end is None or end > entered:
                if stage <= here or left is not None:
                    return None
                way.append((here, start, entered, stage))
            elif end < entered:
                way.append((here, start, end, NOWHERE))
            elif stage == here:
                return None
            else:
                way.append((here, start, end, stage))
        here, start, end = stage, entered, left
    if here:
        way.append((here, start, end, None if end is None else NOWHERE))
    return way


def _swept(stays: Iterable[Stay]) -> list[Leg]:
    turns = list(_turns(stays))
    following = [*turns[1:], None]
    return [
        (stage, at, after[0] if after else None, after[1] if after else None)
        for (at, stage), after in zip(turns, following, strict=False)
        if stage != NOWHERE
    ]


def _turns(stays: Iterable[Stay]) -> Iterator[tuple[int, int]]:
    """The instants at which the stage changes, and to which."""
    moves: list[tuple[int, int, int]] = []
    for _, stage, entered, left in stays:
        moves.append((entered, stage, 1))
        if left is not None:
            moves.append((left, stage, -1))
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
    times: array[int] = field(default_factory=lambda: array("q"))
    messages: Counter[int] = field(default_factory=Counter)

    def add(self, leg: Leg, since: int, until: int) -> None:
        """Count one person whose only leg at this stage is `leg`."""
        stage, start, end, then = leg
        if end is None or then is None:
            self.people += 1
            self.seen += start < until
        elif end >= since and start < until:
            self.seen += 1
            if end < until and then > stage:
                self.moved += 1
                self.times.append(end - start)
            elif end < until:
                self.fell += 1

    def add_all(self, mine: Sequence[Leg], since: int, until: int) -> None:
        """Count one person, with all legs at this stage."""
        each = [Traffic() for _ in mine]
        for traffic, leg in zip(each, mine, strict=True):
            traffic.add(leg, since, until)
            self.times += traffic.times
        moved = any(traffic.moved for traffic in each)
        self.people += any(traffic.people for traffic in each)
        self.seen += any(traffic.seen for traffic in each)
        self.moved += moved
        self.fell += not moved and any(traffic.fell for traffic in each)


def count(
    traffic: Mapping[int, Traffic],
    way: Sequence[Leg],
    sent: Iterable[tuple[int, int]],
    period: tuple[int, int],
) -> None:
    """Add one person to the stages of `traffic`; `sent`: (when, by which chain) of messages."""
    since, until = period
    stages = {leg[0] for leg in way}
    if len(stages) == len(way):
        for leg in way:
            traffic[leg[0]].add(leg, since, until)
    else:
        for stage in stages:
            traffic[stage].add_all([leg for leg in way if leg[0] == stage], since, until)
    for at, chain in sent:
        for stage, start, end, _ in way:
            if start <= at and (end is None or at < end):
                traffic[stage].messages[chain] += 1
                break
