"""The hour at which a person is best reached, learnt from when they came, opened and clicked.

Pure: instants in, an hour of the day on the person's own clock out. Somebody with few events of
their own is taken to be like everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mautod.core.times.windows import Window, offset_of, opening
from mautod.duration import DAY, HOUR

EVENTS: Final = ("Session Started", "Message Opened", "Message Clicked")
"""What tells that somebody is there."""

LEAST: Final = 5
"""Events from which on somebody's own hours count."""

_HOURS: Final = DAY // HOUR

Counts = tuple[int, ...]
"""How many events fell into each hour of the day, from midnight."""

NOBODY: Final[Counts] = (0,) * _HOURS


def counted(instants: Iterable[int], zone: str) -> Counts:
    """How often each hour of the day on the clock of `zone` occurs among `instants`."""
    counts = [0] * _HOURS
    for at in instants:
        counts[hour_of(at, zone)] += 1
    return tuple(counts)


def added(one: Sequence[int], other: Sequence[int]) -> Counts:
    """Both together."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


def hour_of(at: int, zone: str) -> int:
    """The hour of the day of an instant on the clock of `zone`."""
    return (at + offset_of(zone, at)) % DAY // HOUR


@dataclass(frozen=True, slots=True)
class Habits:
    """The hours of one person and those of everybody."""

    own: Counts = NOBODY
    everyone: Counts = NOBODY

    @property
    def whose(self) -> str:
        """Whose hours decide: the person's, everyone's, or nobody's, as there are none."""
        if sum(self.own) >= LEAST:
            return "person"
        return "everyone" if any(self.everyone) else "nobody"

    @property
    def counts(self) -> Counts:
        """The hours that decide."""
        return self.own if self.whose == "person" else self.everyone


UNKNOWN: Final = Habits()
"""Of somebody about whom nothing was learnt, where nothing was learnt of anybody."""


def _smooth(counts: Counts, hour: int) -> int:
    """How good an hour is: by its events, and half as much by those beside it."""
    return 2 * counts[hour] + counts[hour - 1] + counts[(hour + 1) % _HOURS]


@dataclass(frozen=True, slots=True)
class Best:
    """The hour of the day that was chosen, and the instant at which it begins to be open."""

    at: int
    hour: int


def best(windows: Sequence[Window], zone: str, habits: Habits, since: int, now: int) -> Best | None:
    """The best hour, not before `now`, in the 24 h from when `windows` first open after `since`.

    Of equal hours the first. None when those 24 h are over, the windows never meet, or nothing is
    known of anybody: then any time in the windows is as good. With the same habits, who waits
    until `at` and asks again is told the same.
    """
    if habits.whose == "nobody":
        return None
    return _chosen(tuple(windows), zone, habits, since, now)


@lru_cache(maxsize=64)
def _chosen(
    windows: tuple[Window, ...], zone: str, habits: Habits, since: int, now: int
) -> Best | None:
    """As `best`; one decision asks it more than once."""
    own, everyone = habits.counts, habits.everyone
    return max(
        _slots(windows, zone, since, now),
        key=lambda slot: (_smooth(own, slot.hour), _smooth(everyone, slot.hour), -slot.at),
        default=None,
    )


def _slots(windows: tuple[Window, ...], zone: str, since: int, now: int) -> Iterator[Best]:
    first = opening(windows, zone, since)
    at = None if first is None else opening(windows, zone, max(first, now))
    if first is None or at is None or at >= first + DAY:
        return
    wall = at + offset_of(zone, at)
    yield Best(at, wall % DAY // HOUR)
    for slot in _hourly(windows, zone, at + HOUR - wall % HOUR):
        if slot.at >= first + DAY:
            return
        yield slot


@lru_cache(maxsize=1024)
def _hourly(windows: tuple[Window, ...], zone: str, start: int) -> tuple[Best, ...]:
    """The hours of a day from `start` on, in which an hour of the clock begins, as far as they are
    open; all messages of an hour and a zone ask for the same.
    """
    found = []
    at = opening(windows, zone, start)
    while at is not None and at < start + DAY:
        wall = at + offset_of(zone, at)
        found.append(Best(at, wall % DAY // HOUR))
        at = opening(windows, zone, at + HOUR - wall % HOUR)
    return tuple(found)
