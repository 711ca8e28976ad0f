"""Rates by domain, several servers, retries by code, bounces: what the ledger says of them."""

from __future__ import annotations

import pytest
from mail_kit import NOON, Recorder, open_shop

from mautod.core.sending.bounce import CLOSING, GREYLISTED, MAILBOX_FULL
from mautod.core.sending.caps import parse_cap
from mautod.core.sending.domains import DomainLimit
from mautod.core.sending.fleet import Standing
from mautod.core.sending.message import Failed, Later, Retry, Sent, Trace, Unknown
from mautod.core.sending.rate import Room
from mautod.core.sending.retry import SCHEDULES
from mautod.core.sending.warmup import Today
from mautod.duration import DAY, HOUR, MINUTE
from mautod.services.delivery import why
from mautod.services.delivery.admit import Terms
from mautod.services.delivery.servers import listed
from mautod.services.keep import keep
from mautod.store import listing
from mautod.store.delivery import attempts, servers
from mautod.store.delivery.attempts import Count, Kind
from mautod.store.journal import Journal

GMAIL = DomainLimit(("gmail.com", "googlemail.com"), rate_per_s=2)


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


def queue(shop, domain: str, count: int, start: int = 0) -> list[int]:
    numbers = range(start, start + count)
    return [shop.message(shop.person(f"p{number}@{domain}")) for number in numbers]


async def drain(shop, pump, until: int) -> None:
    """Let the pump work whenever it has something, up to an instant."""
    while True:
        while await pump.batch():
            pass
        due = pump.next_due()
        if due is None or due > until:
            return
        shop.clock.now = max(due, shop.clock.now + 1)


def sent_at(shop, message: int) -> int | None:
    return shop.one("SELECT done_at FROM message WHERE id = ?", message)[0]


# --- rates by domain


async def test_a_full_domain_waits_in_order_and_the_others_go_on(shop):
    slow, fast = queue(shop, "gmail.com", 12), queue(shop, "x.test", 12)
    shop.channel.limits = [GMAIL]
    pump = shop.deliver()
    await pump.batch()
    assert [shop.state(message)[0] for message in fast] == ["sent"] * 12
    assert [shop.state(message) for message in slow[1:]] == [("queued", "rate")] * 11
    attempts_used = shop.one("SELECT max(attempt) FROM message WHERE state = 'queued'")
    assert attempts_used == (0,)
    await drain(shop, pump, NOON + HOUR)
    times = [sent_at(shop, message) for message in slow]
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(11 * 500, abs=20)


async def test_a_letter_held_back_by_a_rate_is_asked_about_twice_and_why_says_so(shop):
    queue(shop, "gmail.com", 40)
    shop.channel.limits = [GMAIL]
    pump = shop.deliver()
    await pump.batch()
    last = shop.one("SELECT max(id), max(person_id) FROM message")
    told = why.why(shop.db.read(), last[1], "cart-1", shop.clock())
    assert told.text.startswith("Waits until 2026-")
    assert told.text.endswith("gmail.com gets no more than 2 letters a second.")
    await drain(shop, pump, NOON + HOUR)
    verdicts = [verdict for verdict, *_ in shop.decisions(last[0])]
    assert verdicts == ["postpone", "pass"]


async def test_a_letter_that_waited_in_line_goes_before_the_backlog_of_the_channel(shop):
    """Held back by its domain, it is behind nobody who was due after it."""
    slow = queue(shop, "gmail.com", 8)
    queue(shop, "x.test", 300)
    shop.channel.limits = [GMAIL]
    shop.channel.rate_per_s = 20
    pump = shop.deliver()
    await drain(shop, pump, NOON + 6000)
    assert [shop.state(message)[0] for message in slow] == ["sent"] * 8
    assert shop.one("SELECT count(*) FROM message WHERE state = 'queued'")[0] > 150


async def test_after_a_stop_the_line_goes_on_in_order(shop):
    slow = queue(shop, "gmail.com", 30)
    shop.channel.limits = [GMAIL]
    await shop.deliver().batch()
    shop.clock.now += HOUR
    queue(shop, "gmail.com", 5, start=100)
    pump = shop.deliver()
    await drain(shop, pump, shop.clock.now + HOUR)
    times = [sent_at(shop, message) for message in slow]
    assert None not in times
    assert times == sorted(times)
    postponed = "SELECT max(n) FROM (SELECT count(*) AS n FROM decision GROUP BY message_id)"
    assert shop.one(postponed)[0] <= 4


