"""Schedules against a clock that is read minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.times.schedules import parse_schedule
from mautod.core.times.wall import day_of, days_showing, instant_of
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import BadInput

ZONE = "Europe/Berlin"


def at(text: str, zone: str = ZONE) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


def shown(instant: int | None, zone: str = ZONE) -> str:
    assert instant is not None
    return f"{datetime.fromtimestamp(instant / 1000, ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("10:00", ["Wed 2026-07-01 10:00", "Thu 2026-07-02 10:00"]),
        ("mon 9:30", ["Mon 2026-07-06 09:30", "Mon 2026-07-13 09:30"]),
        ("Mon, thu 10:00", ["Thu 2026-07-02 10:00", "Mon 2026-07-06 10:00"]),
        ("fri-mon 10:00", ["Fri 2026-07-03 10:00", "Sat 2026-07-04 10:00"]),
        ("1 10:00", ["Wed 2026-07-01 10:00", "Sat 2026-08-01 10:00"]),
        ("1, 15 10:00", ["Wed 2026-07-01 10:00", "Wed 2026-07-15 10:00"]),
        ("last 10:00", ["Fri 2026-07-31 10:00", "Mon 2026-08-31 10:00"]),
        ("31 10:00", ["Fri 2026-07-31 10:00", "Mon 2026-08-31 10:00"]),
        ("every 3d 07:00", ["Fri 2026-07-03 07:00", "Mon 2026-07-06 07:00"]),
        ("every 3d", ["Fri 2026-07-03 10:00", "Mon 2026-07-06 10:00"]),
        ("0 10 * * *", ["Wed 2026-07-01 10:00", "Thu 2026-07-02 10:00"]),
        ("*/30 9-10 * * mon-fri", ["Wed 2026-07-01 09:00", "Wed 2026-07-01 09:30"]),
        ("5,10 0 1 jan *", ["Fri 2027-01-01 00:05", "Fri 2027-01-01 00:10"]),
        ("0 12 13 * fri", ["Fri 2026-07-03 12:00", "Fri 2026-07-10 12:00"]),
        ("0 0 * * 7", ["Sun 2026-07-05 00:00", "Sun 2026-07-12 00:00"]),
        ("0 0 * * fri-sun", ["Fri 2026-07-03 00:00", "Sat 2026-07-04 00:00"]),
        ("0 0 29 2 *", ["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"]),
    ],
)
def test_a_schedule_occurs_when_it_says(text, following):
    found = parse_schedule(text)
    first = found.following(at("2026-07-01 08:00"), ZONE)
    assert [shown(first), shown(found.following(first, ZONE))] == following


@pytest.mark.parametrize(
    "text",
    [
        "", "noon", "mon", "25:00", "mon 24:00", "32 10:00", "0 10:00", "every 0d", "every 900d", "every 3x",
        "mon-xyz 10:00", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *",
        "5-1 * * * *", "a * * * *", "* * * * * *", "-1 * * * *", "1- * * * *", "0 0 30 2 *", "0 0 31 4,6 *", "x" * 300,
        "\u0661 10:00", "0 0 \u0661 * *",
    ],
)  # fmt: skip
def test_what_is_no_schedule_or_never_occurs_is_refused(text):
    with pytest.raises(BadInput):
        parse_schedule(text)


def test_a_time_that_the_clock_skips_comes_as_much_later_and_one_that_it_repeats_comes_once():
    daily = parse_schedule("02:30")
    spring = daily.following(at("2026-03-29 00:00"), ZONE)
    assert shown(spring) == "Sun 2026-03-29 03:30"
    assert shown(daily.following(spring, ZONE)) == "Mon 2026-03-30 02:30"
    autumn = daily.following(at("2026-10-25 00:00"), ZONE)
    assert autumn == at("2026-10-25 02:30")
    assert shown(daily.following(autumn, ZONE)) == "Mon 2026-10-26 02:30"


cron_minutes = st.sampled_from(["*", "0", "*/15", "5,35", "10-20/5"])
cron_hours = st.sampled_from(["*", "2", "9-17", "*/6", "0,23"])
cron_days = st.sampled_from(["*", "1", "28-31", "*/5"])
cron_months = st.sampled_from(["*", "3", "10-12"])
cron_weekdays = st.sampled_from(["*", "0", "1-5", "sun", "6,7"])
crons = st.tuples(cron_minutes, cron_hours, cron_days, cron_months, cron_weekdays)
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])
instants = st.integers(at("2026-02-20 00:00"), at("2026-12-31 00:00"))


def part_of(field: str, value: int, lowest: int, highest: int) -> bool:
    """One field of cron, read as its manual says."""
    for part in field.replace("sun", "0").split(","):
        span, _, step = part.partition("/")
        first, _, final = span.partition("-")
        begin, end = (lowest, highest) if span == "*" else (int(first), int(final or first))
        if begin <= value <= end and (value - begin) % int(step or 1) == 0:
            return True
    return False


def due(fields: tuple[str, ...], minute: datetime) -> bool:
    week = minute.isoweekday()
    by_month = part_of(fields[2], minute.day, 1, 31)
    by_week = part_of(fields[4], week, 0, 7) or (week == 7 and part_of(fields[4], 0, 0, 7))
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    return (
        part_of(fields[0], minute.minute, 0, 59)
        and part_of(fields[1], minute.hour, 0, 23)
        and part_of(fields[3], minute.month, 1, 12)
        and ((by_month or by_week) if either else (by_month and by_week))
    )


@given(crons, zones, instants)
def test_the_latest_occurrence_is_that_of_a_clock_read_minute_by_minute(fields, zone, now):
    try:
        found = parse_schedule(" ".join(fields))
    except BadInput:
        return
    after = now - 3 * HOUR
    wanted = None
    for instant in range(now - now % MINUTE, after, -MINUTE):
        wall = datetime.fromtimestamp(instant / 1000, UTC).astimezone(ZoneInfo(zone))
        changed = wall.utcoffset() != (wall - timedelta(hours=3)).utcoffset()
        if changed:  # what a change of the clock does is tested above
            return
        if due(fields, wall):
            wanted = instant
            break
    assert found.latest(after, now, zone) == wanted


@given(crons, zones, instants, st.integers(0, 2 * DAY))
def test_occurrences_follow_each_other_without_a_gap(fields, zone, now, span):
    try:
        found = parse_schedule(" ".join(fields))
    except BadInput:
        return
    latest = found.latest(now, now + span, zone)
    following = found.following(now, zone)
    assert following is not None
    assert following > now
    assert (latest is None) == (following > now + span)
    if latest is not None:
        after = found.following(latest, zone)
        assert after is not None
        assert after > now + span


@given(instants, st.integers(0, DAY - 1), st.integers(0, 2 * HOUR), zones)
def test_a_day_that_shows_a_time_is_among_those_looked_at(first, of_day, span, zone):
    final = first + span
    days = days_showing(of_day, first, final)
    around = {day_of(first, zone) + timedelta(days=n) for n in (-1, 0, 1)}
    for day in around:
        moment = instant_of(day, of_day, zone)
        if first < moment <= final:
            assert day in days
