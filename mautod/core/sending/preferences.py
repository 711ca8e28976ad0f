"""How often somebody wants to hear of us, and until when not at all; by their own wish.

A wish for less is a cap of theirs on marketing, of everything or of one topic; a pause puts
marketing off until it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mautod.core.sending.caps import Cap
from mautod.core.sending.consent import ALL
from mautod.duration import DAY, WEEK

ALWAYS: Final = "always"
WEEKLY: Final = "weekly"
MONTHLY: Final = "monthly"
OFFERED: Final = (WEEKLY, MONTHLY)
"""What may be asked for instead of always."""

_CAPS: Final[Mapping[str, Cap]] = {WEEKLY: Cap(1, WEEK), MONTHLY: Cap(1, 30 * DAY)}

REASONS: Final = ("too often", "not interesting", "never asked", "other")
"""Why people say that they leave."""
LONGEST_NOTE: Final = 500
LONGEST_PAUSE: Final = 366 * DAY


@dataclass(frozen=True, slots=True)
class Preferences:
    """What one person wishes: `frequency` by topic, `ALL` for all marketing together.

    `pause_until`: nothing before this instant; 0 if they never asked for a pause.
    """

    frequency: Mapping[str, str] = field(default_factory=dict)
    pause_until: int = 0

    def cap_of_all(self) -> tuple[Cap, ...]:
        """What they wish of all marketing together."""
        return self.caps_of(ALL)

    def caps_of(self, topic: str) -> tuple[Cap, ...]:
        """What they wish of one topic."""
        often = self.frequency.get(topic, ALWAYS)
        return (_CAPS[often],) if often in _CAPS else ()

    def all_caps(self) -> tuple[Cap, ...]:
        """Every cap of theirs."""
        return tuple(cap for topic in self.frequency for cap in self.caps_of(topic))


NO_WISHES: Final = Preferences()
