"""Days are the workspace's own, weeks begin on Monday, and clocks that change lose no hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.reports.spans import (
    begins,
    date_of,
    day_of,
    first_day,
    following,
    span_days,
    stretches,
)
from mautod.duration import DAY, HOUR

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Asia/Tehran"]
FIRST = 1_577_836_800_000  # 1 January 2020


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def local_date(instant: int, zone: str):
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)).astimezone(
        ZoneInfo(zone)
    )


@given(st.sampled_from(ZONES), st.integers(FIRST, FIRST + 8 * 365 * DAY))
def test_the_day_of_an_instant_is_its_date_in_the_zone(zone, instant):
    spans = stretches(zone, instant - 200 * DAY, instant + 30 * DAY)
    assert date_of(day_of(instant, spans)) == local_date(instant, zone).date()


def test_the_clock_changes_at_the_very_instant():
    spans = stretches("Europe/Berlin", at("2026-03-01T00:00:00Z"), at("2026-11-30T00:00:00Z"))
    assert [(each.until, each.ahead_ms) for each in spans[:2]] == [
        (at("2026-03-29T01:00:00Z"), HOUR),
        (at("2026-10-25T01:00:00Z"), 2 * HOUR),
    ]


@given(st.integers(18_000, 21_000), st.sampled_from(["day", "week", "month"]))
def test_spans_follow_each_other_without_a_gap(day, by):
    first = first_day(day, by)
    assert first <= day < following(day, by)
    assert first_day(following(day, by) - 1, by) == first
    assert list(span_days(day, following(day, by), by)) == [first, following(day, by)]


def test_weeks_begin_on_monday_and_months_on_the_first():
    day = at("2026-11-26T12:00:00Z") // DAY
    assert date_of(first_day(day, "week")).isoformat() == "2026-11-23"
    assert date_of(first_day(day, "month")).isoformat() == "2026-11-01"
    assert date_of(following(day, "month")).isoformat() == "2026-12-01"


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_begins_at_midnight_of_the_zone(zone):
    moment = local_date(begins(20_000, zone), zone)
    assert (moment.date(), moment.hour) == (date_of(20_000), 0)
