"""How good the data about people is: whom nothing reaches, what is no address, who is stale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import available_timezones

from mautod import wire
from mautod.duration import parse_duration
from mautod.errors import NotFound
from mautod.store import listing
from mautod.store.db import Tx
from mautod.store.people import quality

FIRST: Final = 2**62


@dataclass(frozen=True, slots=True)
class Inspector:
    """Asks at one instant; `zone` is the workspace's, `stale` a duration as people write it."""

    tx: Tx
    zone: str
    stale: str
    now: int

    def report(self) -> wire.Quality:
        """How many people each doubt is about; one pass over everybody.

        Raises:
            BadInput: `stale` is no duration.
        """
        asked = quality.doubts(self.tx)
        people, counts = quality.count(self.tx, asked, self._values())
        groups = [
            wire.Doubt(each.key, each.about, each.title, count, count / max(people, 1))
            for each, count in zip(asked, counts, strict=True)
        ]
        return wire.Quality(people, groups, self.now)

    def page(self, key: str, after: int | None, limit: int) -> wire.PersonPage:
        """Whom one doubt is about, newest first.

        Raises:
            BadInput: `stale` is no duration.
            NotFound: there is no such doubt.
        """
        doubts = {each.key: each for each in quality.doubts(self.tx)}
        if key not in doubts:
            known = ", ".join(doubts)
            raise NotFound(f"there is no group {key!r}", field="group", hint=f"One of: {known}.")
        values, first = self._values(), after or FIRST
        found = quality.people(self.tx, doubts[key], values, first, limit + 1, self.now)
        items, more = listing.page(found, limit)
        return wire.PersonPage(items, items[-1].id if more else None)

    def _values(self) -> dict[str, Any]:
        known = available_timezones()
        return {
            "zones": [zone for zone in quality.zones(self.tx) if zone not in known],
            "zone": self.zone,
            "stale": self.now - parse_duration(self.stale),
        }
