"""A time to come, as a person writes it: `2h`, `9:00`, `tomorrow 9:00`, `monday`, a date."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from mautod.duration import parse_duration
from mautod.errors import BadInput

MORNING: Final = time(9)
"""The hour that is meant where a day alone is named."""

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")


def read_until(text: str, now: int, zone: str) -> int | None:
    """The instant that `text` means, in UTC ms, or None if it is no time after `now`.

    Days and hours are those of `zone`, an IANA name. A clock alone is today's, or tomorrow's where
    that is past.
    """
    words = text.strip().lower()
    try:
        return now + parse_duration(words)
    except BadInput:
        pass
    here = ZoneInfo(zone)
    try:
        found = _read(words, datetime.fromtimestamp(now / 1000, UTC).astimezone(here), here)
        instant = None if found is None else round(found.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return instant if instant is not None and instant > now else None


def _read(words: str, here: datetime, zone: tzinfo) -> datetime | None:
    head, _, tail = words.replace("t", " ", 1).partition(" ") if words[:1].isdigit() else (
        words.partition(" ")
    )  # fmt: skip
    clock = _clock(tail) if tail else MORNING
    day = _day(head, here.date())
    if day is not None and clock is not None:
        return datetime.combine(day, clock, zone)
    alone = _clock(head) if not tail else None
    if alone is None:
        return None
    today = datetime.combine(here.date(), alone, zone)
    return today if today > here else today + timedelta(days=1)


def _day(word: str, today: date) -> date | None:
    if word == "tomorrow":
        return today + timedelta(days=1)
    if word in _DAYS:
        return today + timedelta(days=(_DAYS.index(word) - today.weekday() - 1) % 7 + 1)
    return date.fromisoformat(word) if "-" in word else None


def _clock(word: str) -> time | None:
    found = _CLOCK.fullmatch(word)
    return time(int(found[1]), int(found[2])) if found else None
