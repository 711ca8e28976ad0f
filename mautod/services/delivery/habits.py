"""Learn at which hours people are there, for windows that ask for the best one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mautod.core.times.habits import NOBODY, Counts, Habits, added, counted
from mautod.core.times.windows import first_known_zone
from mautod.duration import DAY, HOUR
from mautod.store.db import Tx
from mautod.store.delivery import habits

REMEMBERED_MS: Final = 90 * DAY
SAMPLE: Final = 2000
"""Events of each kind that everybody's hours are learnt from."""


class Learnt:
    """Everybody's hours are learnt anew once an hour; a person's own whenever they are asked."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._hour = -1
        self._everyone: Counts = NOBODY

    def of(self, tx: Tx, zones: Mapping[int, str], now: int) -> dict[int, Habits]:
        """The habits of people, given with the zone of each."""
        if not zones:
            return {}
        if now // HOUR != self._hour:
            self._everyone, self._hour = self._latest(tx, now), now // HOUR
        there = habits.of_people(tx, zones.keys(), now - REMEMBERED_MS)
        return {
            person: Habits(counted(there.get(person, ()), zone), self._everyone)
            for person, zone in zones.items()
        }

    def _latest(self, tx: Tx, now: int) -> Counts:
        by_zone: dict[str, list[int]] = {}
        for at, zone in habits.latest(tx, now - REMEMBERED_MS, SAMPLE):
            by_zone.setdefault(first_known_zone(zone, self._zone), []).append(at)
        whole = NOBODY
        for zone, instants in by_zone.items():
            whole = added(whole, counted(instants, zone))
        return whole
