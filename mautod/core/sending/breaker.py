"""When a mail server that fails is left alone, and when it is tried again.

Closed: it gets letters. Open: it gets none until a moment that moves further away with each failed
trial. Half-open: that moment has come, and one letter tries it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from mautod.duration import MINUTE, SECOND

State = Literal["closed", "open", "half-open"]

ENOUGH: Final = 3
"""So many letters in a row that found no server open the breaker."""
SHORTEST: Final = 5 * SECOND
LONGEST: Final = 10 * MINUTE
TRIAL: Final = 2 * MINUTE
"""A trial that says nothing by then is followed by another."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """`failures`: letters in a row; `opened`: how often in a row it has opened."""

    failures: int = 0
    opened: int = 0
    until: int = 0
    trying: bool = False

    def state(self, now: int) -> State:
        if not self.opened:
            return "closed"
        return "half-open" if self.trying or self._has_come(now) else "open"

    def room(self, now: int) -> int | None:
        """How many letters it may get now; None for no limit."""
        if not self.opened:
            return None
        return 1 if self._has_come(now) else 0

    def tried(self, now: int) -> Breaker:
        """A letter is on its way to it; no other tries a server that is half-open."""
        return replace(self, until=now + TRIAL, trying=True) if self.opened else self

    def failed(self, letters: int, now: int) -> Breaker:
        """`letters` found no server there, and none found one."""
        if self.opened and not self.trying and not self._has_come(now):
            return self
        failures = self.failures + letters
        if failures < ENOUGH and not self.opened:
            return replace(self, failures=failures)
        pause = min(LONGEST, SHORTEST << min(self.opened, 10))
        return Breaker(failures, self.opened + 1, now + pause)

    def served(self) -> Breaker:
        """It answered for a letter."""
        return CLOSED

    def _has_come(self, now: int) -> bool:
        """Whether it may be tried; a clock that steps back far makes nobody wait for it."""
        return not now < self.until <= now + LONGEST


CLOSED: Final = Breaker()
