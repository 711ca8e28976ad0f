"""How letters fared by domain, server, code or hour, from the counts of all tries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

BY: Final = ("domain", "server", "code", "hour")


@dataclass(frozen=True, slots=True)
class Tries:
    """So many tries of one kind; of the `timed` ones the time to accept, together and at most."""

    key: str
    outcome: str
    count: int
    timed: int
    took_ms: int
    longest_ms: int


@dataclass(slots=True)
class Landed:
    """One row of the report."""

    key: str
    accepted: int = 0
    deferred: int = 0
    bounced: int = 0
    refused: int = 0
    unknown: int = 0
    timed: int = 0
    took_ms: int = 0
    longest_ms: int = 0

    def add(self, tries: Tries) -> None:
        """Count so many more."""
        setattr(self, tries.outcome, getattr(self, tries.outcome) + tries.count)
        self.timed += tries.timed
        self.took_ms += tries.took_ms
        self.longest_ms = max(self.longest_ms, tries.longest_ms)

    @property
    def tries(self) -> int:
        """All tries, whatever came of them."""
        return self.accepted + self.deferred + self.bounced + self.refused + self.unknown


def landed(rows: Iterable[Tries]) -> list[Landed]:
    """One row for each key, the one with the most tries first."""
    found: dict[str, Landed] = {}
    for tries in rows:
        found.setdefault(tries.key, Landed(tries.key)).add(tries)
    return sorted(found.values(), key=lambda row: (-row.tries, row.key))
