"""When time alone will change what is said of a person, if nothing happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.rules.checker import Frontier, Kind
from mautod.core.rules.dates import anniversary, instant
from mautod.core.rules.where import find
from mautod.store.db import Tx
from mautod.store.rules import explain
from mautod.store.rules.values import is_column
from mautod.store.segments import stays

_LEAP_CYCLE: Final = 9
MOST_INSTANTS: Final = 2000
"""Instants at which one leaf is tried; somebody who did more in its window gets no forecast."""


@dataclass(frozen=True, slots=True)
class Turn:
    """When time alone turns an answer, if it does; `unsure` when there was too much to try."""

    at: int | None = None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """Looks ahead of `now` for one person; `zone` is the workspace's."""

    tx: Tx
    zone: str
    now: int
    person_id: int

    def turn(self, frontiers: Iterable[Frontier], answer: Callable[[int], object]) -> Turn:
        """The first instant after now at which there is another answer than now.

        There can only be one at an edge of a frontier, so each edge is tried in its order.
        """
        edges, unsure = self._edges(frontiers)
        if unsure:
            return Turn(unsure=True)
        present = answer(self.now)
        return next((Turn(at) for at in edges if answer(at) != present), Turn())

    def value(self, path: tuple[str, ...]) -> Any:
        """What a property of the person is."""
        known = explain.known(self.tx, self.person_id)
        return known.columns[path[0]] if is_column(path) else find(known.props, path)

    def _edges(self, frontiers: Iterable[Frontier]) -> tuple[list[int], bool]:
        """The instants after now at which there may be a turn, and whether there are too many."""
        found: set[int] = set()
        for frontier in frontiers:
            instants = list(self._instants(frontier))
            if len(instants) > MOST_INSTANTS:
                return [], True
            for at in instants:
                # An edge belongs to what is before it, or to what is after it.
                found |= {at + frontier.span_ms, at + frontier.span_ms + 1}
        return sorted(at for at in found if at > self.now), False

    def _instants(self, frontier: Frontier) -> Iterable[int]:
        if frontier.kind is Kind.EVENT:
            first = self.now - frontier.span_ms
            name = frontier.path[0]
            return explain.times(self.tx, self.person_id, name, first, MOST_INSTANTS + 1)
        if frontier.kind in (Kind.LEFT, Kind.ENTERED):
            found = stays.of_segment(self.tx, frontier.path[0], self.person_id)
            edges = (e.left if frontier.kind is Kind.LEFT else e.entered for e in found)
            return [at for at in edges if at is not None]
        at = instant(self.value(frontier.path), self.zone)
        if frontier.kind is Kind.ANNIVERSARY:
            return _anniversaries(at, self.zone, self.now)
        return [] if at is None else [at]


def _anniversaries(at: int | None, zone: str, now: int) -> Iterable[int]:
    """The next ones; leap years apart, they all lie equally far from each other."""
    for _ in range(_LEAP_CYCLE):
        following = anniversary(at, zone, now)
        if following is None:
            return
        yield following
        now = following