async def test_a_receipt_goes_before_the_campaign_that_waits(shop):
    queue(shop, "gmail.com", 20)
    shop.channel.limits = [GMAIL]
    pump = shop.deliver()
    await pump.batch()
    shop.clock.now += 600
    receipt = shop.message(shop.person("z@gmail.com"), template="receipt", topic="")
    await drain(shop, pump, shop.clock.now + 1200)
    assert shop.state(receipt)[0] == "sent"


async def test_a_letter_beyond_its_window_does_not_take_a_place_in_line(shop):
    """Only who may leave otherwise is given one."""
    shop.channel.limits = [GMAIL]
    unsubscribed = queue(shop, "gmail.com", 30)
    for message in unsubscribed:
        person = shop.one("SELECT person_id FROM message WHERE id = ?", message)[0]
        shop.insert(
            "consent",
            {
                "person_id": person, "channel": "email", "topic": "offers",
                "state": "unsubscribed", "at": NOON, "source": "link",
            },
        )  # fmt: skip
    (message,) = queue(shop, "gmail.com", 1, start=99)
    await shop.deliver().batch()
    assert shop.state(message)[0] == "sent"


async def test_the_real_rate_of_a_channel_is_the_one_that_is_set(shop):
    queue(shop, "x.test", 700)
    shop.channel.rate_per_s = 70
    pump = shop.deliver()
    start = shop.clock.now
    while shop.one("SELECT count(*) FROM message WHERE state = 'queued'")[0]:
        while await pump.batch():
            pass
        shop.clock.now += 100
    assert 700 / ((shop.clock.now - start) / 1000) == pytest.approx(70, rel=0.05)


# --- servers


async def test_no_more_is_leased_than_the_servers_have_room_for(shop):
    messages = queue(shop, "x.test", 10)
    shop.channel.space = Room(4)
    pump = shop.deliver()
    assert await pump.batch() == 4
    shop.channel.space = Room(0, NOON + 700)
    assert await pump.batch() == 0
    assert pump.next_due() == NOON + 700
    assert [shop.state(m) for m in messages[4:]] == [("queued", None)] * 6
    shop.channel.space = Room(0)
    assert pump.next_due() is None


async def test_a_letter_that_no_server_could_take_keeps_its_attempts_and_says_why(shop):
    (message,) = queue(shop, "x.test", 1)
    shop.channel.answer = lambda _: Later(NOON + 5000, "no mail server takes letters now")
    pump = shop.deliver()
    await pump.batch()
    assert shop.state(message) == ("queued", "rate")
    row = shop.one("SELECT attempt, due_at, sending_at, lease_by FROM message")
    assert row == (0, NOON + 5000, None, None)
    assert shop.decisions(message)[-1][:2] == ("postpone", "servers")
    told = why.why(shop.db.read(), 1, "cart-1", shop.clock())
    assert "no mail server takes letters now" in told.text
    shop.clock.now += 5000
    shop.channel.answer = lambda _: Sent("ref")
    await pump.batch()
    assert shop.state(message)[0] == "sent"
    assert shop.one("SELECT attempt FROM message") == (1,)


async def test_who_took_a_message_is_kept_with_it(shop):
    (message,) = queue(shop, "x.test", 1)
    shop.channel.answer = lambda _: Sent("r", Trace("main", "250 2.0.0", 12))
    await shop.deliver().batch()
    assert shop.one("SELECT server, code FROM message") == ("main", "250 2.0.0")
    (found,) = listing.messages_by_id(shop.db.read(), [message])
    assert (found.server, found.code) == ("main", "250 2.0.0")


async def test_how_servers_stand_is_written_with_the_outcomes_and_read_by_the_next_life(shop):
    standing = Standing("a", "closed", 0, 1.5, 70, Today(20_000, 2, 41), 100, "no route", NOON)
    shop.channel.standing = [standing]
    queue(shop, "x.test", 1)
    await shop.deliver().batch()
    assert servers.list_servers(shop.db.read(), "email") == [(standing, NOON)]
    other = Recorder(standing=[Standing("a", "closed"), Standing("b", "closed")])
    shop.deliver(channel=other).recover(alone=True)
    assert other.standing == [standing]
    other.standing = [Standing("b", "off")]
    with shop.db.write() as tx:
        servers.put(tx, "email", other.standing, NOON)
    assert [one.name for one, _ in servers.list_servers(shop.db.read(), "email")] == ["b"]


