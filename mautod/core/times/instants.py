"""Instants as clients write them, read into UTC milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

DAY_MS: Final = 86_400_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_SECONDS_BELOW: Final = 100_000_000_000
"""As seconds the year 5138, as milliseconds the year 1973: a smaller number counts seconds."""
_LAST: Final = 253_402_300_799_999
"""The last millisecond of the year 9999."""


def read_instant(value: object) -> int | None:
    """`value` in UTC ms: ISO 8601 text (UTC if it names no zone), or a number of ms or s.

    None if it is none of these.
    """
    if isinstance(value, str):
        return _read_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if value != value or abs(value) > _LAST:  # noqa: PLR0124 - NaN differs from itself
        return None
    return int(value * 1000) if abs(value) < _SECONDS_BELOW else int(value)


def iso(instant: int) -> str:
    """An instant in UTC ms as ISO 8601 text, with its milliseconds."""
    return (_EPOCH + instant * _MS).isoformat(timespec="milliseconds")


def _read_text(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MS
