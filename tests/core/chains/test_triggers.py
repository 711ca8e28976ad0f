"""How a file says who enters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.chains.definition import parse_chain
from mautod.core.chains.entry import ALWAYS, ONCE, Past, Trigger
from mautod.core.chains.moments import Dated, Recurring
from mautod.core.event import Happened
from mautod.core.rules.tree import All, InSegment, Not
from mautod.core.times.schedules import parse_schedule
from mautod.core.times.wall import day_of, instant_of
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import DefinitionError

NOW = 1_700_000_000_000


def trigger(enter: str) -> Trigger:
    text = f"name = 'X'\ntopic = 't'\nenter = {enter}\n[[step]]\nexit = 'over'\n"
    return parse_chain(text, "chains/x.toml", "x").enter


def happened(name: str, **props) -> Happened:
    return Happened(7, 1, name, NOW, NOW, props)


def test_any_of_several_events_starts_it():
    found = trigger("{ event = ['A', 'B', 'A'], where = 'n > 1' }")
    assert found.events == ("A", "B")
    assert [found.fits(happened(name, n=2), "UTC") for name in "ABC"] == [True, True, False]
    assert not found.fits(happened("A", n=1), "UTC")


def test_leaving_a_segment_starts_it_for_whoever_is_still_outside():
    found = trigger("{ segment = 'vip', on = 'leave', when = 'email is known' }")
    assert found.fits(happened("Segment Left", segment="vip"), "UTC")
    assert not found.fits(happened("Segment Left", segment="other"), "UTC")
    assert not found.fits(happened("Segment Entered", segment="vip"), "UTC")
    assert isinstance(found.rule, All)
    assert found.rule.parts[0] == Not(InSegment("vip"))
    assert trigger("{ segment = 'vip' }").rule == InSegment("vip")


def test_the_end_of_another_chain_starts_it_with_or_without_an_outcome():
    found = trigger("{ chain = 'welcome', outcome = 'goal' }")
    assert found.fits(happened("Chain Ended", chain="welcome", outcome="goal"), "UTC")
    assert not found.fits(happened("Chain Ended", chain="welcome", outcome="left"), "UTC")
    any_end = trigger("{ chain = 'welcome' }")
    assert any_end.fits(happened("Chain Ended", chain="welcome", outcome="left"), "UTC")
    assert not any_end.fits(happened("Chain Ended", chain="other", outcome="left"), "UTC")


def test_no_event_starts_what_is_started_by_hand():
    found = trigger("{ manual = true }")
    assert found.events == ()
    assert found.moment is None
    assert found.again == ONCE


@pytest.mark.parametrize(
    ("enter", "moment"),
    [
        ("{ date = 'renews_at' }", Dated(("renews_at",))),
        ("{ date = 'a.b', offset = '-3d' }", Dated(("a", "b"), -3 * DAY)),
        ("{ date = 'd', offset = '+90m' }", Dated(("d",), 90 * MINUTE)),
        ("{ date = 'd', offset = '1d', at = '9:05' }", Dated(("d",), DAY, 9 * HOUR + 5 * MINUTE)),
        ("{ date = 'd', every = 'year' }", Dated(("d",), 0, 0, yearly=True)),
        ("{ schedule = 'mon 10:00', when = 'a = 1' }", Recurring(parse_schedule("mon 10:00"))),
    ],
)
def test_what_time_starts_comes_again_and_again(enter, moment):
    found = trigger(enter)
    assert found.moment == moment
    assert found.again == ALWAYS
    assert trigger(enter.replace(" }", ", again = 'once' }")).again == ONCE


@pytest.mark.parametrize(
    ("enter", "key", "message"),
    [
        ("{ event = [] }", "enter.event", "names of events"),
        ("{ event = ['A', 1] }", "enter.event", "expected text"),
        ("{ segment = 's', on = 'both' }", "enter.on", '"enter" or "leave"'),
        ("{ event = 'E', on = 'leave' }", "enter.on", "no such key"),
        ("{ date = 'd', schedule = '10:00' }", "enter", "found 2"),
        ("{ date = 'd', offset = '-1h', at = '10:00' }", "enter.offset", "whole days"),
        ("{ date = 'd', offset = '3 days' }", "enter.offset", "is not a duration"),
        ("{ date = 'd', offset = '--3d' }", "enter.offset", "is not a duration"),
        ("{ date = 'email' }", "enter.date", "is no date"),
        ("{ date = 'd', at = '25:00' }", "enter.at", "a time of day"),
        ("{ date = 'd', every = 'month' }", "enter.every", '"year"'),
        ("{ date = 'd', again = 'per property x' }", "enter.again", "no event with such"),
        ("{ schedule = '10:00' }", "enter.schedule", "not for whom"),
        ("{ schedule = 'whenever', segment = 's' }", "enter.schedule", "is not a schedule"),
        ("{ chain = 'Welcome' }", "enter.chain", "expected a key"),
        ("{ manual = false }", "enter.manual", "is true or is not there"),
    ],
)
def test_a_mistake_is_named(enter, key, message):
    with pytest.raises(DefinitionError) as caught:
        trigger(enter)
    assert (caught.value.line, caught.value.key) == (3, key)
    assert message in caught.value.message


def test_chains_that_start_each_other_go_round_once_a_minute_at_most():
    found = trigger("{ chain = 'welcome', again = 'always' }")
    ended = happened("Chain Ended", chain="welcome")
    assert found.admits(None, ended)
    assert not found.admits(Past(active=False, entered_at=NOW - MINUTE + 1), ended)
    assert found.admits(Past(active=False, entered_at=NOW - MINUTE), ended)
    by_chain = happened("Chain Started", chain="x", by="y")
    assert not found.admits(Past(active=False, entered_at=NOW - 1), by_chain)
    by_hand = happened("Chain Started", chain="x")
    assert found.admits(Past(active=False, entered_at=NOW - 1), by_hand)


zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Asia/Tokyo"]
)
dates = st.integers(160_000_000_000, 2_200_000_000_000)  # clocks go by quarters of an hour since
offsets = st.integers(-40, 40).map(lambda days: days * DAY)


@given(
    dates, st.builds(Dated, st.just(("d",)), offsets, st.integers(0, DAY - 1), st.booleans()),
    zones, zones, st.sampled_from([0, DAY, 365 * DAY, 366 * DAY, 1461 * DAY]), st.integers(0, 3 * HOUR),
)  # fmt: skip
def test_whose_moment_comes_is_among_those_who_are_looked_at(
    value, dated, ours, theirs, ahead, span
):
    """Nobody is passed over: the spans of the index hold every date whose moment is in time."""
    shown = day_of(value + dated.offset_ms + ahead, ours)
    final = instant_of(shown, dated.at_ms, theirs) + span // 2
    moment = dated.moment(value, final - span, final, (ours, theirs))
    if moment is None:
        return
    spans = dated.spans(final - span, final, (value - 10 * DAY, value + 10 * DAY), ours)
    assert any(first <= value <= last for first, last in spans)
    assert final - span < moment <= final


@given(
    dates, st.builds(Dated, st.just(("d",)), offsets, st.integers(0, DAY - 1), st.booleans()),
    zones, zones, st.integers(-400, 400),
)  # fmt: skip
def test_the_next_moment_is_one_and_there_is_none_before_it(value, dated, ours, theirs, days):
    after = value + dated.offset_ms + days * DAY
    found = dated.following(value, after, (ours, theirs))
    if found is None:
        assert not dated.yearly
        assert dated.moment(value, after, after + 60 * DAY, (ours, theirs)) is None
    else:
        assert found > after
        assert dated.moment(value, found - 1, found, (ours, theirs)) == found
        assert dated.moment(value, max(after, found - 60 * DAY), found - 1, (ours, theirs)) is None


@given(dates, offsets, st.integers(0, 3 * HOUR), dates)
def test_an_exact_date_is_looked_for_exactly(value, offset, span, final):
    dated = Dated(("d",), offset)
    (first, last), *_ = dated.spans(final - span, final, None, "UTC")
    came = dated.moment(value, final - span, final, ("UTC", "UTC")) is not None
    assert came == (first <= value <= last)