# --- retries by what was said


@pytest.mark.parametrize(
    ("rule", "soonest"),
    [(GREYLISTED, 5 * MINUTE), (MAILBOX_FULL, HOUR), (CLOSING, 5_000), ("busy", 5_000)],
)
async def test_a_retry_follows_the_schedule_of_what_was_said(shop, rule, soonest):
    (message,) = queue(shop, "x.test", 1)
    shop.channel.answer = lambda _: Retry("450 no", rule, Trace("a", "450 4.7.1"))
    await shop.deliver().batch()
    due, schedule, code, server, detail, attempt = shop.one(
        "SELECT due_at, schedule, code, server, detail, attempt FROM message"
    )
    assert soonest <= due - NOON <= soonest * 1.1
    assert (schedule, code, server, detail, attempt) == (rule, "450 4.7.1", "a", "450 no", 1)
    assert shop.decisions(message)[-1][2]["schedule"] == rule


async def test_a_full_mailbox_is_given_up_after_days(shop):
    (message,) = queue(shop, "x.test", 1)
    shop.channel.answer = lambda _: Retry("452 4.2.2 full", MAILBOX_FULL)
    pump = shop.deliver()
    await drain(shop, pump, NOON + 30 * DAY)
    assert shop.state(message) == ("failed", "gave up")
    assert len(shop.channel.letters) == len(SCHEDULES[MAILBOX_FULL]) + 1
    assert shop.clock.now - NOON > 3 * DAY


async def test_the_next_try_goes_by_another_server_and_a_greylists_by_the_same(shop):
    queue(shop, "x.test", 2)
    rules = iter([GREYLISTED, CLOSING])
    shop.channel.answer = lambda _: Retry("no", next(rules), Trace("a"))
    pump = shop.deliver()
    await pump.batch()
    shop.channel.answer = lambda _: Sent()
    shop.clock.now += HOUR
    await pump.batch()
    again = {letter.message_id: letter for letter in shop.channel.letters[2:]}
    assert (again[1].prefer, again[1].avoid) == ("a", "")
    assert (again[2].prefer, again[2].avoid) == ("", "a")


# --- bounces


@pytest.mark.parametrize(
    ("kind", "state", "suppressed"),
    [("hard", "bounced", 1), ("soft", "soft bounce", 0), ("policy", "refused by server", 0)],
)
async def test_a_bounce_is_an_event_of_its_person_and_only_a_hard_one_kills(
    shop, kind, state, suppressed
):
    (message,) = queue(shop, "x.test", 1)
    trace = Trace("a", "550 5.1.1")
    shop.channel.answer = lambda _: Failed("550 5.1.1 no", kind == "hard", kind, "why", trace)
    await shop.deliver().batch()
    assert shop.state(message) == ("failed", state)
    assert shop.one("SELECT count(*) FROM suppression") == (suppressed,)
    bounced = next(props for name, props in shop.notes() if name == "Message Bounced")
    assert bounced | {"run": 0} == {
        "message": message, "run": 0, "chain": "cart", "step": "first", "template": "cart-1",
        "channel": "email", "kind": kind, "code": "550 5.1.1", "detail": "550 5.1.1 no",
    }  # fmt: skip


async def test_an_address_whose_letters_come_back_softly_too_often_is_left_alone(shop):
    shop.terms = Terms(soft=parse_cap("3 per 30d"))
    person = shop.person("full@x.test")
    shop.channel.answer = lambda _: Failed("552 5.2.2 full", kind="soft")
    for number in range(3):
        assert shop.one("SELECT count(*) FROM suppression") == (0,)
        shop.message(person, key=str(number))
        await shop.deliver().batch()
        shop.clock.now += DAY
    assert shop.one("SELECT reason FROM suppression") == ("bounced softly too often",)


async def test_a_letter_that_never_left_is_no_bounce(shop):
    queue(shop, "x.test", 1)
    shop.channel.answer = lambda _: Failed("too large")
    await shop.deliver().batch()
    assert [name for name, _ in shop.notes()] == ["Message Failed"]


# --- all tries in numbers


