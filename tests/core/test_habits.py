"""The best hour is learnt from what a person did, lies within a day, and stays what it was."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mautod.core.times.habits import LEAST, NOBODY, UNKNOWN, Habits, added, best, counted, hour_of
from mautod.core.times.windows import is_open, opening, parse_window
from mautod.duration import DAY, HOUR, MINUTE

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "Asia/Almaty"])
WINDOWS = st.sampled_from(
    [
        "best",
        "best mon-fri 9:00-20:00",
        "best sat 10:15-10:45",
        "best 22:00-02:00",
        "best 9:30-9:59",
    ]
)
COUNTS = st.lists(st.integers(0, 9), min_size=24, max_size=24).map(tuple)
HABITS = st.builds(Habits, COUNTS, COUNTS)
INSTANTS = st.integers(1_790_000_000_000, 1_790_000_000_000 + 400 * DAY)


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def only(hour: int, times: int = LEAST) -> tuple[int, ...]:
    return tuple(times if place == hour else 0 for place in range(24))


def test_hours_are_counted_on_the_wall_clock_of_the_person():
    evening = [at("2026-11-23T19:05", "Asia/Kolkata"), at("2026-11-24T19:59", "Asia/Kolkata")]
    assert counted(evening, "Asia/Kolkata") == only(19, 2)
    assert counted(evening, "UTC") == added(only(13, 1), only(14, 1))


def test_somebody_with_few_events_is_taken_to_be_like_everybody():
    assert Habits(only(9, LEAST - 1), only(20)).whose == "everyone"
    assert Habits(only(9), only(20)).whose == "person"
    assert (Habits(only(9, 1)).whose, UNKNOWN.whose) == ("nobody", "nobody")


def test_the_best_hour_is_that_in_which_the_person_is_there():
    chosen = best((parse_window("best"),), "UTC", Habits(only(19)), *[at("2026-11-23T08:20")] * 2)
    assert (chosen.hour, chosen.at) == (19, at("2026-11-23T19:00"))


def test_hours_outside_the_other_windows_do_not_count():
    windows = parse_window("best"), parse_window("mon-fri 9:00-18:00")
    chosen = best(windows, "UTC", Habits(only(19)), *[at("2026-11-23T08:20")] * 2)
    assert (chosen.hour, chosen.at) == (9, at("2026-11-23T09:00"))
    later = best(windows, "UTC", Habits(added(only(19), only(16))), *[at("2026-11-23T17:10")] * 2)
    assert (later.hour, later.at) == (16, at("2026-11-24T16:00"))


def test_equal_hours_are_told_apart_by_everybodys_and_then_by_which_comes_first():
    own = added(only(10), only(20))
    now = at("2026-11-23T08:00")
    assert best((parse_window("best"),), "UTC", Habits(own, only(20)), now, now).hour == 20
    assert best((parse_window("best"),), "UTC", Habits(own, NOBODY), now, now).hour == 10


def test_where_nothing_was_learnt_any_time_is_as_good():
    assert best((parse_window("best"),), "UTC", UNKNOWN, 0, 0) is None


def test_after_a_day_a_message_waits_no_longer_for_its_hour():
    since = at("2026-11-23T08:00")
    assert best((parse_window("best"),), "UTC", Habits(only(19)), since, since + DAY) is None


@given(WINDOWS, ZONES, HABITS, INSTANTS, st.integers(0, 30 * HOUR // MINUTE))
def test_who_waits_for_the_best_hour_and_asks_again_is_told_the_same(
    text, zone, habits, since, minutes
):
    windows, now = (parse_window(text),), since + minutes * MINUTE
    chosen = best(windows, zone, habits, since, now)
    if chosen is None:
        return
    first = opening(windows, zone, since)
    assert max(now, first) <= chosen.at < first + DAY
    assert is_open(windows[0], zone, chosen.at)
    assert chosen.hour == hour_of(chosen.at, zone)
    assert best(windows, zone, habits, since, chosen.at) == chosen


@given(WINDOWS, ZONES, HABITS, HABITS, INSTANTS)
def test_habits_that_change_while_a_message_waits_cannot_hold_it_for_ever(
    text, zone, habits, others, since
):
    """It is put off at most once an hour, and never beyond a day after the window first opened."""
    windows, now, asked = (parse_window(text),), since, 0
    while (chosen := best(windows, zone, habits, since, now)) is not None and chosen.at > now:
        now, asked, habits, others = chosen.at, asked + 1, others, habits
    assert asked <= 25
    assert now < opening(windows, zone, since) + DAY
