"""Reports add up: steps to chains, spans to the whole, and all of it to the ledger."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail_kit import CHAIN, NOON, open_shop

from mautod.core.event import Happened
from mautod.core.sending.returns import (
    CLICKED,
    COMPLAINED,
    DELIVERED,
    HARD_BOUNCED,
    MACHINE_CLICKED,
    MACHINE_OPENED,
    OPENED,
    REPLIED,
    SOFT_BOUNCED,
    UNSUBSCRIBED,
)
from mautod.duration import DAY, HOUR
from mautod.errors import BadInput, NotFound
from mautod.services.chains.outline import goal_spec
from mautod.services.reports.attribute import credit
from mautod.services.reports.earned import Asked, Period, goals
from mautod.store import catalog
from mautod.store.chains import campaigns

GOAL = 'goal = { event = "Order Completed", value = "total", within = "3d", attribution = "%s" }\n'
BOUGHT, REFUNDED = "Order Completed", "Order Refunded"


def goaled(shared: str) -> str:
    return CHAIN.replace("leave", GOAL % shared + "leave")


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    shop.apply(goaled("linear"))
    shop.apply(goaled("last"), "other")
    yield shop
    shop.db.close()


def specs(shop):
    tx = shop.db.read()
    return [goal_spec(row.id, catalog.get(tx, row.definition_id)) for row in campaigns.chains(tx)]


def sent(shop, person: int, at: int, chain: str = "cart", **columns) -> int:
    columns = {"state": "sent", "queued_at": at, "sending_at": at, "done_at": at, **columns}
    return shop.message(person, chain, **columns)


def happen(shop, person: int, ts: int, name: str = BOUGHT, **props) -> None:
    event = shop.event(person, name, ts, **props)
    with shop.db.write() as tx:
        credit(tx, specs(shop), [Happened(event, person, name, ts, ts, props)], "USD")


def report(shop, since=None, until=None, **asked):
    asked = {"currency": "USD", **asked}
    return goals(shop.db.read(), Asked(**asked), Period(since, until, NOON + 30 * DAY))


def money(amounts) -> dict[str, Decimal]:
    return {each.currency: each.amount for each in amounts}


def add(parts) -> dict[str, Decimal]:
    whole: dict[str, Decimal] = {}
    for amounts in parts:
        for code, amount in money(amounts).items():
            whole[code] = whole.get(code, Decimal(0)) + amount
    return whole


def test_a_row_tells_people_from_machines_and_who_unsubscribed(shop):
    person = shop.person()
    marks = (OPENED, OPENED | MACHINE_OPENED, MACHINE_OPENED, MACHINE_CLICKED | CLICKED)
    for mark in (*marks, MACHINE_CLICKED | UNSUBSCRIBED, 0):
        sent(shop, person, NOON, marks=mark)
    sent(shop, person, NOON, state="delivered")
    shop.message(person, state="refused", reason="cap")
    (row,) = report(shop).rows
    assert (row.entered, row.sent, row.delivered, row.unsubscribed) == (8, 7, 1, 1)
    assert (row.opened, row.machine_opened, row.clicked, row.machine_clicked) == (3, 1, 2, 1)


def test_a_row_tells_what_came_back_of_its_letters(shop):
    person = shop.person()
    sent(shop, person, NOON, state="delivered", marks=DELIVERED | REPLIED)
    sent(shop, person, NOON, marks=DELIVERED | COMPLAINED)
    sent(shop, person, NOON, state="failed", reason="bounced", marks=DELIVERED | HARD_BOUNCED)
    sent(shop, person, NOON, state="failed", reason="soft bounce", marks=SOFT_BOUNCED)
    sent(shop, person, NOON, state="failed", reason="bounced")
    (row,) = report(shop).rows
    assert (row.sent, row.delivered, row.bounced) == (2, 2, 3)
    assert (row.complained, row.replied) == (1, 1)


def test_variants_of_a_step_are_rows_of_their_own(shop):
    person = shop.person()
    for variant, at in (("short", NOON), ("long", NOON + 1), ("short", NOON + 2)):
        sent(shop, person, at, "other", variant=variant)
    happen(shop, person, NOON + 9, total=30)
    rows = {row.variant: row for row in report(shop).rows}
    assert {name: (row.sent, row.goals) for name, row in rows.items()} == {
        "long": (1, 0),
        "short": (2, 1),
    }
    assert rows["short"].conversion == 0.5
    assert money(rows["short"].per_message) == {"USD": Decimal(15)}


def test_a_shared_goal_is_a_fraction_and_sums_to_one(shop):
    person = shop.person()
    for number, step in enumerate(("first", "second", "third")):
        sent(shop, person, NOON + number, step=step)
    happen(shop, person, NOON + 9, total=10)
    found = report(shop)
    assert [row.goals for row in found.rows] == [0.3334, 0.3333, 0.3333]
    assert (found.goals, found.chains[0].total.goals) == (1, 1)
    assert found.chains[0].total.people == 1


def test_the_same_goals_can_be_read_as_first_or_last_touched(shop):
    person = shop.person()
    for number, step in enumerate(("first", "second")):
        sent(shop, person, NOON + number, step=step)
    happen(shop, person, NOON + 9, total=10, order_id="a")
    happen(shop, person, NOON + 2 * DAY, REFUNDED, total=4, order_id="a")
    for attribution, goals_ in (("first", [1, 0]), ("last", [0, 1]), ("linear", [0.5, 0.5])):
        found = report(shop, attribution=attribution)
        assert ([row.goals for row in found.rows], found.goals) == (goals_, 1)
        assert money(found.money) == {"USD": Decimal(6)}
        assert found.attribution == attribution


def test_a_refund_counts_in_its_own_time(shop):
    person = shop.person()
    sent(shop, person, NOON)
    happen(shop, person, NOON + 9, total=10, order_id="a")
    happen(shop, person, NOON + 20 * DAY, REFUNDED, order_id="a")
    assert money(report(shop, until=NOON + DAY).money) == {"USD": Decimal(10)}
    later = report(shop, since=NOON + DAY)
    assert (later.goals, money(later.money)) == (0, {"USD": Decimal(-10)})
    assert later.rows[0].people == 0


def test_days_are_those_of_the_workspace(shop):
    midnight = NOON - NOON % DAY + DAY
    sent(shop, shop.person(), midnight - HOUR)
    (day,) = report(shop, by="day", zone="UTC").spans
    (ahead,) = report(shop, by="day", zone="Europe/Moscow").spans
    assert (day.date < ahead.date, ahead.begins) == (True, midnight - 3 * HOUR)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"by": "hour"}, BadInput),
        ({"attribution": "middle"}, BadInput),
        ({"chain": "unknown"}, NotFound),
    ],
)
def test_what_cannot_be_reported_is_refused(shop, asked, error):
    with pytest.raises(error):
        report(shop, **asked)


HISTORY = st.lists(
    st.tuples(
        st.sampled_from(["letter", "letter", BOUGHT, REFUNDED]),
        st.integers(0, 1),
        st.integers(0, 12 * 24),
        st.sampled_from(["cart", "other"]),
        st.sampled_from(["", "short", "long"]),
        st.sampled_from(["", "a", "b"]),
        st.integers(0, 90),
        st.sampled_from(["USD", "EUR"]),
    ),
    max_size=14,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
@given(history=HISTORY, edge=st.integers(0, 12 * 24))
def test_steps_chains_spans_and_periods_add_up_to_the_ledger(shop, history, edge):
    people = [shop.person(), shop.person()]
    for what, who, hours, chain, variant, order, total, code in history:
        at = NOON + hours * HOUR
        if what == "letter":
            sent(shop, people[who], at, chain, variant=variant, step=variant or "first")
            continue
        props = {"total": total, "currency": code} | ({"order_id": order} if order else {})
        happen(shop, people[who], at, what, **props)
    ledger = {
        code: Decimal(value) / 10_000
        for code, value in shop.all(
            "SELECT currency, sum(value_e4) FROM conversion WHERE value_e4 IS NOT NULL GROUP BY 1"
        )
    }
    reached = shop.one("SELECT coalesce(sum(share_e4), 0) FROM conversion")[0] / 10_000
    for attribution in ("", "last", "first", "linear"):
        found = report(shop, by="week", attribution=attribution, zone="Europe/Berlin")
        totals = [chain.total for chain in found.chains]
        for parts in (found.rows, totals, found.spans):
            assert add(part.money for part in parts) == ledger
            assert sum(part.goals for part in parts) == pytest.approx(reached)
            assert sum(part.sent for part in parts) == sum(part.sent for part in found.rows)
        assert (found.goals, money(found.money)) == (reached, ledger)
    middle = NOON + edge * HOUR
    halves = report(shop, until=middle), report(shop, since=middle)
    kept = {code: amount for code, amount in add(h.money for h in halves).items() if amount}
    assert kept == {code: amount for code, amount in ledger.items() if amount}
    assert sum(half.goals for half in halves) == pytest.approx(reached)


# --- against those held out


def arm(shop, held: int, runs: int, buyers: int, total: int = 0, hours: int = 1) -> None:
    """Runs of one person each, some of whom buy so long after they began."""
    for number in range(runs):
        person = shop.person(email=f"{held}-{number}-{runs}@x.example")
        shop.run(person, "other", holdout=held, entered_at=NOON)
        if number < buyers:
            happen(shop, person, NOON + hours * HOUR, total=total)


def effect(shop, **asked):
    (found,) = [c for c in report(shop, **asked).chains if c.total.chain == "other"]
    return found.effect


def test_what_a_chain_did_is_the_difference_to_those_held_out(shop):
    arm(shop, 0, 40, 12, total=100)
    arm(shop, 1, 30, 3, total=50)
    arm(shop, 2, 10, 1, total=50)
    found = effect(shop)
    assert (found.people, found.reached, found.held, found.held_reached) == (40, 12, 40, 4)
    assert found.rate.difference == pytest.approx(0.2)
    assert 0 < found.rate.low < 0.2 < found.rate.high
    (usd,) = found.money
    assert (usd.mean.amount, usd.held_mean.amount, usd.total.amount) == (30, 5, 1000)
    assert usd.difference.low < 25 < usd.difference.high


def test_what_comes_after_its_time_or_before_the_entry_counts_in_neither_arm(shop):
    arm(shop, 0, 30, 9, hours=73)
    arm(shop, 1, 30, 9, hours=-1)
    found = effect(shop)
    assert (found.reached, found.held_reached) == (0, 0)


def test_somebody_who_buys_twice_reached_it_once_with_the_money_of_both(shop):
    arm(shop, 0, 30, 1, total=10)
    arm(shop, 1, 30, 0)
    happen(shop, 1, NOON + HOUR, total=5, currency="EUR")
    happen(shop, 1, NOON + HOUR, total=30)
    found = effect(shop)
    assert found.reached == 1
    assert {each.mean.currency: each.mean.amount for each in found.money} == {
        "EUR": Decimal("0.1667"),
        "USD": Decimal("1.3333"),
    }


def test_with_few_people_nothing_is_said_and_without_a_holdout_there_is_no_effect(shop):
    arm(shop, 0, 40, 4, total=5)
    assert effect(shop) is None
    arm(shop, 1, 29, 1, total=5)
    found = effect(shop)
    assert (found.rate, found.money[0].difference, found.money[0].total) == (None, None, None)


def test_only_runs_that_began_in_the_period_are_compared(shop):
    arm(shop, 0, 3, 1)
    arm(shop, 1, 3, 1)
    assert effect(shop, since=NOON).people == 3
    assert effect(shop, since=NOON + 1) is None
