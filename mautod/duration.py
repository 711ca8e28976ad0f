"""Spans of time as people write them: `30s 10m 12h 7d 2w`; milliseconds inside."""

from __future__ import annotations

import re
from typing import Final

from mautod.errors import BadInput

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY

UNITS: Final = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
LONGEST: Final = 3660 * DAY
_PATTERN: Final = re.compile(r"(\d{1,9})(ms|s|m|h|d|w)")


def parse_duration(text: str) -> int:
    """Milliseconds in `text`, one number with one unit.

    Raises:
        BadInput: it is no duration, or longer than ten years.
    """
    found = _PATTERN.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"{text!r} is not a duration", hint="Write 30s, 10m, 12h, 7d or 2w.")
    length = int(found[1]) * UNITS[found[2]]
    if length > LONGEST:
        raise BadInput(f"{text!r} is longer than ten years", hint="Write at most 3660d.")
    return length


def show_duration(length_ms: int) -> str:
    """The shortest exact writing of a duration; what `parse_duration` reads back."""
    for unit in ("w", "d", "h", "m", "s"):
        if length_ms and length_ms % UNITS[unit] == 0:
            return f"{length_ms // UNITS[unit]}{unit}"
    return f"{length_ms}ms"


def show_roughly(length_ms: int) -> str:
    """A duration in its largest whole unit but weeks: 26 hours are `1d`, at least `1s`."""
    unit = next((u for u in (DAY, HOUR, MINUTE, SECOND) if length_ms >= u), SECOND)
    return show_duration(max(length_ms // unit, 1) * unit)
