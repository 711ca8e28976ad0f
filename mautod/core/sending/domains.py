"""Limits for what goes to one mail domain, or to several that share a provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from mautod.core.sending.rate import LATE, NEW, PLACED, Lane, open_lane
from mautod.duration import MINUTE

MOST: Final = 10_000
"""Domains that are remembered at once."""
_WILD: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class DomainLimit:
    """What the domains of one entry get at most; 0 for no limit.

    `names` in small letters: `gmail.com`, or a pattern as `*.ru`. Domains named in full share the
    limit; each domain that a pattern finds has one of its own.
    """

    names: tuple[str, ...]
    rate_per_s: float = 0.0
    connections: int = 0

    def lane(self, domain: str) -> str:
        """What `domain` shares this limit with: one name for all; "" if it is not meant."""
        if domain in self.names:
            return next(name for name in self.names if not _WILD.intersection(name))
        return domain if any(fnmatchcase(domain, name) for name in self.names) else ""


@dataclass(frozen=True, slots=True)
class Lot:
    """The limit that holds for one address, and the name of those who share it."""

    name: str
    limit: DomainLimit


NO_LOT: Final = Lot("", DomainLimit(()))


def domain_of(address: str) -> str:
    """The domain of an address, in small letters."""
    return address.rpartition("@")[2].strip().rstrip(".").lower()


@dataclass(slots=True)
class Domains:
    """The limits by address; the first entry that means a domain holds for it."""

    limits: Sequence[DomainLimit]
    _known: dict[str, Lot] = field(default_factory=dict)

    def lot(self, address: str) -> Lot:
        """What holds for `address`; NO_LOT if nothing does."""
        if not self.limits:
            return NO_LOT
        domain = domain_of(address)
        found = self._known.get(domain)
        if found is None:
            if len(self._known) >= MOST:
                self._known.clear()
            found = self._known[domain] = self._find(domain)
        return found

    def _find(self, domain: str) -> Lot:
        for limit in self.limits:
            name = limit.lane(domain)
            if name:
                return Lot(name, limit)
        return NO_LOT


@dataclass(slots=True)
class Lanes:
    """Who waits before which domain. The places given are kept in the messages themselves."""

    domains: Domains
    now: int = 0
    _lanes: dict[str, Lane] = field(default_factory=dict)

    def at(self, now: int) -> None:
        """Let time pass; lanes in which nobody waits are forgotten when there are many.

        After a clock that steps back far no place that was given means anything.
        """
        if now < self.now - MINUTE:
            self._lanes.clear()
        self.now = now
        if len(self._lanes) > MOST:
            self._lanes = {name: lane for name, lane in self._lanes.items() if lane.end > now}

    def until(
        self, address: str, standing: int = NEW, *, urgent: bool = False
    ) -> tuple[int | None, Lot]:
        """When a letter to `address` may leave, None if now; and what it is limited by."""
        lot = self.domains.lot(address)
        if not lot.limit.rate_per_s:
            return None, lot
        return self._lane(lot).until(self.now, standing, urgent=urgent), lot

    def take(self, address: str) -> None:
        """A letter to `address` leaves."""
        lot = self.domains.lot(address)
        if lot.limit.rate_per_s:
            self._lanes[lot.name] = self._lane(lot).taken()

    def book(self, address: str, until: int, standing: int = NEW) -> int:
        """A letter waits until then; how it stands from now on."""
        lot = self.domains.lot(address)
        self._lanes[lot.name] = self._lane(lot).booked(until, standing)
        return PLACED if standing == NEW else LATE

    def _lane(self, lot: Lot) -> Lane:
        found = self._lanes.get(lot.name)
        if found is None:
            return open_lane(lot.limit.rate_per_s, self.now)
        return found.filled(self.now)
