"""When it is polite to send: hours of the week on the recipient's own clock.

A window is a set of wall-clock hours, so at a change of daylight saving it follows the clock on the
wall: hours that the clock skips do not happen, hours that it repeats happen twice, and a window
whose beginning is skipped opens at the moment of the change.

Between two changes of a zone's offset the wall clock runs evenly. `next_opening` walks those even
pieces, and inside each the question is arithmetic on milliseconds of the week.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from mautod.duration import DAY, HOUR, MINUTE, WEEK
from mautod.errors import BadInput

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXPECTED: Final = 'days and hours like "mon-fri 10:00-20:00, sat 12:00-16:00", or "best"'

_PART: Final = re.compile(
    r"(?:(?P<days>[a-z]{3}(?:\s*-\s*[a-z]{3})?))?\s*"
    r"(?:(?P<start>\d{1,2}:\d\d)\s*-\s*(?P<end>\d{1,2}:\d\d))?"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_ALWAYS: Final = ((0, WEEK),)
_EPOCH_WEEKDAY: Final = 3  # 1 January 1970 was a Thursday
_LONGEST: Final = 500  # characters
_BEST: Final = re.compile(r"best(?:\s+|$)")
_SEARCHED_MS: Final = 3 * WEEK
"""Windows that meet at all meet within a week; a change of the clock may take one of these away."""


@dataclass(frozen=True, slots=True)
class Window:
    """Open stretches of a week, in milliseconds from Monday 00:00 on the wall clock.

    `stretches` are disjoint, in order, not empty, and end exclusively. `text` is how a person
    wrote them. With `best` only one hour of a day is wanted: that at which the person is reached
    best. Make one with `parse_window`.
    """

    stretches: tuple[tuple[int, int], ...]
    text: str = field(default="", compare=False)
    best: bool = False

    def holds(self, at: int) -> bool:
        """Whether the moment `at` of the week is inside."""
        place = bisect_right(self.stretches, at, key=_start) - 1
        return place >= 0 and at < self.stretches[place][1]

    def wait(self, at: int) -> int:
        """Milliseconds on the wall clock from the moment `at` of the week until it is open."""
        if self.holds(at):
            return 0
        place = bisect_right(self.stretches, at, key=_start)
        if place < len(self.stretches):
            return self.stretches[place][0] - at
        return self.stretches[0][0] + WEEK - at


def parse_window(text: str) -> Window:
    """The window that `text` describes: parts of days and hours, separated by commas.

    Days alone take the hours of the part that follows, hours alone mean every day, and hours that
    end before they begin run over midnight: `mon, wed 10:00-12:00`, `22:00-06:00`. `best` alone or
    before them asks for each person's best hour within them.

    Raises:
        BadInput: it describes no window.
    """
    if found := _BEST.match(text.lower()):
        bounds = text[found.end() :]
        inner = parse_window(bounds) if bounds else Window(((0, WEEK),))
        if inner.best:
            raise _bad(text)
        return Window(inner.stretches, text, best=True)
    days: set[int] = set()
    stretches: list[tuple[int, int]] = []
    for part in text[:_LONGEST].lower().split(","):
        found = _PART.fullmatch(part.strip())
        if found is None or not part.strip():
            raise _bad(text)
        if found["days"]:
            days |= _days(found["days"], text)
        if found["start"]:
            hours = _minute(found["start"], text), _minute(found["end"], text)
            stretches += _spread(days or set(range(7)), *hours, text)
            days = set()
    if days or len(text) > _LONGEST:
        raise _bad(text)
    return Window(_joined(stretches), text)


def is_open(window: Window, zone: str, now: int) -> bool:
    """Whether `now` is inside `window` on the wall clock of `zone`."""
    return window.holds(_of_week(now + _offset(_zone(zone), now)))


def next_opening(window: Window, zone: str, now: int) -> int:
    """The first instant not before `now` that is inside `window`; `now` itself if it is."""
    if window.stretches == _ALWAYS:
        return now
    for start, end, offset in _even_pieces(_zone(zone), now):
        opening = start + window.wait(_of_week(start + offset))
        if opening < end:
            return opening
    raise AssertionError("a zone has pieces without end")  # pragma: no cover


def opening(windows: Sequence[Window], zone: str, now: int) -> int | None:
    """The first instant not before `now` at which all `windows` are open; None if never."""
    at = now
    while at <= now + _SEARCHED_MS:
        later = max((next_opening(window, zone, at) for window in windows), default=at)
        if later == at:
            return at
        at = later
    return None


def offset_of(zone: str, at: int) -> int:
    """What the wall clock of `zone`, a known one, adds to UTC at the instant `at`."""
    return _offset(_zone(zone), at)


def known_zone(name: str) -> bool:
    """Whether `name` is a time zone of the IANA database."""
    return _find_zone(name) is not None


def first_known_zone(*names: str | None) -> str:
    """The first of `names` that is a time zone; UTC if none is."""
    return next((name for name in names if name and known_zone(name)), "UTC")


def _start(stretch: tuple[int, int]) -> int:
    return stretch[0]


def _bad(text: str) -> BadInput:
    return BadInput(f"{text[:80]!r} is not a window", hint=f"Write {EXPECTED}.")


def _days(text: str, whole: str) -> set[int]:
    """`mon` or `fri-mon`, both ends included, as numbers from Monday = 0."""
    names = [name.strip() for name in text.split("-")]
    if any(name not in DAYS for name in names):
        raise _bad(whole)
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return {(first + step) % 7 for step in range((last - first) % 7 + 1)}


def _minute(text: str, whole: str) -> int:
    """`10:30` as milliseconds of the day; `24:00` is its end."""
    hour, minute = (int(part) for part in text.split(":"))
    at = hour * HOUR + minute * MINUTE
    if minute >= HOUR // MINUTE or at > DAY:
        raise _bad(whole)
    return at


def _spread(days: Iterable[int], start: int, end: int, whole: str) -> Iterator[tuple[int, int]]:
    """The stretches of the week that hours give on `days`; over midnight if `end` comes first."""
    if start in {end, DAY}:
        raise _bad(whole)
    length = end - start if end > start else end - start + DAY
    for day in days:
        opens = day * DAY + start
        closes = opens + length
        yield opens, min(closes, WEEK)
        if closes > WEEK:
            yield 0, closes - WEEK


def _joined(stretches: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same moments as disjoint stretches in order."""
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted(stretches):
        if joined and opens <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(closes, joined[-1][1])
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _of_week(wall: int) -> int:
    return (wall + _EPOCH_WEEKDAY * DAY) % WEEK


