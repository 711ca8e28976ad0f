"""The pump of one channel: who is written to, what the ledger says, what survives a crash."""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from mail_kit import CHAIN, NOON, Recorder, open_shop

from mautod.config import Alerts, parse
from mautod.core.sending.caps import parse_cap
from mautod.core.sending.holdout import parse_share
from mautod.core.sending.message import Failed, Retry, Sent, Unknown
from mautod.core.sending.retry import ATTEMPTS, DELAYS
from mautod.core.times.windows import parse_window
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import Unavailable
from mautod.services.delivery import deliver
from mautod.services.delivery.admit import Terms, terms_of
from mautod.services.delivery.alarms import limits_of
from mautod.services.delivery.consent import FromPerson, suppress, unsubscribe
from mautod.services.delivery.deliver import LEASE_MS
from mautod.store.db import to_json


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


async def test_a_due_message_is_sent_and_the_ledger_says_how(shop):
    person = shop.person()
    message = shop.message(person)
    assert await shop.deliver().batch() == 1
    assert shop.channel.addresses == ["ann@x.example"]
    assert shop.state(message) == ("sent", None)
    row = shop.one("SELECT address, sending_at, done_at, ref, attempt FROM message")
    assert row == ("ann@x.example", NOON, NOON, "ref", 1)
    assert shop.decisions(message) == [("pass", "", {"topic": "offers", "marketing": True})]


async def test_what_became_of_a_message_is_an_event_of_its_person(shop):
    message = shop.message(shop.person())
    run = shop.one("SELECT run_id FROM message")[0]
    await shop.deliver().batch()
    props = {
        "message": message, "run": run, "chain": "cart", "step": "first", "template": "cart-1",
        "channel": "email",
    }  # fmt: skip
    assert shop.notes() == [("Message Sent", props)]


async def test_nothing_due_is_no_work(shop):
    shop.message(shop.person(), due_at=NOON + 1)
    assert await shop.deliver().batch() == 0
    assert shop.deliver().next_due() == NOON + 1


async def test_a_letter_is_filled_with_the_person_and_the_event_that_began_the_run(shop):
    person = shop.person(props=to_json({"name": "shadow", "plan": "pro"}))
    event = shop.event(person, "Product Added", name="Helmet")
    shop.message(person, run_id=shop.run(person, entry_event=event))
    await shop.deliver().batch()
    assert shop.channel.letters[0].payload == b"cart-1/: Ann {'name': 'Helmet'}"


async def test_a_letter_is_in_the_language_of_the_person_or_of_the_workspace(shop):
    with shop.db.write() as tx:
        shop.put(
            tx,
            "template",
            "cart-1.ru",
            "templates/cart-1.ru.liquid",
            "---\nsubject: Cart\ntopic: offers\n---\n<p>{{ unsubscribe_url }}</p>",
        )
    shop.message(shop.person(language="ru-RU"))
    shop.message(shop.person("bob@x.example", language="de"))
    shop.message(shop.person("zoe@x.example"))
    shop.terms = Terms(language="ru")
    await shop.deliver().batch()
    assert [letter.payload[:10] for letter in shop.channel.letters] == [
        b"cart-1/ru:", b"cart-1/: A", b"cart-1/ru:",
    ]  # fmt: skip


async def test_no_more_messages_are_in_doubt_at_once_than_the_channel_has_places(shop):
    for number in range(30):
        shop.message(shop.person(f"p{number}@x.example"))
    sending = []

    class Watching(Recorder):
        async def send(self, batch):
            await asyncio.sleep(0)
            count = shop.one("SELECT count(*) FROM message WHERE state = 'sending'")[0]
            sending.append(count)
            return await super().send(batch)

    channel = Watching(parallel=8)
    assert await shop.deliver(channel=channel).batch() == 30
    assert max(sending) == 8
    assert max(channel.sizes) == 4
    assert len(channel.letters) == 30


# --- refusals


