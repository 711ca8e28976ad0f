"""Frequency caps: at most so many marketing messages in any stretch of a given length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mautod.duration import DAY, HOUR, WEEK, parse_duration, show_duration
from mautod.errors import BadInput

_PATTERN: Final = re.compile(r"(\d{1,6})\s+per\s+(\S+)(\s+of\s+all)?")
_WORDS: Final = {"hour": HOUR, "day": DAY, "week": WEEK}
_HINT: Final = 'Write "2 per 1d", "5 per week" or another duration, and "of all" to count them all.'


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` in any `period_ms`: a window that slides, not a calendar day.

    It counts what it is written for, a topic's messages for example; with `of_all` all marketing.
    """

    count: int
    period_ms: int
    of_all: bool = False

    def __post_init__(self) -> None:
        if self.count < 1 or self.period_ms < 1:
            raise BadInput("a cap allows at least one message in a period", hint=_HINT)

    def __str__(self) -> str:
        shown = f"{self.count} per {show_duration(self.period_ms)}"
        return f"{shown} of all" if self.of_all else shown

    def used(self, sent_at: Sequence[int], now: int) -> int:
        """How many of the instants `sent_at` are later than now - period.

        Later than now counts too: it is what a clock that stepped back leaves.
        """
        return sum(at > now - self.period_ms for at in sent_at)

    def reached(self, sent_at: Sequence[int], now: int) -> bool:
        """True if one more message now would be too many."""
        return self.used(sent_at, now) >= self.count

    def frees_at(self, sent_at: Sequence[int], now: int) -> int:
        """The first instant not before `now` at which one more is not too many."""
        if not self.reached(sent_at, now):
            return now
        return sorted(sent_at)[-self.count] + self.period_ms


@dataclass(frozen=True, slots=True)
class Meter:
    """A cap and when that was sent which it counts; `of` says what that is, "" all marketing."""

    cap: Cap
    of: str = ""
    sent_at: Sequence[int] = ()

    def __str__(self) -> str:
        return f"{self.cap} of {self.of}" if self.of else str(self.cap)

    def used(self, now: int) -> int:
        """How many count now."""
        return self.cap.used(self.sent_at, now)

    def reached(self, now: int) -> bool:
        """True if one more message now would be too many."""
        return self.cap.reached(self.sent_at, now)

    def frees_at(self, now: int) -> int:
        """The first instant not before `now` at which one more is not too many."""
        return self.cap.frees_at(self.sent_at, now)


def parse_caps(texts: object) -> tuple[Cap, ...]:
    """Each of the caps that are written in one text or in a list; none for an empty one.

    Raises:
        BadInput: one of them is none.
    """
    listed = list(texts) if isinstance(texts, list | tuple) else [texts]
    for text in listed:
        if not isinstance(text, str):
            raise BadInput(f"{text!r} is not a cap", hint=_HINT)
    return tuple(parse_cap(str(text)) for text in listed if text)


def parse_cap(text: str) -> Cap:
    """The cap written as `2 per 1d`; `hour`, `day` and `week` may stand for the duration.

    `of all` behind it makes it count all marketing.

    Raises:
        BadInput: it is not written so, or allows nothing.
    """
    found = _PATTERN.fullmatch(text.strip().lower())
    if found is None:
        raise BadInput(f"{text!r} is not a cap", hint=_HINT)
    period = _WORDS.get(found[2]) or parse_duration(found[2])
    return Cap(int(found[1]), period, of_all=found[3] is not None)