@lru_cache(maxsize=1024)
def _find_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or a folder of the database
        return None


def _zone(name: str) -> ZoneInfo:
    zone = _find_zone(name)
    if zone is None:
        raise BadInput(f"{name[:80]!r} is not a time zone", hint="Write one like Europe/Berlin.")
    return zone


def _offset(zone: ZoneInfo, at: int) -> int:
    """What the wall clock of `zone` adds to UTC at the instant `at`, in milliseconds."""
    even = _all_day(zone, at // DAY)
    return _offset_at(zone, at) if even is None else even


@lru_cache(maxsize=4096)
def _all_day(zone: ZoneInfo, day: int) -> int | None:
    """The offset throughout a day of UTC; None if it changes. Broadcasts ask for millions."""
    offset = _offset_at(zone, day * DAY)
    return offset if _offset_at(zone, (day + 1) * DAY) == offset else None


def _offset_at(zone: ZoneInfo, at: int) -> int:
    shift = (_EPOCH + at * _MILLISECOND).astimezone(zone).utcoffset()
    return (shift or timedelta()) // _MILLISECOND


def _even_pieces(zone: ZoneInfo, start: int) -> Iterator[tuple[int, int, int]]:
    """Stretches (start, end, offset) of time in which the wall clock runs evenly, without end.

    No zone has changed its clock twice within a day since clocks were standardized.
    """
    while True:
        end, offset = start + DAY, _offset(zone, start)
        if _offset(zone, end) != offset:
            end = _change(zone, start, end)
        yield start, end, offset
        start = end


def _change(zone: ZoneInfo, start: int, end: int) -> int:
    """The first instant in (start, end] with an offset other than at `start`."""
    offset = _offset(zone, start)
    while end - start > 1:
        middle = (start + end) // 2
        start, end = (middle, end) if _offset(zone, middle) == offset else (start, middle)
    return end
