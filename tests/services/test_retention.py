"""Cohorts are by the first event ever, spans by each person's own time; every cell is counted."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail_kit import NOON, open_shop

from mautod.cli.insights import heat_map
from mautod.core.reports.spans import stretches
from mautod.duration import DAY, HOUR, WEEK
from mautod.errors import BadInput, NotFound
from mautod.services.reports.retention import Asked, retention
from mautod.store.reports import cohorts

MONDAY = NOON - NOON % DAY - (NOON // DAY + 3) % 7 * DAY
NOW = MONDAY + 6 * WEEK + 2 * DAY


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


def ask(shop, first="Order", again="Order", by="week", spans=4, now=NOW, zone="UTC"):
    return retention(shop.db.read(), Asked(first, again, by, spans), now, zone)


def rows(found) -> list[tuple]:
    return [(each.people, each.again, each.complete) for each in found.cohorts]


def test_who_ordered_again_is_counted_in_weeks_from_the_first_order(shop):
    week = MONDAY + 4 * WEEK
    ann, bob = shop.person(), shop.person()
    for person, times in ((ann, (0, DAY, 8 * DAY, 9 * DAY)), (bob, (6 * DAY,))):
        for at in times:
            shop.event(person, "Order", week + at)
    found = ask(shop)
    assert rows(found)[1] == (2, [1, 1, 0], 1)
    assert [each.date for each in found.cohorts][-1] == "2026-11-02"
    assert found.average == [0.5, None, None, None]


def test_who_began_before_the_period_is_in_no_cohort(shop):
    ann = shop.person()
    shop.event(ann, "Order", MONDAY - 9 * WEEK)
    shop.event(ann, "Order", NOW - DAY)
    assert [each.people for each in ask(shop).cohorts] == [0, 0, 0, 0]


def test_a_cohort_is_of_the_days_of_the_workspace(shop):
    shop.event(shop.person(), "Order", MONDAY + 6 * WEEK - HOUR)
    assert [each.people for each in ask(shop).cohorts] == [0, 0, 1, 0]
    assert [each.people for each in ask(shop, zone="Europe/Moscow").cohorts] == [0, 0, 0, 1]


def test_months_are_those_of_the_calendar(shop):
    found = ask(shop, by="month") if shop.event(shop.person(), "Order", NOW) else None
    assert [each.date[-2:] for each in found.cohorts] == ["01"] * 4


@pytest.mark.parametrize("changes", [{"by": "year"}, {"spans": 0}, {"spans": 53}])
def test_what_makes_no_table_is_refused(shop, changes):
    with pytest.raises(BadInput):
        ask(shop, **changes)


def test_an_event_that_never_happened_is_an_error(shop):
    with pytest.raises(NotFound):
        ask(shop)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["Order", "Visit"]), st.integers(0, 60)),
        max_size=20,
    )
)
def test_every_cell_is_what_counting_by_hand_gives(shop, history):
    people = [shop.person() for _ in range(4)]
    happened = defaultdict(list)
    for name in ("Order", "Visit"):
        with shop.db.write() as tx:
            tx.execute("INSERT INTO event_name (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    for who, name, day in sorted(history, key=lambda each: each[2]):
        shop.event(people[who], name, MONDAY + day * DAY + HOUR)
        happened[who, name].append(MONDAY + day * DAY + HOUR)
    found = ask(shop, again="Visit", spans=7, now=MONDAY + 62 * DAY)
    for cohort in found.cohorts:
        end = cohort.begins + WEEK
        firsts = {
            who: min(happened[who, "Order"])
            for who in range(4)
            if happened[who, "Order"] and cohort.begins <= min(happened[who, "Order"]) < end
        }
        assert cohort.people == len(firsts)
        for later, count in enumerate(cohort.again):
            assert count == sum(
                any(
                    later * WEEK <= at - first < (later + 1) * WEEK and at > first
                    for at in happened[who, "Visit"]
                )
                for who, first in firsts.items()
            )
    with shop.db.write() as tx:
        tx.execute("DELETE FROM event")
        tx.execute("DELETE FROM event_stat")


def test_the_heat_map_has_shades_and_numbers_and_fits(shop):
    ann = shop.person()
    for at in (0, DAY, 8 * DAY):
        shop.event(ann, "Order", MONDAY + 4 * WEEK + at)
    lines = list(heat_map(ask(shop, spans=52)))
    assert max(map(len, lines)) <= 80
    assert "█100 █100+·  0+" in next(line for line in lines if line.startswith("2026-10-19"))
    assert lines[-1] == "… 40 more columns: --json or --csv"


def test_its_statements_read_by_index(shop):
    spans = stretches("Europe/Berlin", NOW - 52 * WEEK, NOW)
    tx, asked = shop.db.read(), []
    tx.set_trace_callback(asked.append)
    cohorts.sizes(tx, "Order", (0, NOW), spans)
    cohorts.again(tx, ("Order", "Visit"), (0, NOW), spans, (WEEK, 9 * WEEK))
    tx.set_trace_callback(None)
    for statement in asked:
        plan = [row[3] for row in tx.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert any("e USING COVERING INDEX event_name_ts_person" in step for step in plan), plan
        assert not [step for step in plan if step.startswith(("SCAN e", "SCAN a", "SCAN s"))], plan
