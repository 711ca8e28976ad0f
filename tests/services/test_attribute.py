"""Money goes to the message touched last, once, in its own currency, whenever the event comes in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail_kit import CHAIN, NOON, open_shop

from mautod.core.envelope import Receipt
from mautod.core.event import Happened
from mautod.core.goals import GoalSpec
from mautod.core.rules.parser import parse_where
from mautod.core.sending.machines import Suspects
from mautod.core.sending.message import Failed
from mautod.core.sending.returns import CLICKED, MACHINE_CLICKED, MACHINE_OPENED, OPENED
from mautod.duration import DAY, HOUR
from mautod.services.intake.receive import resolve
from mautod.services.reports.attribute import credit

BOUGHT = "Order Completed"


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    shop.apply(CHAIN, "other")
    yield shop
    shop.db.close()


def goal(shop, chain: str = "cart", **changes) -> GoalSpec:
    chain_id = shop.one("SELECT id FROM chain WHERE key = ?", chain)[0]
    parts = {"event": BOUGHT, "value": "total", "within_ms": 3 * DAY, **changes}
    return GoalSpec(chain_id, **parts)


def sent(shop, person: int, at: int, chain: str = "cart", **columns) -> int:
    return shop.message(person, chain, state="sent", sending_at=at, done_at=at, **columns)


def happen(
    shop, person: int, ts: int, goals, *, currency: str = "USD", name: str = BOUGHT, **props
):
    """Store an event and credit it, as the digest does."""
    event = shop.event(person, name, ts, **props)
    happened = Happened(event, person, name, ts, ts, props)
    with shop.db.write() as tx:
        return credit(tx, goals, [happened], currency)


def conversions(shop) -> list[tuple]:
    return shop.all("SELECT message_id, value_e4, currency FROM conversion ORDER BY id")


def test_a_purchase_is_credited_to_the_letter_before_it(shop):
    person = shop.person()
    message = sent(shop, person, NOON)
    assert happen(shop, person, NOON + HOUR, [goal(shop)], total=49.9) == 1
    assert conversions(shop) == [(message, 499_000, "USD")]
    row = shop.one("SELECT person_id, step, template, at FROM conversion")
    assert row == (person, "first", "cart-1", NOON + HOUR)


def test_the_money_of_one_order_is_credited_once_even_if_two_chains_claim_it(shop):
    person = shop.person()
    sent(shop, person, NOON)
    later = sent(shop, person, NOON + 1, "other")
    happen(shop, person, NOON + 2, [goal(shop), goal(shop, "other")], total=5)
    assert conversions(shop) == [(later, 50_000, "USD")]


def test_crediting_the_same_event_again_changes_nothing(shop):
    person = shop.person()
    sent(shop, person, NOON)
    goals, happened = [goal(shop)], Happened(1, person, BOUGHT, NOON + 1, NOON + 1, {"total": 5})
    for _ in range(2):
        with shop.db.write() as tx:
            credit(tx, goals, [happened], "USD")
    assert len(conversions(shop)) == 1


def test_two_orders_after_one_letter_are_two_conversions(shop):
    person = shop.person()
    message = sent(shop, person, NOON)
    for later, total in ((1, 5), (2, 7)):
        happen(shop, person, NOON + later, [goal(shop)], total=total)
    assert conversions(shop) == [(message, 50_000, "USD"), (message, 70_000, "USD")]


def test_currencies_are_kept_apart(shop):
    person = shop.person()
    message = sent(shop, person, NOON)
    happen(shop, person, NOON + 1, [goal(shop)], total=5)
    happen(shop, person, NOON + 2, [goal(shop)], total="7.5")
    event = shop.event(person, BOUGHT, NOON + 3)
    happened = Happened(event, person, BOUGHT, NOON + 3, NOON + 3, {"total": 9, "currency": "eur"})
    with shop.db.write() as tx:
        credit(tx, [goal(shop)], [happened], "USD")
    assert conversions(shop) == [
        (message, 50_000, "USD"), (message, 75_000, "USD"), (message, 90_000, "EUR"),
    ]  # fmt: skip


def test_an_event_that_comes_late_finds_the_letter_it_would_have_found_in_time(shop):
    person = shop.person()
    early = sent(shop, person, NOON)
    sent(shop, person, NOON + 2 * HOUR)
    happen(shop, person, NOON + HOUR, [goal(shop)], total=5)
    assert [row[0] for row in conversions(shop)] == [early]


def test_a_purchase_before_the_letter_or_long_after_it_is_not_its_merit(shop):
    person = shop.person()
    sent(shop, person, NOON)
    assert happen(shop, person, NOON - 1, [goal(shop)], total=5) == 0
    assert happen(shop, person, NOON + 3 * DAY + 1, [goal(shop)], total=5) == 0
    assert happen(shop, person, NOON + 3 * DAY, [goal(shop)], total=5) == 1


def test_only_letters_that_left_earn_anything(shop):
    person = shop.person()
    for state in ("refused", "failed", "queued", "unknown", "expired"):
        shop.message(person, state=state, sending_at=NOON)
    assert happen(shop, person, NOON + 1, [goal(shop)], total=5) == 0


def test_an_unknown_letter_that_was_opened_did_leave(shop):
    person = shop.person()
    opened = shop.message(person, state="unknown", sending_at=NOON, opened_at=NOON + 1)
    happen(shop, person, NOON + 2, [goal(shop, from_="opened")], total=5)
    assert [row[0] for row in conversions(shop)] == [opened]


async def test_a_purchase_while_the_letter_is_on_the_wire_counts_unless_the_letter_fails(shop):
    person = shop.person()
    shop.message(person)

    def fail(_letter):
        happen(shop, person, NOON, [goal(shop)], total=5)
        assert len(conversions(shop)) == 1
        return Failed("no")

    shop.channel.answer = fail
    await shop.deliver().batch()
    assert conversions(shop) == []


def test_a_goal_without_money_is_still_a_goal(shop):
    person = shop.person()
    message = sent(shop, person, NOON)
    happen(shop, person, NOON + 1, [goal(shop, value=None)], total=5)
    happen(shop, person, NOON + 2, [goal(shop)])
    assert conversions(shop) == [(message, None, None)] * 2


def test_a_fixed_value_is_in_the_currency_of_the_workspace(shop):
    person = shop.person()
    message = sent(shop, person, NOON)
    happen(shop, person, NOON + 1, [goal(shop, value=Decimal(500))], currency="RUB")
    assert conversions(shop) == [(message, 5_000_000, "RUB")]


def test_a_goal_with_a_where_counts_only_what_passes(shop):
    person = shop.person()
    sent(shop, person, NOON)
    goals = [goal(shop, where=parse_where("total > 100"))]
    assert happen(shop, person, NOON + 1, goals, total=100) == 0
    assert happen(shop, person, NOON + 2, goals, total=101) == 1


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
@given(
    letters=st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=6),
    orders=st.lists(st.tuples(st.integers(0, 120), st.integers(1, 9)), max_size=6),
)
def test_in_any_order_of_arrival_each_order_is_credited_to_the_last_letter_in_time(
    shop, letters, orders
):
    person = shop.person()
    goals = [goal(shop, within_ms=50), goal(shop, "other", within_ms=20)]
    messages = [
        (at, sent(shop, person, NOON + at, "other" if other else "cart"), 20 if other else 50)
        for at, other in letters
    ]
    credited = {}
    for ts, total in reversed(orders):
        before = len(conversions(shop))
        happen(shop, person, NOON + ts, goals, total=total)
        credited[ts, total] = [row[0] for row in conversions(shop)[before:]]
    for (ts, _), found in credited.items():
        in_time = [(at, message) for at, message, within in messages if at <= ts <= at + within]
        assert found == ([max(in_time)[1]] if in_time else [])


# --- shares and refunds


def ledger(shop) -> list[tuple]:
    """(message, share, money, currency, what it takes back) of every row."""
    return shop.all(
        "SELECT message_id, share_e4, value_e4, currency, refunds FROM conversion ORDER BY id"
    )


def refund(shop, person: int, ts: int, goals, **props) -> int:
    return happen(shop, person, ts, goals, name="Order Refunded", **props)


def test_a_linear_goal_gives_each_letter_its_part_and_the_parts_add_up(shop):
    person = shop.person()
    letters = [sent(shop, person, NOON + number) for number in range(3)]
    assert happen(shop, person, NOON + 9, [goal(shop, attribution="linear")], total=10) == 1
    assert ledger(shop) == [
        (letters[0], 3334, 33_334, "USD", None),
        (letters[1], 3333, 33_333, "USD", None),
        (letters[2], 3333, 33_333, "USD", None),
    ]


def test_a_refund_is_taken_from_the_letter_that_earned_the_order(shop):
    person, goals = shop.person(), [goal(shop)]
    message = sent(shop, person, NOON)
    happen(shop, person, NOON + 1, goals, total=50, order_id="a")
    order = shop.one("SELECT event_id FROM conversion")[0]
    happen(shop, person, NOON + 2, goals, total=70, order_id="b")
    assert refund(shop, person, NOON + 90 * DAY, goals, total=20, order_id="a") == 0
    assert ledger(shop)[-1] == (message, 0, -200_000, "USD", order)


def test_refunds_never_take_more_than_was_earned_however_often_they_come(shop):
    person, goals = shop.person(), [goal(shop, attribution="linear")]
    letters = [sent(shop, person, NOON + number) for number in range(3)]
    happen(shop, person, NOON + 9, goals, total=10, order_id=17)
    for later in range(4):
        refund(shop, person, NOON + 10 + later, goals, total="4", order_id="17")
    by_letter = shop.all(
        "SELECT message_id, sum(value_e4), min(value_e4) FROM conversion GROUP BY message_id"
    )
    assert [row[:2] for row in by_letter] == [(letter, 0) for letter in letters]
    refunded = shop.one("SELECT count(*), sum(value_e4) FROM conversion WHERE refunds IS NOT NULL")
    assert refunded == (9, -100_000)


def test_the_same_refund_counts_once(shop):
    person, goals = shop.person(), [goal(shop)]
    sent(shop, person, NOON)
    happen(shop, person, NOON + 1, goals, total=50, order_id="a")
    event = shop.event(person, "Order Refunded", NOON + 2, total=5, order_id="a")
    props = {"total": 5, "order_id": "a"}
    happened = Happened(event, person, "Order Refunded", NOON + 2, NOON + 2, props)
    for _ in range(2):
        with shop.db.write() as tx:
            credit(tx, goals, [happened, happened], "USD")
    assert [row[2] for row in ledger(shop)] == [500_000, -50_000]


def test_a_refund_without_an_amount_takes_back_the_whole_order(shop):
    person, goals = shop.person(), [goal(shop)]
    sent(shop, person, NOON)
    happen(shop, person, NOON + 1, goals, total=50, order_id="a")
    refund(shop, person, NOON + 2, goals, order_id="a")
    assert [row[2] for row in ledger(shop)] == [500_000, -500_000]


def test_a_refund_without_a_number_is_about_the_last_order_before_it(shop):
    person, goals = shop.person(), [goal(shop)]
    sent(shop, person, NOON)
    for later, total in ((1, 50), (2, 70), (9, 90)):
        happen(shop, person, NOON + later, goals, total=total)
    refund(shop, person, NOON + 3, goals, total=10)
    events = shop.all("SELECT event_id FROM conversion WHERE value_e4 > 0 ORDER BY at")
    assert ledger(shop)[-1][2:] == (-100_000, "USD", events[1][0])


def test_a_fixed_value_is_taken_back_by_number_only(shop):
    person, goals = shop.person(), [goal(shop, value=Decimal(500))]
    sent(shop, person, NOON)
    happen(shop, person, NOON + 1, goals, order_id="a")
    refund(shop, person, NOON + 2, goals, total=10)
    assert len(ledger(shop)) == 1
    refund(shop, person, NOON + 3, goals, total=10, order_id="a")
    assert ledger(shop)[-1][2] == -5_000_000


def test_a_refund_that_comes_before_its_order_is_taken_when_the_order_comes(shop):
    person, goals = shop.person(), [goal(shop)]
    sent(shop, person, NOON)
    refund(shop, person, NOON + 5, goals, total=20, order_id="a")
    assert ledger(shop) == []
    happen(shop, person, NOON + 1, goals, total=50, order_id="a")
    assert [row[2] for row in ledger(shop)] == [500_000, -200_000]


def test_an_order_and_its_refund_may_come_at_once(shop):
    person, goals = shop.person(), [goal(shop)]
    sent(shop, person, NOON)
    happened = []
    for name, total in ((BOUGHT, 50), ("Order Refunded", 20)):
        props = {"total": total, "order_id": "a"}
        event = shop.event(person, name, NOON + 1, **props)
        happened.append(Happened(event, person, name, NOON + 1, NOON + 1, props))
    with shop.db.write() as tx:
        assert credit(tx, goals, happened, "USD") == 1
    assert [row[2] for row in ledger(shop)] == [500_000, -200_000]


def test_a_refund_in_another_currency_or_of_another_order_takes_nothing(shop):
    person, goals = shop.person(), [goal(shop)]
    sent(shop, person, NOON)
    happen(shop, person, NOON + 1, goals, total=50, order_id="a")
    event = {"total": 5, "order_id": "a", "currency": "EUR"}
    happened = Happened(99, person, "Order Refunded", NOON + 2, NOON + 2, event)
    with shop.db.write() as tx:
        credit(tx, goals, [happened], "USD")
    refund(shop, person, NOON + 2, goals, total=5, order_id="b")
    assert len(ledger(shop)) == 1


def test_a_goal_may_name_another_event_as_its_refund(shop):
    person, goals = shop.person(), [goal(shop, refund="Payment Reversed")]
    sent(shop, person, NOON)
    happen(shop, person, NOON + 1, goals, total=50, order_id="a")
    refund(shop, person, NOON + 2, goals, order_id="a")
    assert len(ledger(shop)) == 1
    happen(shop, person, NOON + 2, goals, name="Payment Reversed", total=1, order_id="a")
    assert ledger(shop)[-1][2] == -10_000


def test_the_orders_of_a_chain_that_is_gone_are_refunded_too(shop):
    person = shop.person()
    sent(shop, person, NOON)
    happen(shop, person, NOON + 1, [goal(shop)], total=50, order_id="a")
    refund(shop, person, NOON + 2, [], total=5, order_id="a")
    assert ledger(shop)[-1][2] == -50_000


async def test_the_part_of_a_letter_that_fails_goes_to_those_that_share_the_goal(shop):
    person, goals = shop.person(), [goal(shop, attribution="linear")]
    kept = [sent(shop, person, NOON - number) for number in (2, 1)]
    shop.message(person)

    def fail(_letter):
        happen(shop, person, NOON, goals, total="10.0001", order_id="a")
        refund(shop, person, NOON + 1, goals, total=6, order_id="a")
        assert len(ledger(shop)) == 6
        return Failed("no")

    shop.channel.answer = fail
    await shop.deliver().batch()
    rows = [row[:3] for row in ledger(shop)]
    assert [row[:2] for row in rows] == [
        (kept[0], 5001),
        (kept[1], 4999),
        (kept[0], 0),
        (kept[1], 0),
    ]
    assert sum(row[2] for row in rows[:2]) == 100_001
    assert sum(row[2] for row in rows[2:]) == -60_000


STORY = st.lists(
    st.tuples(
        st.sampled_from([BOUGHT, BOUGHT, "Order Refunded"]),
        st.integers(0, 60),
        st.sampled_from(["", "a", "b"]),
        st.one_of(st.none(), st.integers(0, 90)),
        st.sampled_from(["USD", "EUR"]),
    ),
    max_size=10,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(
    letters=st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=5),
    story=STORY,
    shared=st.sampled_from(["last", "first", "linear"]),
)
def test_whatever_happens_each_event_is_credited_once_and_loses_at_most_that(
    shop, letters, story, shared
):
    person = shop.person()
    goals = [goal(shop, within_ms=50, attribution=shared), goal(shop, "other", within_ms=20)]
    for at, other in letters:
        sent(shop, person, NOON + at, "other" if other else "cart")
    for name, ts, order, total, money in story:
        props = {"order_id": order, "total": total, "currency": money}
        props = {key: value for key, value in props.items() if value not in ("", None)}
        event = shop.event(person, name, NOON + ts, **props)
        happened = Happened(event, person, name, NOON + ts, NOON + ts, props)
        with shop.db.write() as tx:
            credit(tx, goals, [happened], "USD")
    of = "SELECT {} FROM conversion WHERE person_id = ? AND refunds IS {} NULL GROUP BY {}"
    for (share,) in shop.all(of.format("sum(share_e4)", "", "event_id"), person):
        assert share == 10_000
    for (share,) in shop.all(of.format("max(share_e4)", "NOT", "event_id"), person):
        assert share == 0
    left = shop.all(
        "SELECT sum(value_e4), count(DISTINCT currency) FROM conversion WHERE person_id = ?"
        " AND value_e4 IS NOT NULL GROUP BY message_id, coalesce(refunds, event_id)",
        person,
    )
    assert all(value >= 0 and currencies == 1 for value, currencies in left)


# --- receipts


def receive(shop, *receipts: tuple[Receipt, int]):
    with shop.db.write() as tx:
        came = [(receipt, at, "203.0.113.7") for receipt, at in receipts]
        return resolve(tx, came, None, Suspects(), NOON + DAY)


def test_an_open_and_a_click_become_events_and_are_noted_on_the_message(shop):
    person = shop.person()
    message = sent(shop, person, NOON)
    run = shop.one("SELECT run_id FROM message")[0]
    props = {
        "message": message, "run": run, "chain": "cart", "step": "first", "template": "cart-1",
        "channel": "email",
    }  # fmt: skip
    found = receive(
        shop,
        (Receipt("open", message), NOON + HOUR),
        (Receipt("click", message, "https://x.example"), NOON + 2 * HOUR),
    )
    assert found == [
        (person, "Message Opened", props, NOON + HOUR),
        (person, "Message Clicked", {**props, "url": "https://x.example"}, NOON + 2 * HOUR),
    ]
    row = shop.one("SELECT opened_at, clicked_at, marks FROM message")
    assert row == (NOON + HOUR, NOON + 2 * HOUR, OPENED | CLICKED)


def test_what_machines_do_is_kept_apart_and_told_by_which_rule(shop):
    message = sent(shop, shop.person(), NOON)
    found = receive(
        shop,
        (Receipt("click", message, "https://x.example"), NOON + 1),
        (Receipt("open", message, "", "curl/8"), NOON + HOUR),
        (Receipt("open", message), NOON + HOUR),
    )
    assert [props.get("machine") for _, _, props, _ in found] == ["at once", "agent", None]
    row = shop.one("SELECT opened_at, clicked_at, marks FROM message")
    assert row == (NOON + HOUR, None, OPENED | MACHINE_OPENED | MACHINE_CLICKED)


def test_the_first_open_counts_whatever_comes_in_first(shop):
    message = sent(shop, shop.person(), NOON)
    for at in (NOON + 5 * HOUR, NOON + HOUR, NOON + 9 * HOUR):
        assert len(receive(shop, (Receipt("open", message), at))) == 1
    assert shop.one("SELECT opened_at FROM message") == (NOON + HOUR,)


def test_receipts_of_unknown_messages_and_erased_people_come_to_nothing(shop):
    message = sent(shop, shop.person(erased_at=NOON), NOON)
    found = receive(shop, (Receipt("open", message), NOON), (Receipt("open", 99), NOON))
    assert found == []
    assert receive(shop) == []


def test_the_receipt_of_a_person_who_was_absorbed_belongs_to_who_they_are_now(shop):
    winner = shop.person()
    message = sent(shop, shop.person(merged_into=winner), NOON)
    [(person, *_)] = receive(shop, (Receipt("open", message), NOON))
    assert person == winner