async def refused(shop, message: int) -> str | None:
    await shop.deliver().batch()
    state, reason = shop.state(message)
    assert state == "refused"
    assert shop.channel.letters == []
    assert shop.decisions(message)[-1][:2] == ("refuse", reason)
    name, props = shop.notes()[-1]
    assert (name, props["reason"]) == ("Message Refused", reason)
    return reason


async def test_an_unsubscribe_wins_over_a_queued_message(shop):
    person = shop.person()
    message = shop.message(person)
    unsubscribe(shop.db, FromPerson(person), NOON, topic="offers", source="link")
    assert await refused(shop, message) == "unsubscribed"


async def test_a_person_with_the_address_of_one_who_unsubscribed_is_not_written_to(shop):
    unsubscribe(shop.db, FromPerson(shop.person()), NOON, source="link")
    message = shop.message(shop.person("ANN@x.example "))
    assert await refused(shop, message) == "unsubscribed"
    assert shop.decisions(message)[-1][2]["by"] == "address"


async def test_a_suppressed_address_is_not_written_to_in_any_writing(shop):
    suppress(shop.db, "Ann@X.example", "email", "complaint", NOON)
    message = shop.message(shop.person())
    assert await refused(shop, message) == "suppressed"
    assert shop.decisions(message)[-1][2]["why"] == "complaint"


async def test_who_has_no_address_or_was_erased_is_refused(shop):
    nowhere = shop.message(shop.person(None))
    assert await refused(shop, nowhere) == "no address"
    erased = shop.message(shop.person(erased_at=NOON))
    assert await refused(shop, erased) == "erased"


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"state": "done", "outcome": "left", "ended_at": NOON}, "left"),
        ({"state": "done", "outcome": "merged", "ended_at": NOON}, "left"),
        ({"state": "done", "outcome": "goal", "goal_at": NOON}, "goal reached"),
    ],
)
async def test_a_run_that_was_withdrawn_takes_its_messages_with_it(shop, columns, reason):
    person = shop.person()
    message = shop.message(person, run_id=shop.run(person, **columns))
    assert await refused(shop, message) == reason


async def test_a_run_that_finished_lets_its_last_message_go(shop):
    person = shop.person()
    message = shop.message(person, run_id=shop.run(person, state="done", outcome="finished"))
    await shop.deliver().batch()
    assert shop.state(message) == ("sent", None)


async def test_a_purchase_after_the_run_finished_still_stops_a_message_that_waits(shop):
    """Nobody watches the leave rule of a finished run but the gate."""
    person = shop.person()
    message = shop.message(person, run_id=shop.run(person, state="done", outcome="finished"))
    shop.event(person, "Order Completed", NOON + 1)
    assert await refused(shop, message) == "left"


async def test_a_goal_reached_before_the_message_left_stops_it(shop):
    shop.apply(
        CHAIN.replace("leave = 'did \"Order Completed\" since entry'", "").replace(
            "[[step]]", 'goal = { event = "Lead Sent", within = "1d" }\n[[step]]'
        )
    )
    person = shop.person()
    shop.event(person, "Lead Sent", NOON - 1)
    first = shop.message(person)
    await shop.deliver().batch()
    assert shop.state(first) == ("sent", None)
    second = shop.message(person)
    shop.event(person, "Lead Sent", NOON + 1)
    await shop.deliver().batch()
    assert shop.state(second) == ("refused", "goal reached")


async def test_a_message_of_a_stopped_chain_is_refused(shop):
    message = shop.message(shop.person())
    with shop.db.write() as tx:
        tx.execute("UPDATE chain SET state = 'stopped'")
    assert await refused(shop, message) == "left"


async def test_a_message_of_a_paused_chain_waits_and_goes_out_when_it_is_resumed(shop):
    message = shop.message(shop.person())
    with shop.db.write() as tx:
        tx.execute("UPDATE chain SET state = 'paused'")
    assert await shop.deliver().batch() == 0
    assert shop.deliver().next_due() is None
    assert shop.state(message) == ("queued", None)
    assert shop.decisions(message) == []
    with shop.db.write() as tx:
        tx.execute("UPDATE chain SET state = 'running'")
    assert await shop.deliver().batch() == 1
    assert shop.state(message) == ("sent", None)


