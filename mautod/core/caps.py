"""Frequency caps: at most so many marketing messages in any stretch of a given length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mautod.duration import DAY, HOUR, WEEK, parse_duration, show_duration
from mautod.errors import BadInput

_PATTERN: Final = re.compile(r"(\d{1,6})\s+per\s+(\S+)")
_WORDS: Final = {"hour": HOUR, "day": DAY, "week": WEEK}
_HINT: Final = 'Write "2 per 1d", "5 per week" or another duration.'


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` in any `period_ms`: a window that slides, not a calendar day."""

    count: int
    period_ms: int

    def __post_init__(self) -> None:
        if self.count < 1 or self.period_ms < 1:
            raise BadInput("a cap allows at least one message in a period", hint=_HINT)

    def __str__(self) -> str:
        return f"{self.count} per {show_duration(self.period_ms)}"

    def used(self, sent_at: Sequence[int], now: int) -> int:
        """How many of the instants `sent_at` are later than now - period.

        Later than now counts too: it is what a clock that stepped back leaves.
        """
        return sum(at > now - self.period_ms for at in sent_at)

    def reached(self, sent_at: Sequence[int], now: int) -> bool:
        """True if one more message now would be too many."""
        return self.used(sent_at, now) >= self.count


def parse_cap(text: str) -> Cap:
    """The cap written as `2 per 1d`; `hour`, `day` and `week` may stand for the duration.

    Raises:
        BadInput: it is not written so, or allows nothing.
    """
    found = _PATTERN.fullmatch(text.strip().lower())
    if found is None:
        raise BadInput(f"{text!r} is not a cap", hint=_HINT)
    period = _WORDS.get(found[2]) or parse_duration(found[2])
    return Cap(int(found[1]), period)
