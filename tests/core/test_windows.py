"""Windows on the wall clock, with both changes of daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mautod.core.times.windows import (
    DAYS,
    Window,
    first_known_zone,
    is_open,
    known_zone,
    next_opening,
    parse_window,
)
from mautod.duration import DAY, HOUR, MINUTE, WEEK
from mautod.errors import BadInput

ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
    "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "Antarctica/Troll", "Europe/Moscow",
]  # fmt: skip


def at(text: str, zone: str = "UTC", fold: int = 0) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def wall(now: int, zone: str) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now)).astimezone(
        ZoneInfo(zone)
    )


def hours(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def parts(draw):
    """One part of a window as (days, start minute, end minute)."""
    start = draw(st.integers(0, 24 * 60 - 1))
    end = draw(st.integers(1, 24 * 60).filter(lambda minute: minute != start))
    return draw(st.sampled_from(DAYS)), draw(st.sampled_from(DAYS)), start, end


window_parts = st.lists(parts(), min_size=1, max_size=4)
moments = st.integers(at("1995-01-01"), at("2037-01-01"))
# around real changes of the clock, where mistakes live
changes = st.sampled_from([
    at("2024-03-31T01:00"), at("2024-10-27T01:00"), at("2025-03-09T07:00"), at("2025-11-02T06:00"),
    at("2024-04-06T15:00"), at("2024-10-05T15:30"), at("2024-03-10T02:00"), at("2024-04-14T02:00"),
    at("2011-12-30T10:00"), at("2018-11-04T03:00"), at("2026-02-15T02:00"), at("2014-10-25T22:00"),
])  # fmt: skip
near_changes = st.builds(lambda a, b: a + b, changes, st.integers(-3 * DAY, 3 * DAY))


def written(pieces) -> Window:
    return parse_window(", ".join(f"{a}-{b} {hours(s)}-{hours(e)}" for a, b, s, e in pieces))


def open_by_the_book(pieces, zone: str, now: int) -> bool:
    """The definition, read off a calendar: an oracle without any arithmetic of weeks."""
    local = wall(now, zone)
    minute = local.hour * 60 + local.minute
    for first, last, start, end in pieces:
        a, b = DAYS.index(first), DAYS.index(last)
        days = {(a + step) % 7 for step in range((b - a) % 7 + 1)}
        today, yesterday = local.weekday() in days, (local.weekday() - 1) % 7 in days
        if start < end:
            if today and start <= minute < end:
                return True
        elif (today and minute >= start) or (yesterday and minute < end):
            return True
    return False


@given(window_parts, st.sampled_from(ZONES), st.one_of(moments, near_changes))
def test_a_window_is_open_by_the_clock_on_the_wall(pieces, zone, now):
    assert is_open(written(pieces), zone, now) == open_by_the_book(pieces, zone, now)


@settings(max_examples=150)
@given(window_parts, st.sampled_from(ZONES), st.one_of(moments, near_changes))
@example([("sun", "sun", 150, 160)], "Europe/Berlin", at("2024-03-30T12:00"))
@example([("fri", "fri", 600, 660)], "Pacific/Apia", at("2011-12-29T12:00"))
def test_the_next_opening_is_open_and_the_first(pieces, zone, now):
    window = written(pieces)
    opening = next_opening(window, zone, now)
    assert opening >= now
    assert is_open(window, zone, opening)
    assert opening == now or not is_open(window, zone, opening - 1)
    # every opening is at a whole minute, so a look at each minute in between misses none
    minute = now
    while minute < opening and minute < now + 2 * DAY:
        assert not is_open(window, zone, minute)
        minute = (minute // MINUTE + 1) * MINUTE


@given(window_parts, st.sampled_from(ZONES), st.one_of(moments, near_changes))
def test_it_never_waits_longer_than_two_weeks_and_a_bit(pieces, zone, now):
    assert next_opening(written(pieces), zone, now) - now <= 2 * WEEK + DAY


def test_a_window_that_begins_in_the_skipped_hour_opens_at_the_change():
    window = parse_window("mon-sun 02:30-20:00")
    assert next_opening(window, "Europe/Berlin", at("2024-03-31T00:59")) == at("2024-03-31T01:00")


def test_a_window_inside_the_skipped_hour_waits_for_the_next_day():
    window = parse_window("02:10-02:50")
    now = at("2024-03-31T00:30")
    assert next_opening(window, "Europe/Berlin", now) == at("2024-04-01T02:10", "Europe/Berlin")


def test_an_hour_that_comes_twice_is_open_twice():
    window = parse_window("02:00-02:30")
    zone = "Europe/Berlin"
    between = at("2024-10-27T02:45", zone)
    assert is_open(window, zone, at("2024-10-27T02:15", zone, fold=0))
    assert not is_open(window, zone, between)
    assert next_opening(window, zone, between) == at("2024-10-27T02:00", zone, fold=1)
    assert not is_open(window, zone, at("2024-10-27T02:30", zone, fold=1))


def test_half_an_hour_of_daylight_saving_is_counted():
    window = parse_window("sun 02:10-12:00")
    zone = "Australia/Lord_Howe"  # 02:00 becomes 02:30
    assert next_opening(window, zone, at("2024-10-05T15:29")) == at("2024-10-05T15:30")


def test_a_day_that_the_calendar_skips_opens_nothing():
    window = parse_window("fri 10:00-11:00")  # Samoa had no Friday, 30 December 2011
    now = at("2011-12-29T12:00", "Pacific/Apia")
    assert next_opening(window, "Pacific/Apia", now) == at("2012-01-06T10:00", "Pacific/Apia")


def test_morocco_goes_back_for_ramadan():
    window = parse_window("mon-sun 10:00-20:00")
    zone = "Africa/Casablanca"
    assert next_opening(window, zone, at("2024-03-09T21:00")) == at("2024-03-10T10:00")
    assert next_opening(window, zone, at("2024-04-14T21:00")) == at("2024-04-15T09:00")


def test_parts_add_up():
    window = parse_window("mon-fri 10:00-20:00, sat 12:00-16:00")
    assert is_open(window, "UTC", at("2024-06-07T19:59"))
    assert not is_open(window, "UTC", at("2024-06-07T20:00"))
    assert not is_open(window, "UTC", at("2024-06-08T11:00"))
    assert is_open(window, "UTC", at("2024-06-08T12:00"))
    assert not is_open(window, "UTC", at("2024-06-09T13:00"))


def test_days_without_hours_take_the_hours_that_follow():
    assert parse_window("mon, wed 10:00-12:00") == parse_window("mon 10:00-12:00,wed 10:00-12:00")


def test_hours_without_days_mean_every_day():
    assert parse_window("9:00-18:00") == parse_window("mon-sun 09:00-18:00")


def test_a_night_belongs_to_the_day_on_which_it_begins():
    window = parse_window("sun 22:00-06:00")
    assert is_open(window, "UTC", at("2024-06-09T23:00"))  # a Sunday
    assert is_open(window, "UTC", at("2024-06-10T05:59"))
    assert not is_open(window, "UTC", at("2024-06-10T22:30"))


def test_a_range_of_days_may_pass_the_end_of_the_week():
    assert parse_window("sat-mon 10:00-11:00") == parse_window("sat, sun, mon 10:00-11:00")


def test_a_whole_week_is_always_open():
    window = parse_window("mon-sun 00:00-24:00")
    assert window.stretches == ((0, WEEK),)
    assert next_opening(window, "Europe/Berlin", 123_456_789) == 123_456_789


@pytest.mark.parametrize(
    "text",
    ["", "mon", "mon-fri", "10:00", "mon 10:00-10:00", "mon 25:00-26:00", "mon 10:60-11:00", "24:00-08:00",
     "foo 10:00-11:00", "mon 10-11", "mon 10:00-11:00,", ",", "mon 10:00-11:00; tue", "mon " * 300, "1:00-2:00," * 90 + "1:00-2:00"],
)  # fmt: skip
def test_what_is_no_window_is_refused_with_an_example(text):
    with pytest.raises(BadInput, match="is not a window") as caught:
        parse_window(text)
    assert "mon-fri 10:00-20:00" in caught.value.hint


@given(st.text(max_size=60))
def test_any_text_is_a_window_or_refused(text):
    try:
        window = parse_window(text)
    except BadInput:
        return
    assert window.stretches
    assert all(0 <= opens < closes <= WEEK for opens, closes in window.stretches)


@pytest.mark.parametrize(
    "name", ["", "Foo/Bar", "America", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 500]
)
def test_a_name_that_is_no_zone_is_not_known(name):
    assert not known_zone(name)


def test_the_first_known_zone_is_taken():
    assert first_known_zone(None, "", "Nowhere/Town", "Asia/Tokyo", "UTC") == "Asia/Tokyo"
    assert first_known_zone(None, "Nowhere") == "UTC"


def test_an_unknown_zone_is_named_in_the_error():
    with pytest.raises(BadInput, match="'Nowhere/Town' is not a time zone"):
        is_open(parse_window("10:00-11:00"), "Nowhere/Town", HOUR)


def test_best_asks_for_one_hour_within_the_hours_behind_it():
    anytime, bounded = parse_window("best"), parse_window("Best mon-fri 9:00-20:00")
    assert (anytime.best, anytime.stretches) == (True, ((0, WEEK),))
    assert bounded.best
    assert bounded.stretches == parse_window("mon-fri 9:00-20:00").stretches
    assert bounded.text == "Best mon-fri 9:00-20:00"
    assert not parse_window("mon-fri 9:00-20:00").best


@pytest.mark.parametrize("text", ["best best", "bestmon 9:00-10:00", "best mon", "mon best"])
def test_what_only_looks_like_best_is_no_window(text):
    with pytest.raises(BadInput):
        parse_window(text)
