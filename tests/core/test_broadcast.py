from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.broadcast import (
    MOST_PER_PERIOD,
    Hours,
    Plan,
    Ramp,
    Slots,
    parse_ramp,
    read_plan,
    wall,
)
from mautod.core.files.definition import read_toml
from mautod.core.times.windows import is_open, parse_window
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import BadInput, DefinitionError

BEGIN = 1_790_000_000_000
ramps = st.builds(
    lambda count, period, percent, times, more: Ramp(
        count, period, percent, period * times, min(count + more, MOST_PER_PERIOD)
    ),
    st.integers(1, 500),
    st.sampled_from([MINUTE, HOUR, DAY]),
    st.sampled_from([100, 101, 150, 200, 300, 1000]),
    st.sampled_from([1, 2, 24]),
    st.integers(0, 10_000),
)
instants = st.lists(st.integers(0, 3 * DAY), max_size=300).map(sorted)


def plan(text: str) -> Plan:
    return read_plan(read_toml(text, "b.toml"))


ANY_HOUR = Hours((), "UTC")


def moments(ramp, begin, slots, earliest):
    """When these are written to, one after the other, each with the slots that are left."""
    for instant in earliest:
        when, slots = Plan(ramp=ramp).take(ANY_HOUR, begin, slots, instant)
        yield when, slots


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@given(ramps, instants)
def test_nobody_is_lost_or_early_and_the_order_stays(ramp, wanted):
    found = [when for when, _ in moments(ramp, BEGIN, Slots(), [BEGIN + each for each in wanted])]
    assert len(found) == len(wanted)
    assert found == sorted(found)
    assert all(when >= BEGIN + each for when, each in zip(found, wanted, strict=True))


@given(ramps, instants, st.integers(0, 300))
def test_no_period_holds_more_than_the_highest_rate_that_it_touches(ramp, wanted, extra):
    wanted = sorted([*wanted, *([0] * extra)])
    found = [when - BEGIN for when, _ in moments(ramp, BEGIN, Slots(), [BEGIN + e for e in wanted])]
    for start in found:
        end = start + ramp.period_ms
        inside = bisect_left(found, end) - bisect_left(found, start)
        assert inside <= max(rate(ramp, start), rate(ramp, end - 1))