async def test_pausing_a_chain_holds_also_what_was_leased_already(shop):
    messages = [shop.message(shop.person(f"p{n}@x.example")) for n in range(4)]

    class Pausing(Recorder):
        async def send(self, batch):
            with shop.db.write() as tx:
                tx.execute("UPDATE chain SET state = 'paused'")
            return await super().send(batch)

    channel = Pausing(parallel=2)
    await shop.deliver(channel=channel).batch()
    assert len(channel.letters) == 1
    with shop.db.write() as tx:
        tx.execute("UPDATE chain SET state = 'running'")
    await shop.deliver(holder="another").batch()
    assert [shop.state(message)[0] for message in messages] == ["sent"] * 4


async def test_a_message_over_the_cap_is_refused_also_within_one_batch(shop):
    shop.terms = Terms(caps=(parse_cap("2 per 1d"),))
    person = shop.person()
    messages = [shop.message(person) for _ in range(3)]
    await shop.deliver().batch()
    assert [shop.state(message)[0] for message in messages] == ["sent", "sent", "refused"]
    assert shop.decisions(messages[2])[-1][1:] == (
        "cap", {"cap": "2 per 1d", "of": "", "sent": 2, "frees_at": NOON + DAY},
    )  # fmt: skip
    shop.clock.now += DAY
    assert shop.state(shop.message(person)) == ("queued", None)
    await shop.deliver().batch()
    assert len(shop.channel.letters) == 3


async def test_a_receipt_overtakes_whatever_waits_for_its_channel(shop, monkeypatch):
    monkeypatch.setattr(deliver, "MOST", 4)
    early = [shop.message(shop.person(f"p{n}@x.example")) for n in range(6)]
    shop.clock.now += HOUR
    late = shop.message(shop.person("late@x.example"), template="receipt", topic="", urgent=1)
    pump = shop.deliver()
    await pump.batch()
    assert shop.channel.addresses == ["late@x.example", *(f"p{n}@x.example" for n in range(3))]
    await pump.batch()
    assert {shop.state(message) for message in [*early, late]} == {("sent", None)}


async def test_a_receipt_takes_what_room_a_rate_leaves(shop):
    shop.channel.rate_per_s = 1.0
    pump = shop.deliver()
    for number in range(5):
        shop.message(shop.person(f"p{number}@x.example"))
    while await pump.batch():
        pass
    before = len(shop.channel.addresses)
    assert before < 5
    shop.message(shop.person("late@x.example"), template="receipt", topic="", urgent=1)
    shop.clock.now += 1000
    while await pump.batch():
        pass
    assert shop.channel.addresses[before] == "late@x.example"


async def test_receipts_heed_no_cap_no_window_and_no_unsubscribe(shop):
    shop.terms = Terms(caps=(parse_cap("1 per 1d"),), windows=(parse_window("sun 00:00-00:01"),))
    person = shop.person()
    unsubscribe(shop.db, FromPerson(person), NOON, source="link")
    messages = [shop.message(person, template="receipt", topic="") for _ in range(2)]
    await shop.deliver().batch()
    assert [shop.state(message) for message in messages] == [("sent", None)] * 2
    assert shop.one("SELECT topic FROM message") == ("",)


async def test_a_message_that_expired_while_it_waited_is_not_sent(shop):
    message = shop.message(shop.person(), expires_at=NOON)
    await shop.deliver().batch()
    assert shop.state(message) == ("expired", "expired")
    assert shop.notes()[-1][1]["reason"] == "expired"


async def test_a_message_without_a_template_fails_alone(shop):
    lost, fine = shop.message(shop.person(), template="gone"), shop.message(shop.person())
    await shop.deliver().batch()
    assert shop.state(lost) == ("failed", "no template")
    assert shop.state(fine) == ("sent", None)


