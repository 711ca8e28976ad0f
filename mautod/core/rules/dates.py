"""Dates as rules and properties write them, as UTC milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_ISO: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_DAY_LENGTH: Final = len("2026-01-31")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
EARLIEST_NUMBER: Final = 100_000_000_000
LATEST_NUMBER: Final = 253_402_300_799_999


def instant(value: object, zone: str) -> int | None:
    """The instant that a property's value names, or None if it names none.

    Text is read as ISO 8601, in `zone` where it has no offset of its own; a number over 1e11 is
    milliseconds already.
    """
    if isinstance(value, str):
        return _parsed(value, zone)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if EARLIEST_NUMBER < value <= LATEST_NUMBER else None


def bounds(text: str, zone: str) -> tuple[int, int] | None:
    """First and last millisecond of a written date: a whole day, or an instant twice."""
    first = _parsed(text, zone)
    if first is None:
        return None
    if len(text) > _DAY_LENGTH:
        return first, first
    try:
        following = datetime.fromisoformat(text) + timedelta(days=1)
    except OverflowError:
        return None
    after = _parsed(following.date().isoformat(), zone)
    return None if after is None else (first, after - 1)


@lru_cache(maxsize=4096)
def _parsed(text: str, zone: str) -> int | None:
    if len(text) < _DAY_LENGTH or not _ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return (moment - _EPOCH) // _MS
    except (ValueError, OverflowError):
        return None
