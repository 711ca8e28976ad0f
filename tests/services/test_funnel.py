"""A funnel's one statement finds what trying every way by hand does, and reads by index."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail_kit import NOON, open_shop

from mautod import wire
from mautod.core.reports.funnel import read_funnel
from mautod.errors import BadInput, NotFound
from mautod.services.reports.earned import Period
from mautod.services.reports.funnel import MOST_GROUPS, funnel
from mautod.store.reports import funnels
from mautod.store.rules.values import Binder

EVER = (0, 2**62)


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


def ask(shop, *events: str, **parts) -> wire.Funnel:
    asked = wire.FunnelAsk(list(events), **parts)
    return funnel(shop.db.read(), asked, Period(asked.since, asked.until, NOON), "UTC")


def people(found: wire.Funnel) -> list[int]:
    return [step.people for step in found.steps]


def test_people_are_counted_once_however_often_they_try(shop):
    ann, bob = shop.person(), shop.person()
    for at in (0, 10, 20):
        shop.event(ann, "View", NOON + at)
    shop.event(ann, "Cart", NOON + 15)
    shop.event(ann, "Order", NOON + 17)
    shop.event(bob, "View", NOON)
    shop.event(bob, "Order", NOON + 1)
    found = ask(shop, "View", "Cart", "Order")
    assert people(found) == [2, 1, 1]
    assert [step.median_ms for step in found.steps] == [None, 15, 2]
    assert (found.steps[1].of_first, found.steps[2].of_previous) == (0.5, 1.0)


def test_time_runs_from_the_first_event_for_all_of_them(shop):
    ann = shop.person()
    for name, at in (("A", 0), ("B", 900), ("C", 1000)):
        shop.event(ann, name, NOON + at)
    assert people(ask(shop, "A", "B", "C", within="1s")) == [1, 1, 0]
    shop.event(ann, "A", NOON + 1)
    assert people(ask(shop, "A", "B", "C", within="1s")) == [1, 1, 1]


def test_the_same_event_twice_is_two_events(shop):
    ann = shop.person()
    shop.event(ann, "Order", NOON)
    assert people(ask(shop, "Order", "Order")) == [1, 0]
    shop.event(ann, "Order", NOON)
    assert people(ask(shop, "Order", "Order")) == [1, 1]


def test_where_and_the_period_are_about_the_first_event(shop):
    ann = shop.person()
    shop.event(ann, "View", NOON, price=5)
    shop.event(ann, "Order", NOON + 10, price=50)
    assert people(ask(shop, "View", "Order", where="price = 5")) == [1, 1]
    assert people(ask(shop, "View", "Order", where="price = 50")) == [0, 0]
    assert people(ask(shop, "View", "Order", since=NOON, until=NOON + 1)) == [1, 1]
    assert people(ask(shop, "View", "Order", since=NOON + 1)) == [0, 0]


def test_people_are_told_apart_by_the_event_else_by_the_person(shop):
    ann = shop.person(props='{"utm_source": "google", "city": "Oslo"}', country="NO")
    bob = shop.person(props="{}")
    shop.event(ann, "View", NOON, utm_source="mail", city=5)
    shop.event(bob, "View", NOON)
    shop.event(bob, "Order", NOON + 1)

    def groups(by: str) -> dict[str, list[int]]:
        found = ask(shop, "View", "Order", by=by).groups
        return {each.value: [step.people for step in each.steps] for each in found}

    assert groups("source") == {"mail": [1, 0], "direct": [1, 1]}
    assert groups("city") == {"5": [1, 0], "": [1, 1]}
    assert groups("person.city") == {"Oslo": [1, 0], "": [1, 1]}
    assert groups("country") == {"NO": [1, 0], "": [1, 1]}


def test_beyond_the_largest_groups_the_rest_is_one(shop):
    for number in range(MOST_GROUPS + 3):
        shop.event(shop.person(), "View", NOON, page=f"/{number:02}")
    shop.event(shop.person(), "Order", NOON)
    groups = ask(shop, "View", "Order", by="page").groups
    assert (len(groups), groups[-1].rest, groups[-1].steps[0].people) == (MOST_GROUPS + 1, True, 3)


def test_an_event_that_never_happened_is_an_error_with_the_nearest_name(shop):
    shop.event(shop.person(), "Order Completed", NOON)
    with pytest.raises(NotFound, match="Order Complete"):
        ask(shop, "Order Completed", "Order Complete")
    with pytest.raises(BadInput):
        ask(shop, "Order Completed")


def test_with_nobody_there_all_is_zero(shop):
    shop.event(shop.person(), "Order", NOON)
    found = ask(shop, "Order", "Order", until=1)
    assert (people(found), found.steps[1].of_previous) == ([0, 0], 0)


EVENTS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from("ABC"), st.integers(0, 30), st.integers(0, 2)),
    max_size=16,
)


def farthest(history, events, within, first):
    """How far one gets by trying every way: (time, id) of each event on it."""
    best = 0
    for start in history:
        if start[0] == events[0] and first(start):
            best = max(best, _deepest(history, events[1:], start, start[1] + within))
    return best


def _deepest(history, events, last, end):
    if not events:
        return 0
    ways = [
        1 + _deepest(history, events[1:], each, end)
        for each in history
        if each[0] == events[0] and (each[1], each[2]) > (last[1], last[2]) and each[1] < end
    ]
    return max(ways, default=0)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(
    history=EVENTS,
    events=st.lists(st.sampled_from("ABC"), min_size=2, max_size=4),
    within=st.integers(1, 40),
    price=st.integers(0, 2),
)
def test_nobody_comes_farther_by_trying_every_way(shop, history, events, within, price):
    found = [shop.person(), shop.person()]
    stored = {0: [], 1: []}
    for who, name, at, cost in history:
        event = shop.event(found[who], name, NOON + at * 1000, price=cost)
        stored[who].append((name, NOON + at * 1000, event, cost))
    wanted = read_funnel(events, f"{within}s", "", f"price >= {price}")
    depths = [len(walk) for _, walk in funnels.walks(shop.db.read(), wanted, *EVER, "UTC")]
    expected = [
        farthest(each, events, within * 1000, lambda start: start[3] >= price)
        for each in stored.values()
        if any(start[0] == events[0] and start[3] >= price for start in each)
    ]
    with shop.db.write() as tx:
        tx.execute("DELETE FROM event")
    assert sorted(depths) == sorted(expected)


def test_its_plans_read_events_by_index_alone(shop):
    bind = Binder("UTC")
    tx, asked = shop.db.read(), read_funnel("ABC", "", "source", "price > 5")
    firsts = funnels.first_events(asked, bind)
    period = {"since": 0, "until": 1, "within": 1}

    def plan(statement: str, **values) -> list[str]:
        rows = tx.execute(f"EXPLAIN QUERY PLAN {statement}", {**bind.constants, **values})
        return [row[3] for row in rows]

    steps = plan(firsts, **period)
    assert any("e0 USING INDEX event_name_ts_person" in step for step in steps), steps
    steps = plan(funnels.LATER, **period, name="B", people="[]")
    assert any("COVERING INDEX event_person_name_ts (person_id=? AND name_id=? AND ts" in step
               for step in steps), steps  # fmt: skip
    assert not any("TEMP B-TREE" in step for step in steps), steps
    steps = plan(funnels.VALUES.format(by="e0.props"), events="[]")
    assert [step for step in steps if "INTEGER PRIMARY KEY (rowid=?)" in step][1:], steps