# --- windows


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        ("Asia/Almaty", at("2026-11-23T10:00", "Asia/Almaty")),
        ("America/New_York", at("2026-11-22T18:00", "America/New_York") + 16 * HOUR),
        (None, at("2026-11-23T10:00", "Europe/Berlin")),
        ("Mars/Olympus", at("2026-11-23T10:00", "Europe/Berlin")),
    ],
)
async def test_outside_the_window_a_message_waits_for_the_morning_of_its_person(shop, zone, opens):
    """A zone that is missing or unknown falls back to that of the workspace."""
    shop.clock.now = at("2026-11-22T22:00", "Europe/Berlin")
    if zone == "America/New_York":
        shop.clock.now = at("2026-11-22T20:00", zone)
    shop.apply(CHAIN.replace("topic", 'window = "mon-sun 10:00-20:00"\ntopic'))
    shop.terms = Terms(timezone="Europe/Berlin")
    message = shop.message(shop.person(timezone=zone))
    await shop.deliver().batch()
    assert shop.state(message) == ("queued", "window")
    assert shop.one("SELECT due_at FROM message") == (opens,)
    assert shop.deliver().next_due() == opens
    [(verdict, reason, evidence)] = shop.decisions(message)
    assert (verdict, reason, evidence["until"]) == ("postpone", "window", opens)
    shop.clock.now = opens
    await shop.deliver().batch()
    assert shop.state(message) == ("sent", None)
    assert len(shop.decisions(message)) == 2


async def test_the_windows_of_workspace_and_chain_must_both_be_open(shop):
    shop.clock.now = at("2026-11-23T08:30", "UTC")
    shop.apply(CHAIN.replace("topic", 'window = "mon-sun 08:00-20:00"\ntopic'))
    shop.terms = Terms(windows=(parse_window("mon-fri 09:00-18:00"),))
    shop.message(shop.person())
    await shop.deliver().batch()
    assert shop.one("SELECT due_at FROM message") == (at("2026-11-23T09:00", "UTC"),)


# --- outcomes


async def test_a_dead_address_fails_and_is_never_used_again(shop):
    shop.channel.answer = lambda _: Failed("550 no such user", dead=True)
    person = shop.person()
    first = shop.message(person)
    await shop.deliver().batch()
    assert shop.state(first) == ("failed", "bounced")
    assert shop.one("SELECT detail FROM message") == ("550 no such user",)
    assert shop.notes()[-1][0] == "Message Failed"
    second = shop.message(person)
    await shop.deliver().batch()
    assert shop.state(second) == ("refused", "suppressed")


async def test_a_refused_message_does_not_condemn_the_address(shop):
    shop.channel.answer = lambda _: Failed("554 no spam")
    message = shop.message(shop.person())
    await shop.deliver().batch()
    assert shop.state(message) == ("failed", "refused by server")
    assert shop.all("SELECT * FROM suppression") == []


async def test_an_unknown_outcome_is_named_and_not_sent_again(shop):
    shop.channel.answer = lambda _: Unknown("cut after the last byte")
    message = shop.message(shop.person())
    await shop.deliver().batch()
    assert shop.state(message) == ("unknown", "unknown")
    shop.clock.now += 30 * DAY
    assert await shop.deliver().batch() == 0
    assert [verdict for verdict, *_ in shop.decisions(message)] == ["pass", "unknown"]


async def test_an_unknown_outcome_is_sent_again_if_the_chain_says_so(shop):
    shop.apply(CHAIN.replace("topic", 'when_unknown = "resend"\ntopic'))
    shop.channel.answer = lambda _: Unknown("cut after the last byte")
    message = shop.message(shop.person())
    await shop.deliver().batch()
    assert shop.state(message)[0] == "queued"
    shop.clock.now += HOUR
    shop.channel.answer = lambda _: Sent()
    await shop.deliver().batch()
    assert shop.state(message) == ("sent", None)
    assert len(shop.channel.letters) == 2