def rate(ramp: Ramp, moment: int) -> int:
    """How many fit into a period about then, said another way."""
    count = ramp.count
    for _ in range(moment // ramp.every_ms if ramp.percent > 100 else 0):
        if count >= ramp.most:
            break
        count = min(max(count * ramp.percent // 100, count + 1), ramp.most)
    return count


@given(ramps, st.integers(0, 20_000))
def test_a_slot_is_found_again_by_its_moment(ramp, slot):
    moment = ramp.moment(slot)
    assert ramp.slot(moment) <= slot
    assert ramp.moment(ramp.slot(moment)) == moment
    assert ramp.moment(ramp.slot(moment + 1)) > moment


@given(ramps, instants, st.integers(0, 300))
def test_parts_give_what_the_whole_gives(ramp, wanted, cut):
    wanted = [BEGIN + each for each in wanted]
    whole = list(moments(ramp, BEGIN, Slots(), wanted))
    first = list(moments(ramp, BEGIN, Slots(), wanted[:cut]))
    slot = first[-1][1] if first else Slots()
    assert first + list(moments(ramp, BEGIN, slot, wanted[cut:])) == whole


def test_without_a_ramp_everybody_has_their_own_instant():
    found = list(moments(None, BEGIN, Slots(), [BEGIN - 5, BEGIN, BEGIN + 7]))
    assert [when - BEGIN for when, _ in found] == [0, 0, 7]


def test_a_ramp_that_doubles():
    ramp = parse_ramp("100 per hour, then double every hour")
    in_each = [0] * 4
    for slot in range(1500):
        in_each[ramp.moment(slot) // HOUR] += 1
    assert in_each == [100, 200, 400, 800]


def test_a_ramp_that_grows_by_half_a_day_up_to_its_most():
    ramp = parse_ramp("10 per hour, then 50% more every day, at most 20")
    assert [ramp.slot((day + 1) * DAY) - ramp.slot(day * DAY) for day in range(4)] == [
        240, 360, 480, 480,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "100", "0 per hour", "100 per week", "per hour", "100 per hour, then double",
        "100 per hour, then double every 30m", "100 per hour, then double every 90m",
        "100 per hour, at most 50", "100 per hour, then double every hour, at most 50",
        "100 per hour, then 999% more every hour", "100 per hour, then halve every hour",
        "1 per hour, then double every hour, then double every hour",
    ],
)  # fmt: skip
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(BadInput):
        parse_ramp(text)


def test_a_local_time_is_a_different_instant_in_each_zone():
    found = plan('at = "2026-12-01 10:00"\nlocal = true')
    assert found.earliest("Europe/Moscow", 0) == at("2026-12-01T10:00+03:00")
    assert found.earliest("America/New_York", 0) == at("2026-12-01T10:00-05:00")


def test_a_time_that_the_clock_skips_is_the_moment_after_and_one_that_it_repeats_the_first():
    skipped = wall(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")  # noqa: DTZ001
    assert datetime.fromtimestamp(skipped / 1000, UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    repeated = wall(datetime(2026, 10, 25, 2, 30), "Europe/Berlin")  # noqa: DTZ001
    assert datetime.fromtimestamp(repeated / 1000, UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_whose_time_has_passed_is_written_to_at_once_or_not_at_all():
    now = at("2026-12-01T12:00+03:00")
    late = plan('at = "2026-12-01 10:00"\nlocal = true')
    assert late.earliest("Europe/Moscow", now) == now
    assert late.earliest("America/New_York", now) == at("2026-12-01T10:00-05:00")
    skipped = plan('at = "2026-12-01 10:00"\nlocal = true\nlate = "skip"')
    assert skipped.earliest("Europe/Moscow", now) is None


@pytest.mark.parametrize(
    "text",
    [
        'at = "tomorrow"', 'at = "2026-02-30 10:00"', 'at = "9999-01-01 10:00"', "local = true",
        'late = "skip"', 'at = "2026-12-01 10:00"\nlate = "never"', "ramp = 5", 'test = "20%"',
        'test = "0%"\ndecide = "4h"', 'test = "100%"\ndecide = "4h"', 'when = "now"',
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(text):
    with pytest.raises(DefinitionError):
        plan(text)


def test_a_trial_takes_its_share_of_the_people_and_always_the_same():
    trial = plan('test = "20%"\ndecide = "4h"').trial
    first = [person for person in range(20_000) if trial.takes("spring", person)]
    assert 3_700 < len(first) < 4_300
    assert first == [person for person in range(20_000) if trial.takes("spring", person)]
    assert first != [person for person in range(20_000) if trial.takes("autumn", person)]


WINDOWS = ["mon-fri 10:00-20:00", "22:00-02:00", "sat 12:00-13:00"]
ZONES = ["Europe/Moscow", "America/New_York", "Asia/Tokyo"]


@given(ramps, st.sampled_from(WINDOWS), st.lists(st.sampled_from(ZONES), min_size=1, max_size=60))
def test_whoever_has_hours_is_written_to_within_them_at_no_higher_rate(ramp, text, zones):
    window, slots, found = parse_window(text), Slots(), []
    for zone in zones:
        when, slots = Plan(ramp=ramp).take(Hours((window,), zone), BEGIN, slots, BEGIN)
        found.append((when - BEGIN, zone))
    for zone in ZONES:
        mine = [when for when, whose in found if whose == zone]
        assert mine == sorted(mine)
    if ramp.period_ms < DAY and ramp.count > 1:
        assert all(is_open(window, zone, BEGIN + when) for when, zone in found)
    moments_ = sorted(when for when, _ in found)
    for start in moments_:
        end = start + ramp.period_ms
        inside = bisect_left(moments_, end) - bisect_left(moments_, start)
        assert inside <= max(rate(ramp, start), rate(ramp, end - 1))


def test_who_must_wait_for_the_morning_keeps_nobody_else_back():
    ramp, slots, found = parse_ramp("2 per hour"), Slots(), []
    begin = at("2026-11-02T00:00+00:00")  # 19:00 in New York, 09:00 in Tokyo
    for zone in ["America/New_York"] * 4 + ["Asia/Tokyo"] * 2:
        hours = Hours((parse_window("10:00-20:00"),), zone)
        when, slots = Plan(ramp=ramp).take(hours, begin, slots, begin)
        found.append((when - begin) / HOUR)
    assert found == [0, 0.5, 15, 15.5, 1, 1.5]


def test_slots_that_never_meet_the_hours_are_taken_as_they_are():
    hours = Hours((parse_window("10:00-11:00"),), "UTC")
    begin = at("2026-11-02T21:00+00:00")
    when, slots = Plan(ramp=parse_ramp("1 per day")).take(hours, begin, Slots(), begin)
    assert (when, slots) == (begin, Slots(1))
