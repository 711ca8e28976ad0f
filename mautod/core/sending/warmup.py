"""A new server's first days: how many letters it may send on each, until it is known.

`50, 100, 250` says each day's number; `50 doubling to 20000` doubles it daily. Days are those in
UTC on which it sends, so that a pause does not spend them; after the last one there is no limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mautod.duration import DAY
from mautod.errors import BadInput

EXPECTED = '"50 doubling to 20000", or each day as "50, 100, 250"'
_DOUBLING = re.compile(r"(\d{1,7}) doubling to (\d{1,8})")
_DAYS = re.compile(r"\d{1,8}(?:\s*,\s*\d{1,8})*")


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Letters on the first day, the second and so on."""

    days: tuple[int, ...] = ()

    def limit(self, nth: int) -> int | None:
        """The most on the `nth` day, counted from 1; None for no limit."""
        return self.days[nth - 1] if 0 < nth <= len(self.days) else None


@dataclass(frozen=True, slots=True)
class Today:
    """The last `day` (days since 1970, UTC) on which it sent, which of its days, how many then."""

    day: int = 0
    nth: int = 0
    sent: int = 0

    def at(self, now: int) -> Today:
        """Today at `now`, none sent yet if it is a new day."""
        day = now // DAY
        return self if day <= self.day else Today(day, self.nth + 1, 0)

    def added(self, letters: int) -> Today:
        """Today with so many letters more; with less than none, fewer."""
        return replace(self, sent=max(0, self.sent + letters))

    def ends(self) -> int:
        """When the next day begins."""
        return (self.day + 1) * DAY


def parse_warm_up(text: str) -> WarmUp:
    """The days that `text` says; none for an empty one.

    Raises:
        BadInput: it is no such schedule.
    """
    text = text.strip()
    if not text:
        return WarmUp()
    doubling = _DOUBLING.fullmatch(text)
    if doubling:
        return WarmUp(_doubled(int(doubling[1]), int(doubling[2])))
    if not _DAYS.fullmatch(text):
        raise BadInput(f"{text!r} is not a warm-up", hint=f"Write {EXPECTED}.")
    days = tuple(int(part) for part in text.split(","))
    if min(days) < 1:
        raise BadInput(f"{text!r}: a day without letters warms nothing", hint=f"Write {EXPECTED}.")
    return WarmUp(days)


def _doubled(first: int, last: int) -> tuple[int, ...]:
    if not 1 <= first <= last:
        raise BadInput(f"{first} doubling never comes to {last}", hint=f"Write {EXPECTED}.")
    days = [first]
    while days[-1] * 2 < last:
        days.append(days[-1] * 2)
    return (*days, last)