async def test_a_message_that_was_not_taken_is_tried_again_later_and_later_then_given_up(shop):
    shop.channel.answer = lambda _: Retry("connection refused")
    message = shop.message(shop.person())
    pump = shop.deliver()
    for delay in DELAYS:
        started = shop.clock.now
        assert await pump.batch() == 1
        assert shop.state(message) == ("queued", "retry")
        assert await pump.batch() == 0
        shop.clock.now = pump.next_due()
        assert delay <= shop.clock.now - started <= delay * 1.1
    assert await pump.batch() == 1
    assert shop.state(message) == ("failed", "gave up")
    assert len(shop.channel.letters) == ATTEMPTS
    assert [name for name, _ in shop.notes()] == ["Message Failed"]


async def test_the_gate_is_asked_again_at_every_try(shop):
    shop.channel.answer = lambda _: Retry("busy")
    person = shop.person()
    message = shop.message(person)
    await shop.deliver().batch()
    unsubscribe(shop.db, FromPerson(person), NOON, source="link")
    shop.clock.now += HOUR
    await shop.deliver().batch()
    assert shop.state(message) == ("refused", "unsubscribed")


async def test_a_try_that_failed_uses_up_no_cap(shop):
    shop.terms = Terms(caps=(parse_cap("1 per 1d"),))
    shop.channel.answer = lambda _: Retry("busy")
    message = shop.message(shop.person())
    await shop.deliver().batch()
    shop.channel.answer = lambda _: Sent()
    shop.clock.now += HOUR
    await shop.deliver().batch()
    assert shop.state(message) == ("sent", None)


async def test_a_template_that_raises_is_set_aside_and_the_others_go_on(shop):
    class Picky(Recorder):
        def render(self, template, draft, links):
            if draft.address.startswith("bad"):
                raise ZeroDivisionError("division by zero")
            return super().render(template, draft, links)

    bad, good = shop.message(shop.person("bad@x.example")), shop.message(shop.person())
    await shop.deliver(channel=Picky()).batch()
    assert shop.state(bad) == ("failed", "render")
    assert shop.state(good) == ("sent", None)
    kind, reason, template = shop.one("SELECT kind, reason, field FROM rejected")
    assert (kind, template) == ("message", "cart-1")
    assert "division by zero" in reason


async def test_a_channel_that_breaks_its_promise_leaves_unknown_messages_not_lost_ones(shop):
    class Broken(Recorder):
        async def send(self, batch):
            raise RuntimeError("bug")

    message = shop.message(shop.person())
    await shop.deliver(channel=Broken()).batch()
    assert shop.state(message) == ("unknown", "unknown")


async def test_a_channel_with_a_rate_sends_no_faster(shop):
    for number in range(9):
        shop.message(shop.person(f"p{number}@x.example"))
    shop.channel.rate_per_s = 8
    pump = shop.deliver()
    assert await pump.batch() == 2
    assert await pump.batch() == 0
    assert pump.next_due() == NOON + 125
    shop.clock.now += 500
    assert await pump.batch() == 4
    assert len(shop.channel.letters) == 6


async def test_outcomes_that_could_not_be_written_are_kept_and_written_later(shop, monkeypatch):
    """A full disk between sending and the ledger loses no outcome."""
    real, full = deliver.settle, []

    def fill_the_disk(_letter):
        full.append(True)
        return Sent()

    def settle(*arguments):
        if full:
            raise Unavailable("the disk is full")
        real(*arguments)

    monkeypatch.setattr(deliver, "settle", settle)
    shop.channel.answer = fill_the_disk
    message = shop.message(shop.person())
    pump = shop.deliver()
    with pytest.raises(Unavailable):
        await pump.batch()
    assert shop.state(message)[0] == "sending"
    full.clear()
    assert await pump.batch() == 0
    assert shop.state(message) == ("sent", None)
    assert len(shop.channel.letters) == 1


