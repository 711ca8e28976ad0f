"""Who enters a chain, and who again."""

from __future__ import annotations

import pytest

from mautod.core.chains.entry import ALWAYS, LATEST_MS, ONCE, Every, Keyed, Past, Trigger, key_of
from mautod.core.chains.merge import Standing, giving_way
from mautod.core.event import Happened
from mautod.core.rules.parser import parse_where
from mautod.duration import DAY

NOW = 1_700_000_000_000


def event(ts=NOW, received_at=None, name="E", **props):
    return Happened(7, 1, name, ts, ts if received_at is None else received_at, props)


NEVER = None
ON_IT = Past(active=True, entered_at=NOW - 30 * DAY)
RECENT = Past(active=False, entered_at=NOW - 6 * DAY)
LONG_AGO = Past(active=False, entered_at=NOW - 7 * DAY)
FUTURE = Past(active=False, entered_at=NOW + DAY)


@pytest.mark.parametrize(
    ("again", "never", "on_it", "recent", "long_ago", "future"),
    [
        (ONCE, True, False, False, False, False),
        (ALWAYS, True, False, True, True, True),
        (Every(7 * DAY), True, False, False, True, False),
        (Keyed("order"), True, True, True, True, True),  # its key alone decides
    ],
)
def test_the_truth_table_of_coming_again(again, never, on_it, recent, long_ago, future):
    trigger = Trigger(("E",), again=again)
    answers = [trigger.admits(past, event()) for past in (NEVER, ON_IT, RECENT, LONG_AGO, FUTURE)]
    assert answers == [never, on_it, recent, long_ago, future]


@pytest.mark.parametrize(
    ("again", "key"), [(ONCE, ""), (ALWAYS, "7"), (Every(DAY), "7"), (Keyed("order"), "A1")]
)
def test_what_tells_runs_apart(again, key):
    assert Trigger(("E",), again=again).key(event(order="A1")) == key


@pytest.mark.parametrize(
    ("value", "key"),
    [("A1", "A1"), (" A1 ", "A1"), (5, "5"), (5.0, "5"), (5.5, "5.5"), ("", None), ("  ", None), (None, None),
     (True, None), ([1], None), ({"a": 1}, None), ("x" * 300, "x" * 255)],
)  # fmt: skip
def test_the_key_is_the_text_of_the_property(value, key):
    assert key_of({"order": value}, "order") == key
    assert key_of({"cart": {"order": value}}, "cart.order") == key
    assert key_of({"cart.order": value}, "cart.order") == key


def test_an_event_about_another_run_does_not_concern_this_one():
    trigger = Trigger(("E",), again=Keyed("order"))
    assert trigger.same("A1", {"order": "A1"})
    assert trigger.same("A1", {})
    assert not trigger.same("A1", {"order": "B2"})
    assert Trigger(("E",)).same("", {"order": "B2"})


def test_only_the_right_event_fits():
    trigger = Trigger(("E",), where=parse_where("price > 5"))
    assert trigger.fits(event(price=6), "UTC")
    assert not trigger.fits(event(price=5), "UTC")
    assert not trigger.fits(event(name="F", price=6), "UTC")
    assert not trigger.fits(event(price=6, received_at=NOW + LATEST_MS + 1), "UTC")
    assert trigger.fits(event(price=6, received_at=NOW + LATEST_MS), "UTC")


def run(number, *, key="", active=True, entered=0, newcomer=False, chain=1):
    return Standing(number, chain, 1, key, active, entered, newcomer)


@pytest.mark.parametrize(
    ("runs", "keyed", "gone"),
    [
        ([run(1), run(2, newcomer=True, chain=2)], (), []),
        ([run(1, entered=5), run(2, entered=3, newcomer=True)], (), [1]),
        ([run(1, entered=3), run(2, entered=5, newcomer=True)], (), [2]),
        ([run(1), run(2, active=False, newcomer=True, entered=9)], (), [1]),
        ([run(1, active=False), run(2, newcomer=True)], (), [2]),
        ([run(1, active=False, entered=9), run(2, active=False, newcomer=True)], (), [2]),
        ([run(1, key="a"), run(2, key="b", newcomer=True, entered=1)], (), [2]),
        ([run(1, key="a"), run(2, key="b", newcomer=True)], (1,), []),
        ([run(1, key="a"), run(2, key="a", newcomer=True), run(3, key="b")], (1,), [2]),
        ([run(1, key="a", active=False), run(2, key="b", newcomer=True)], (), []),
    ],
)
def test_of_two_runs_that_are_one_the_further_goes_on(runs, keyed, gone):
    assert [r.id for r in giving_way(runs, keyed)] == gone
