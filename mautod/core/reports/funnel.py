"""Funnels as people write them: `"A" > "B" > "C" within 7d by source`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from mautod.core.rules.parser import parse_where
from mautod.core.rules.tree import Where
from mautod.duration import DAY, SECOND, parse_duration
from mautod.errors import BadInput

FEWEST: Final = 2
MOST: Final = 10
WITHIN: Final = 7 * DAY
_LONGEST_NAME: Final = 255
_NAME: Final = re.compile(r'\s*"([^"\x00-\x1f]+)"\s*')
_TAIL: Final = re.compile(r"(?:within\s+(\w+)\s*)?(?:by\s+(\S+)\s*)?(?:where\s+(.+))?", re.DOTALL)
_PATH: Final = re.compile(r"[^\s\"\\\x00-\x1f.]+(?:\.[^\s\"\\\x00-\x1f.]+)*")
_EXAMPLE: Final = 'Write "A" > "B" > "C" within 7d by source.'


@dataclass(frozen=True, slots=True)
class Funnel:
    """Events one after another, all `within_ms` of the first, which passes `where`.

    `by` is the property by whose value people are told apart; "" for none.
    """

    events: tuple[str, ...]
    within_ms: int = WITHIN
    by: str = ""
    where: Where | None = None


def read_funnel(events: Sequence[str], within: str = "", by: str = "", where: str = "") -> Funnel:
    """The funnel that these parts describe; an empty part takes its default.

    Raises:
        BadInput: too few events or too many, a name that is none, or an unfit part.
        RuleError: `where` does not parse.
    """
    names = tuple(event.strip() for event in events)
    if not FEWEST <= len(names) <= MOST:
        raise BadInput(f"a funnel has {FEWEST} to {MOST} events", field="events", hint=_EXAMPLE)
    for name in names:
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise BadInput(f"{name[:40]!r} is no name of an event", field="events")
    length = parse_duration(within) if within else WITHIN
    if length < SECOND:
        raise BadInput("a funnel lasts a second at least", field="within")
    if by and (not _PATH.fullmatch(by) or len(by) > _LONGEST_NAME):
        raise BadInput(f"{by[:40]!r} is no name of a property", field="by")
    return Funnel(names, length, by, parse_where(where) if where else None)


@dataclass(frozen=True, slots=True)
class Written:
    """The parts of a funnel written on one line; empty where it does not say."""

    events: tuple[str, ...]
    within: str
    by: str
    where: str


def split_funnel(text: str) -> Written:
    """The parts of `"A" > "B" within 7d by source where price > 5`.

    Raises:
        BadInput: it is not written so.
    """
    names: list[str] = []
    at = 0
    while found := _NAME.match(text, at):
        names.append(found[1])
        at = found.end()
        if not text.startswith(">", at):
            break
        at += 1
    tail = _TAIL.fullmatch(text, at)
    if not names or tail is None or text[at - 1 : at] == ">":
        raise BadInput(f"{text[:80]!r} is no funnel", field="events", hint=_EXAMPLE)
    within, by, where = (part or "" for part in tail.groups())
    return Written(tuple(names), within, by, where.strip())


Walk = tuple[int, ...]
"""How far somebody came: how long each step took after the one before, in ms."""

Moment = tuple[int, int, int]
"""(person, time, id) of an event."""


def farthest(
    firsts: Sequence[Moment], later: Sequence[Sequence[Moment]], within_ms: int
) -> tuple[Moment, Walk]:
    """The first event of one person's best attempt, and how far it came.

    `firsts` are the first events, `later` those of each place after it, all in order. An attempt
    takes the earliest event that follows, which leaves most time for the rest; the best one comes
    farthest, and is the earliest that does.
    """
    best = firsts[0]
    came: Walk = ()
    if not later[0]:
        return best, came
    # A later attempt never takes an earlier event: every list is gone through once.
    places = [0] * len(later)
    for first in firsts:
        walk = _walk(first, later, places, first[1] + within_ms)
        if len(walk) > len(came):
            best, came = first, tuple(walk)
            if len(came) == len(later):
                break
    return best, came


def _walk(
    first: Moment, later: Sequence[Sequence[Moment]], places: list[int], end: int
) -> list[int]:
    """One attempt; `places`: where in each list the one before it found its event."""
    steps: list[int] = []
    last = first
    for number, those in enumerate(later):
        place, count = places[number], len(those)
        while place < count and those[place] <= last:
            place += 1
        places[number] = place
        if place == count or those[place][1] >= end:
            break
        steps.append(those[place][1] - last[1])
        last = those[place]
    return steps


def reached(walks: Sequence[Walk], events: int) -> list[int]:
    """How many people came to each event."""
    depths = Counter(map(len, walks))
    return [sum(depths[depth] for depth in range(number, events)) for number in range(events)]


def medians(walks: Sequence[Walk], events: int) -> list[int | None]:
    """The middle time to each event from the one before; None for the first and where nobody is."""
    found: list[int | None] = [None]
    for number in range(1, events):
        times = [walk[number - 1] for walk in walks if len(walk) >= number]
        found.append(round(median(times)) if times else None)
    return found
