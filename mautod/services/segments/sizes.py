"""Sizes of segments over time: kept by the sweep, shown beside the size now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from mautod import wire
from mautod.core.rules.dates import bounds
from mautod.duration import DAY, HOUR
from mautod.store.db import Tx
from mautod.store.segments import sizes

HOURS: Final = 24
DAYS: Final = 30
"""How much is shown, the present hour and day included."""

KEPT_HOURS: Final = 14 * 24
KEPT_DAYS: Final = 1100


def keep(tx: Tx, zone: str, now: int) -> None:
    """Note the sizes of this hour and of this day in `zone`; inside `write`."""
    for span_ms, at, kept in (
        (HOUR, _hours(now, 1)[0], KEPT_HOURS),
        (DAY, _days(now, zone, 1)[0], KEPT_DAYS),
    ):
        sizes.keep(tx, span_ms, at)
        sizes.forget(tx, span_ms, at - kept * span_ms)


def told(tx: Tx, items: Sequence[wire.Segment], zone: str, now: int) -> list[wire.Segment]:
    """The segments with their sizes over the last hours and days."""
    hours, days = _hours(now, HOURS), _days(now, zone, DAYS)
    hourly, daily = sizes.since(tx, HOUR, hours[0]), sizes.since(tx, DAY, days[0])
    return [
        replace(
            item,
            hours=_line(hourly.get(item.key, {}), hours, item.size),
            days=_line(daily.get(item.key, {}), days, item.size),
        )
        for item in items
    ]


def _line(points: dict[int, int], starts: Sequence[int], size: int) -> list[int]:
    """A size for each start from the first known on; where nobody looked, the last one known."""
    line: list[int] = []
    for at in starts[:-1]:
        if line or at in points:
            line.append(points.get(at, line[-1] if line else 0))
    return [*line, size]


def _hours(now: int, count: int) -> list[int]:
    last = now // HOUR * HOUR
    return [last - back * HOUR for back in reversed(range(count))]


def _days(now: int, zone: str, count: int) -> list[int]:
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone)).date()
    starts = []
    for back in reversed(range(count)):
        edges = bounds((today - timedelta(days=back)).isoformat(), zone)
        starts.append(edges[0] if edges else now // DAY * DAY - back * DAY)
    return starts