# --- leases and crashes


class Crash(BaseException):
    """The process ends here."""


class Dying(Recorder):
    """A channel in whose `send` the process is killed."""

    async def send(self, batch):
        self.letters += batch
        raise Crash


async def crash(shop, count: int = 3) -> list[int]:
    messages = [shop.message(shop.person(f"p{n}@x.example")) for n in range(count)]
    with pytest.raises(Crash):
        await shop.deliver(channel=Dying(parallel=2), holder="dead").batch()
    return messages


async def test_a_crash_while_sending_leaves_only_those_in_doubt_unknown(shop):
    first, *others = await crash(shop)
    assert shop.state(first)[0] == "sending"
    pump = shop.deliver()
    assert pump.recover(alone=True) >= 1
    assert shop.state(first) == ("unknown", "unknown")
    await pump.batch()
    in_doubt = [m for m in (first, *others) if shop.state(m)[0] == "unknown"]
    assert len(in_doubt) <= 2
    assert [shop.state(m)[0] for m in others if m not in in_doubt] == ["sent"] * (3 - len(in_doubt))
    assert shop.decisions(first)[-1][0] == "unknown"


async def test_after_a_crash_a_chain_may_ask_to_send_again(shop):
    shop.apply(CHAIN.replace("topic", 'when_unknown = "resend"\ntopic'))
    messages = await crash(shop, 1)
    pump = shop.deliver()
    pump.recover(alone=True)
    shop.clock.now += MINUTE
    await pump.batch()
    assert shop.state(messages[0]) == ("sent", None)


async def test_what_another_process_is_sending_is_left_alone_until_its_lease_runs_out(shop):
    [message] = await crash(shop, 1)
    assert shop.deliver().recover() == 0
    assert shop.state(message)[0] == "sending"
    shop.clock.now += LEASE_MS
    assert shop.deliver().recover() == 1
    assert shop.state(message)[0] == "unknown"


async def test_a_lease_that_ran_out_is_free_again(shop):
    message = shop.message(shop.person(), lease_by="dead", lease_until=NOON + 5)
    assert await shop.deliver().batch() == 0
    assert shop.deliver().next_due() == NOON + 5
    shop.clock.now += 5
    assert await shop.deliver().batch() == 1
    assert shop.state(message) == ("sent", None)


async def test_whoever_is_alone_takes_the_leases_of_the_dead_at_once(shop):
    shop.message(shop.person(), lease_by="dead", lease_until=NOON + 5)
    pump = shop.deliver()
    pump.recover(alone=True)
    assert await pump.batch() == 1


async def test_an_outcome_that_comes_after_the_message_was_given_up_changes_nothing(shop):
    """A process that was frozen wakes up after its lease was taken over."""

    class Frozen(Recorder):
        async def send(self, batch):
            shop.clock.now += LEASE_MS
            other = shop.deliver(holder="other")
            assert other.recover() == 1
            return await super().send(batch)

    message = shop.message(shop.person())
    await shop.deliver(channel=Frozen()).batch()
    assert shop.state(message) == ("unknown", "unknown")
    assert shop.notes() == []


async def test_stopping_finishes_what_is_on_the_wire_and_leaves_the_rest_free(shop):
    messages = [shop.message(shop.person(f"p{n}@x.example")) for n in range(6)]

    class Stopping(Recorder):
        async def send(self, batch):
            pump.stop()
            return await super().send(batch)

    pump = shop.deliver(channel=Stopping(parallel=2))
    await pump.batch()
    states = [shop.state(message)[0] for message in messages]
    assert states.count("sent") + states.count("queued") == 6
    assert 1 <= states.count("sent") <= 2
    assert shop.all("SELECT id FROM message WHERE state = 'queued' AND lease_by IS NOT NULL") == []
    assert await pump.batch() == 0


