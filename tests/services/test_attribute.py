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
from mautod.core.message import Failed
from mautod.core.rules.parser import parse_where
from mautod.duration import DAY, HOUR
from mautod.services.attribute import credit
from mautod.services.receive import resolve

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


# --- receipts


def receive(shop, *receipts: tuple[Receipt, int]):
    with shop.db.write() as tx:
        return resolve(tx, receipts)


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
        (Receipt("open", message), NOON + 1),
        (Receipt("click", message, "https://x.example"), NOON + 2),
    )
    assert found == [
        (person, "Message Opened", props, NOON + 1),
        (person, "Message Clicked", {**props, "url": "https://x.example"}, NOON + 2),
    ]
    assert shop.one("SELECT opened_at, clicked_at FROM message") == (NOON + 1, NOON + 2)


def test_the_first_open_counts_whatever_comes_in_first(shop):
    message = sent(shop, shop.person(), NOON)
    for at in (NOON + 5, NOON + 3, NOON + 9):
        assert len(receive(shop, (Receipt("open", message), at))) == 1
    assert shop.one("SELECT opened_at FROM message") == (NOON + 3,)


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