async def test_tries_are_counted_by_server_domain_outcome_and_code(shop):
    for number, domain in enumerate(["x.test", "x.test", "Y.test", "y.test", "x.test"]):
        shop.message(shop.person(f"p{number}@{domain}"))
    answers = iter(
        [
            Sent("", Trace("a", "250", 10)),
            Sent("", Trace("a", "250", 30)),
            Failed("550", dead=True, kind="hard", trace=Trace("b", "550 5.1.1")),
            Retry("451", "busy", Trace("b", "451 4.3.0")),
            Unknown("cut", Trace("a")),
        ]
    )
    shop.channel.answer = lambda _: next(answers)
    await shop.deliver().batch()
    hour = NOON - NOON % HOUR
    assert attempts.between(shop.db.read(), "email", hour, hour + HOUR) == {
        Kind("a", "x.test", "accepted", "250"): Count(2, 2, 40, 30),
        Kind("a", "x.test", "unknown", ""): Count(1, 0, 0, 0),
        Kind("b", "y.test", "bounced", "550 5.1.1"): Count(1, 0, 0, 0),
        Kind("b", "y.test", "deferred", "451 4.3.0"): Count(1, 0, 0, 0),
    }
    assert attempts.between(shop.db.read(), "email", hour + HOUR, hour + 2 * HOUR) == {}


async def test_counts_grow_and_old_ones_are_dropped_by_housekeeping(shop, tmp_path):
    shop.channel.answer = lambda _: Sent("", Trace("a", "250", 5))
    queue(shop, "x.test", 3)
    pump = shop.deliver()
    await pump.batch()
    queue(shop, "x.test", 2, start=50)
    await pump.batch()
    kind = Kind("a", "x.test", "accepted", "250")
    found = attempts.between(shop.db.read(), "email", 0, NOON + HOUR)
    assert found == {kind: Count(5, 5, 25, 5)}
    journal = Journal(tmp_path / "journal.db").open()
    keep(shop.db, journal, DAY, DAY, NOON + 91 * DAY)
    assert attempts.between(shop.db.read(), "email", 0, NOON + HOUR) == {}
    journal.close()


# --- what operators see


async def test_the_listing_of_servers_says_how_they_stand_and_what_they_did(shop):
    day = NOON // DAY
    shop.channel.standing = [
        Standing("a", "closed", 0, 2.5, 70, Today(day, 2, 41), 100),
        Standing("b", "open", NOON + 9000, 0, 0, Today(), None, "refused", NOON),
    ]
    answers = iter([Sent("", Trace("a", "250", 10)), Sent("", Trace("a", "250", 30))])
    later = Retry("cut", "unreachable", Trace("b"))
    shop.channel.answer = lambda _: next(answers, later)
    queue(shop, "x.test", 3)
    await shop.deliver().batch()
    one, other = listed(shop.db.read(), "email", NOON)
    assert (one.state, one.per_s, one.rate_per_s, one.accepted, one.accept_ms) == (
        "closed", 2.5, 70, 2, 20,
    )  # fmt: skip
    assert (one.sent_today, one.day_limit, one.day) == (41, 100, 2)
    assert (other.state, other.until, other.error, other.deferred) == (
        "open", NOON + 9000, "refused", 1,
    )  # fmt: skip
    (again, tried) = listed(shop.db.read(), "email", NOON + DAY)
    assert (again.per_s, again.sent_today, tried.state) == (0, 0, "half-open")


async def test_why_says_that_a_due_letter_waits_for_its_turn(shop):
    queue(shop, "x.test", 40)
    shop.channel.rate_per_s = 8
    await shop.deliver().batch()
    told = why.why(shop.db.read(), 40, "cart-1", shop.clock(), {"email": 8.0})
    assert told.text.endswith("; 37 were due before it, and email sends at most 8 a second.")


async def test_why_says_that_no_server_takes_letters(shop):
    queue(shop, "x.test", 2)
    shop.channel.standing = [
        Standing("a", "open", NOON + HOUR, error="connection refused"),
        Standing("b", "off"),
        Standing("c", "closed", today=Today(NOON // DAY, 1, 50), day_limit=50),
    ]
    pump = shop.deliver()
    pump.recover(alone=True)
    told = why.why(shop.db.read(), 1, "cart-1", shop.clock())
    assert "no mail server takes letters now: a is tried again on" in told.text
    assert "(connection refused); b is off; c has sent the 50 letters of day 1" in told.text