async def test_a_clock_that_steps_back_sends_nothing_twice_and_loses_nothing(shop):
    first = shop.message(shop.person())
    pump = shop.deliver()
    await pump.batch()
    shop.clock.now -= DAY
    second = shop.message(shop.person("bob@x.example"))
    assert await pump.batch() == 1
    assert [shop.state(m)[0] for m in (first, second)] == ["sent", "sent"]
    assert len(shop.channel.letters) == 2


def test_the_terms_are_read_from_the_configuration():
    config = parse(
        '[workspace]\ntimezone = "Asia/Almaty"\nlanguage = "ru"\n'
        '[gate]\nwindow = "mon-fri 10:00-20:00"\ncap = "2 per 1d"\nholdout = "5%"\n'
    )
    assert terms_of(config) == Terms(
        "Asia/Almaty",
        "ru",
        (parse_window("mon-fri 10:00-20:00"),),
        (parse_cap("2 per 1d"),),
        holdout=parse_share("5%"),
        soft=parse_cap("5 per 30d"),
        limits=limits_of(config.alerts),
    )
    assert terms_of(parse('[bounces]\nsoft = ""')) == Terms(limits=limits_of(Alerts()))


async def test_a_message_that_breaks_the_gate_is_set_aside_and_the_others_go_on(shop):
    broken = shop.message(shop.person("b@x.example", props="not json"))
    fine = [shop.message(shop.person(f"p{n}@x.example")) for n in range(3)]
    assert await shop.deliver().batch() == 4
    assert shop.state(broken) == ("failed", "error")
    assert [shop.state(message) for message in fine] == [("sent", None)] * 3
    assert shop.one("SELECT kind, body FROM rejected") == ("message", str(broken))


async def test_a_cancelled_batch_is_named_by_the_next(shop):
    """Whoever cancels the pump in the middle of sending leaves a doubt, not a hole."""

    class Stuck(Recorder):
        async def send(self, batch):
            await asyncio.Event().wait()

    message = shop.message(shop.person())
    channel = Stuck()
    pump = shop.deliver(channel=channel)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pump.batch(), 0.05)
    assert shop.state(message)[0] == "sending"
    assert await pump.batch() == 0
    assert shop.state(message)[0] == "unknown"


async def test_a_message_of_a_chain_that_cannot_be_read_waits_instead_of_leaving_unchecked(shop):
    message = shop.message(shop.person())
    with shop.db.write() as tx:
        tx.execute("UPDATE definition SET body = 'name = 5' WHERE kind = 'chain'")
    await shop.deliver().batch()
    assert shop.channel.addresses == []
    assert shop.state(message) == ("queued", "unreadable")
    ((verdict, reason, evidence),) = shop.decisions(message)
    assert (verdict, reason, evidence["until"]) == ("postpone", "unreadable", NOON + HOUR)
    assert "chains/cart.toml" in evidence["detail"]


ORDERS = CHAIN.replace(
    'enter = { event = "Product Added" }',
    'enter = { event = "Order Placed", again = "per property order_id" }\n'
    'goal = { event = "Order Paid", within = "2d" }',
).replace("leave = 'did \"Order Completed\" since entry'\n", "")


async def test_one_order_that_is_paid_calls_back_no_letter_about_another(shop):
    shop.apply(ORDERS, "orders")
    person = shop.person()
    paid, open_, told = (
        shop.message(person, "orders", run_id=shop.run(person, "orders", key=key))
        for key in ("A-1", "A-2", "A-3")
    )
    shop.event(person, "Order Paid", NOON + 1, order_id="A-1")
    shop.clock.now = NOON + 2
    await shop.deliver().batch()
    assert shop.state(paid) == ("refused", "goal reached")
    assert [shop.state(each)[0] for each in (open_, told)] == ["sent", "sent"]
    other = shop.message(person, "orders", run_id=shop.run(person, "orders", key="A-4"))
    shop.event(person, "Order Paid", NOON + 3)
    shop.clock.now = NOON + 4
    await shop.deliver().batch()
    assert shop.state(other) == ("refused", "goal reached")
