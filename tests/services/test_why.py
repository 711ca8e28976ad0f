"""`why` answers from what was stored: the trigger, the run, each decision, in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from mail_kit import CHAIN, open_shop

from mautod.core.sending.message import Failed, Retry, Unknown
from mautod.duration import DAY, HOUR, MINUTE
from mautod.services.delivery.admit import Terms
from mautod.services.delivery.consent import FromPerson, unsubscribe
from mautod.services.delivery.why import why

EVENING = int(datetime(2026, 11, 22, 22, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    shop.clock.now = EVENING
    yield shop
    shop.db.close()


def ask(shop, person: int, template: str = "cart-1"):
    return why(shop.db.read(), person, template, shop.clock.now)


async def test_a_letter_that_was_sent_is_told_with_its_trigger_and_its_echo(shop):
    person = shop.person()
    event = shop.event(person, "Product Added", product="Helmet")
    run = shop.run(person, entry_event=event)
    message = shop.message(person, run_id=run)
    await shop.deliver().batch()
    with shop.db.write() as tx:
        tx.execute(
            "UPDATE message SET opened_at = ?, clicked_at = ?", (EVENING + MINUTE, EVENING + HOUR)
        )
    answer = ask(shop, person)
    assert answer.text == (
        "Sent to ann@x.example on 2026-11-22 22:00 UTC,"
        " opened on 2026-11-22 22:01 UTC, clicked on 2026-11-22 23:00 UTC."
    )
    [one] = answer.runs
    assert one.trigger.props == {"product": "Helmet"}
    assert (one.run.id, one.message.id) == (run, message)
    assert [decision.verdict for decision in one.decisions] == ["pass"]


async def test_all_decisions_stand_in_their_order(shop):
    shop.apply(CHAIN.replace("topic", 'window = "mon-sun 10:00-20:00"\ntopic'))
    person = shop.person(timezone="Asia/Almaty")
    shop.message(person)
    await shop.deliver().batch()
    assert ask(shop, person).text == (
        "Waits until 2026-11-23 05:00 UTC:"
        " outside the window mon-sun 10:00-20:00 at Mon 2026-11-23 03:00 in Asia/Almaty."
    )
    unsubscribe(shop.db, FromPerson(person), EVENING + HOUR, topic="offers", source="one-click")
    shop.clock.now = shop.deliver().next_due()
    await shop.deliver().batch()
    answer = ask(shop, person)
    assert answer.text == (
        "Refused on 2026-11-23 05:00 UTC: unsubscribed (topic offers) on"
        " 2026-11-22 23:00 UTC, by one-click."
    )
    assert [decision.reason for decision in answer.runs[0].decisions] == ["window", "unsubscribed"]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Failed("554 no spam"), "Failed on 2026-11-22 22:00 UTC (refused by server): 554 no spam."),
        (Unknown("cut"), "Perhaps sent on 2026-11-22 22:00 UTC: cut."),
        (Retry("busy"), "Will be tried again on 2026-11-22 22:00 UTC: busy."),
    ],
)
async def test_every_outcome_has_its_words(shop, outcome, text):
    shop.channel.answer = lambda _: outcome
    person = shop.person()
    shop.message(person)
    await shop.deliver().batch()
    assert ask(shop, person).text == text


async def test_every_refusal_has_its_words(shop):
    from_cap = Terms(caps=())
    shop.terms = from_cap
    texts = {}
    for name, columns in {
        "no address": {"email": None},
        "erased": {"erased_at": EVENING},
    }.items():
        person = shop.person(**columns)
        shop.message(person)
        await shop.deliver().batch()
        texts[name] = ask(shop, person).text
    assert texts == {
        "no address": "Refused on 2026-11-22 22:00 UTC: the person has no address on this channel.",
        "erased": "Refused on 2026-11-22 22:00 UTC: the person was erased.",
    }


async def test_a_message_that_is_queued_or_held_by_a_paused_chain_says_so(shop):
    person = shop.person()
    shop.message(person, due_at=EVENING + DAY)
    assert ask(shop, person).text == "Queued; due on 2026-11-23 22:00 UTC."
    with shop.db.write() as tx:
        tx.execute("UPDATE chain SET state = 'paused'")
    assert ask(shop, person).text == "Waits: the chain cart is paused."


def test_a_run_that_has_not_come_to_the_letter_says_where_it_stands(shop):
    person = shop.person()
    shop.run(person, wake_at=EVENING + HOUR)
    text = ask(shop, person).text
    assert text.startswith("Not yet: the run of cart is at first")
    assert text.endswith("until 2026-11-22 23:00 UTC.")


def test_a_run_that_ended_before_the_letter_says_how(shop):
    person = shop.person()
    shop.run(person, state="done", outcome="left", ended_at=EVENING)
    assert ask(shop, person).text == (
        "Never: the run of cart ended on 2026-11-22 22:00 UTC before this letter (left)."
    )


def test_who_never_entered_is_told_what_would_have_let_them_in(shop):
    person = shop.person()
    assert ask(shop, person).text.startswith("Never entered a chain that sends cart-1: cart (")
    assert ask(shop, person, "gone").text == "No chain sends gone."


async def test_the_newest_run_comes_first(shop):
    person = shop.person()
    for _ in range(2):
        shop.message(person)
        await shop.deliver().batch()
        shop.clock.now += DAY
    first, second = ask(shop, person).runs
    assert first.run.entered_at > second.run.entered_at
