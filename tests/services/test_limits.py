"""Caps, windows and priorities of workspace, channel, topic, chain and step, in a real ledger."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from chain_kit import World
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_kit import CHAIN, LETTER, NOON, Recorder, open_shop

from mautod.config import parse
from mautod.core.sending.caps import parse_cap, parse_caps
from mautod.core.times.windows import parse_window
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import BadInput
from mautod.services.delivery.admit import ChannelTerms, Terms, terms_of
from mautod.services.delivery.alarms import limits_of
from mautod.services.delivery.consent import FromPerson, unsubscribe
from mautod.services.delivery.deliver import MOST
from mautod.store.db import to_json


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


@pytest.fixture
def world(tmp_path):
    world = World.new(tmp_path)
    yield world
    world.db.close()


@dataclass
class Texts(Recorder):
    kind: ClassVar[str] = "sms"


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def topic_with_cap(shop, *caps: str) -> None:
    with shop.db.write() as tx:
        shop.put(
            tx, "topic", "offers", "topics.toml", to_json({"name": {"": "Offers"}, "cap": caps})
        )


# --- caps


async def test_the_cap_of_a_chain_counts_its_own_messages(shop):
    shop.apply(CHAIN.replace("topic", 'cap = "1 per 7d"\ntopic'), "capped")
    person = shop.person()
    messages = [shop.message(person), *(shop.message(person, "capped") for _ in range(2))]
    await shop.deliver().batch()
    assert [shop.state(m)[0] for m in messages] == ["sent", "sent", "refused"]
    evidence = {"cap": "1 per 1w", "of": "chain capped", "sent": 1, "frees_at": NOON + 7 * DAY}
    assert shop.decisions(messages[2])[-1] == ("refuse", "cap", evidence)


async def test_the_cap_of_a_chain_may_count_all_marketing(shop):
    shop.apply(CHAIN.replace("topic", 'cap = "1 per 7d of all"\ntopic'), "capped")
    person = shop.person()
    first, second = shop.message(person), shop.message(person, "capped")
    await shop.deliver().batch()
    assert shop.state(first) == ("sent", None)
    assert shop.state(second) == ("refused", "cap")


async def test_the_cap_of_a_topic_counts_messages_about_it_alone(shop):
    topic_with_cap(shop, "1 per 1d", "2 per 1w")
    with shop.db.write() as tx:
        news = LETTER.replace("topic: offers", "topic: news")
        shop.put(tx, "template", "news", "templates/news.liquid", news)
    person = shop.person()
    messages = [
        shop.message(person, template=key, topic="") for key in ("news", "cart-1", "news", "cart-1")
    ]
    await shop.deliver().batch()
    assert [shop.state(m)[0] for m in messages] == ["sent", "sent", "sent", "refused"]
    assert shop.decisions(messages[3])[-1][2]["of"] == "topic offers"
    for expected in ("sent", "refused"):
        shop.clock.now += DAY
        message = shop.message(person)
        await shop.deliver().batch()
        assert shop.state(message)[0] == expected
    assert shop.decisions(message)[-1][2]["cap"] == "2 per 1w"


async def test_the_cap_of_the_workspace_counts_all_channels_that_of_a_channel_its_own(shop):
    shop.terms = Terms(
        caps=parse_caps("3 per 1d"), channels={"email": ChannelTerms(caps=parse_caps("2 per 1d"))}
    )
    person, texts = shop.person(phone="+4912345"), Texts()
    first = [shop.message(person) for _ in range(3)]
    await shop.deliver().batch()
    assert [shop.state(m)[0] for m in first] == ["sent", "sent", "refused"]
    assert shop.decisions(first[2])[-1][2]["of"] == "channel email"
    second = [shop.message(person, channel="sms") for _ in range(2)]
    await shop.deliver(channel=texts).batch()
    assert [shop.state(m)[0] for m in second] == ["sent", "refused"]
    assert shop.decisions(second[1])[-1][2]["of"] == ""
    assert texts.addresses == ["+4912345"]


def test_a_channel_has_a_window_and_caps_of_its_own():
    config = parse(
        '[gate]\nwindow = "mon-fri 10:00-20:00"\ncap = ["1 per 1d", "3 per 1w"]\n'
        '[channels.email]\nwindow = "best"\ncap = "1 per 12h"\n'
    )
    own = ChannelTerms((parse_window("best"),), parse_caps("1 per 12h"))
    assert terms_of(config) == Terms(
        windows=(parse_window("mon-fri 10:00-20:00"),),
        caps=parse_caps(["1 per 1d", "3 per 1w"]),
        channels={"email": own},
        soft=parse_cap("5 per 30d"),
        limits=limits_of(config.alerts),
    )


@pytest.mark.parametrize("line", ["cap = 5", "cap = [5]", "window = 5", 'window = "noon"'])
def test_limits_of_a_channel_that_are_none_are_refused(line):
    with pytest.raises(BadInput):
        terms_of(parse(f"[channels.email]\n{line}\n"))


async def test_the_window_of_a_channel_holds_for_all_that_goes_by_it(shop):
    shop.clock.now = at("2026-11-23T08:30")
    own = ChannelTerms((parse_window("mon-fri 10:00-20:00"),))
    shop.terms = Terms(channels={"email": own})
    shop.message(shop.person())
    await shop.deliver().batch()
    assert shop.one("SELECT due_at FROM message") == (at("2026-11-23T10:00"),)


async def test_a_message_over_the_cap_may_wait_until_the_cap_frees(shop):
    shop.apply(CHAIN.replace("topic", 'cap = "2 per 1d"\nover_cap = "wait"\ntopic'))
    person = shop.person()
    messages = []
    for hours in (0, 5, 6, 7):
        shop.clock.now = NOON + hours * HOUR
        messages.append(shop.message(person))
        await shop.deliver().batch()
    states = [shop.state(m) for m in messages]
    assert states == [("sent", None), ("sent", None), ("queued", "cap"), ("queued", "cap")]
    assert shop.deliver().next_due() == NOON + DAY
    shop.clock.now = NOON + DAY
    await shop.deliver().batch()
    assert [shop.state(m)[0] for m in messages[2:]] == ["sent", "queued"]
    assert shop.deliver().next_due() == NOON + DAY + 5 * HOUR
    shop.clock.now = NOON + DAY + 5 * HOUR
    await shop.deliver().batch()
    assert shop.state(messages[3]) == ("sent", None)


# --- priorities


async def test_where_a_cap_is_short_the_message_of_the_greater_priority_goes(shop):
    shop.terms = Terms(caps=parse_caps("1 per 1d"))
    people = [shop.person(f"p{n}@x.example") for n in range(20)]
    low = [shop.message(person) for person in people]
    high = [shop.message(person, priority=10) for person in people]
    await shop.deliver().batch()
    assert {shop.state(m) for m in high} == {("sent", None)}
    assert {shop.state(m) for m in low} == {("refused", "cap")}


async def test_the_greater_priority_goes_first_however_many_messages_are_due_before_it(shop):
    """As when all that waited for the night are due at the same moment in the morning."""
    shop.terms = Terms(caps=parse_caps("1 per 1d"))
    people = [shop.person(f"p{n}@x.example") for n in range(MOST + 20)]
    low = [shop.message(person) for person in people]
    high = shop.message(people[0], priority=10)
    held = shop.message(people[1], priority=10, due_at=NOON + 1)
    pump = shop.deliver(channel=Recorder(parallel=256))
    while await pump.batch():
        pass
    assert shop.state(high) == ("sent", None)
    assert shop.state(low[0]) == ("refused", "cap")
    assert shop.state(low[1]) == ("sent", None)
    assert shop.state(held) == ("queued", None)
    assert {shop.state(m) for m in low[2:]} == {("sent", None)}


def test_a_message_is_queued_with_the_priority_and_the_expiry_of_its_chain_and_step(world):
    world.chain(
        'enter = { event = "Product Added" }\npriority = 7\nexpires = "1d"\n'
        '[[step]]\nsend = "one"\n[[step]]\nsend = "two"\nexpires = "2h"\n'
    )
    world.did(world.person(), "Product Added")
    world.advance()
    assert world.rows("SELECT priority, expires_at FROM message ORDER BY id") == [
        (7, world.now + DAY),
        (7, world.now + 2 * HOUR),
    ]


# --- windows


async def test_the_windows_of_workspace_channel_chain_and_step_must_all_be_open(shop):
    shop.clock.now = at("2026-11-23T08:30")
    shop.terms = Terms(
        windows=(parse_window("mon-sun 09:00-21:00"), parse_window("mon-fri 10:00-19:00"))
    )
    text = CHAIN.replace("topic", 'window = "mon-sun 11:00-22:00"\ntopic')
    shop.apply(f'{text}window = "mon-sun 12:30-23:00"\n[[step]]\nid = "other"\nsend = "cart-1"\n')
    shop.message(shop.person())
    shop.message(shop.person("bob@x.example"), step="other")
    await shop.deliver().batch()
    assert shop.all("SELECT step, due_at FROM message ORDER BY id") == [
        ("first", at("2026-11-23T12:30")),
        ("other", at("2026-11-23T11:00")),
    ]


async def test_a_step_may_be_skipped_outside_its_window_where_the_chain_waits(shop):
    shop.clock.now = at("2026-11-23T08:30")
    text = CHAIN.replace("topic", 'window = "mon-sun 11:00-22:00"\ntopic')
    shop.apply(f'{text}outside = "skip"\n[[step]]\nid = "other"\nsend = "cart-1"\n')
    first = shop.message(shop.person())
    second = shop.message(shop.person("bob@x.example"), step="other")
    await shop.deliver().batch()
    assert shop.state(first) == ("refused", "window")
    assert shop.state(second) == ("queued", "window")


# --- by another channel


SEVERAL = """
send = "cart-1"
channels = ["sms", "email"]
next_after = "1h"
window = "mon-sun 11:00-20:00"
outside = "other"
"""
INSTALLED = {"email": ChannelTerms(), "sms": ChannelTerms()}


def several(shop) -> None:
    shop.clock.now = at("2026-11-23T08:30")
    shop.terms = Terms(channels=INSTALLED)
    shop.apply(CHAIN.replace('send = "cart-1"\n', SEVERAL))


async def test_outside_its_window_a_message_makes_room_for_the_next_channel(shop):
    """By the last of them it waits, so that it is not lost."""
    several(shop)
    person = shop.person(phone="+4912345")
    text = shop.message(person, channel="sms")
    await shop.deliver(channel=Texts()).batch()
    assert shop.state(text) == ("refused", "window")
    letter = shop.message(person, run_id=shop.one("SELECT run_id FROM message")[0], key="email")
    await shop.deliver().batch()
    assert shop.state(letter) == ("queued", "window")
    assert shop.deliver().next_due() == at("2026-11-23T11:00")


@pytest.mark.parametrize("obstacle", ["no address", "unsubscribed", "not installed"])
async def test_where_no_other_channel_reaches_a_message_waits_for_its_window(shop, obstacle):
    several(shop)
    person = shop.person(None if obstacle == "no address" else "ann@x.example", phone="+4912345")
    if obstacle == "unsubscribed":
        unsubscribe(shop.db, FromPerson(person), NOON, channel="email", source="link")
    if obstacle == "not installed":
        shop.terms = Terms(channels={"sms": ChannelTerms()})
    text = shop.message(person, channel="sms")
    await shop.deliver(channel=Texts()).batch()
    assert shop.state(text) == ("queued", "window")


async def test_inside_its_window_the_first_channel_is_as_good_as_ever(shop):
    several(shop)
    shop.clock.now = NOON
    text = shop.message(shop.person(phone="+4912345"), channel="sms")
    await shop.deliver(channel=Texts()).batch()
    assert shop.state(text) == ("sent", None)


# --- the best hour


def visits(shop, person: int, hour: str, zone: str, count: int) -> None:
    for number in range(count):
        name = ("Session Started", "Message Opened", "Message Clicked")[number % 3]
        shop.event(person, name, at(f"2026-11-{10 + number}T{hour}", zone))


async def test_a_message_leaves_in_the_hour_in_which_its_person_is_there(shop):
    shop.clock.now = at("2026-11-23T08:30")
    shop.apply(CHAIN.replace("topic", 'window = "best"\ntopic'))
    ann = shop.person(timezone="Asia/Almaty")
    visits(shop, ann, "21:15", "Asia/Almaty", 6)
    bob = shop.person("bob@x.example", timezone="America/New_York")
    hers, his = shop.message(ann), shop.message(bob)
    await shop.deliver().batch()
    due = dict(shop.all("SELECT id, due_at FROM message"))
    assert due[hers] == at("2026-11-23T21:00", "Asia/Almaty")
    assert due[his] == at("2026-11-23T21:00", "America/New_York")
    [(verdict, reason, evidence)] = shop.decisions(hers)
    assert (verdict, reason, evidence["best"]) == ("postpone", "window", "21:00")
    assert (evidence["learnt_from"], evidence["events"]) == ("person", 6)
    assert shop.decisions(his)[0][2]["learnt_from"] == "everyone"
    shop.clock.now = due[hers]
    await shop.deliver().batch()
    assert shop.state(hers) == ("sent", None)
    assert shop.decisions(hers)[-1][2]["best"] == "21:00"


async def test_what_a_machine_opened_says_nothing_of_its_person(shop):
    shop.apply(CHAIN.replace("topic", 'window = "best"\ntopic'))
    ann = shop.person()
    for number in range(9):
        shop.event(ann, "Message Opened", NOON - number * DAY - HOUR, machine="proxy")
    message = shop.message(ann)
    await shop.deliver().batch()
    assert shop.state(message) == ("sent", None)
    assert shop.decisions(message)[0][2]["learnt_from"] == "nobody"


async def test_where_nothing_was_learnt_a_message_leaves_at_once(shop):
    shop.apply(CHAIN.replace("topic", 'window = "best"\ntopic'))
    message = shop.message(shop.person())
    await shop.deliver().batch()
    assert shop.state(message) == ("sent", None)
    assert shop.decisions(message)[0][2]["learnt_from"] == "nobody"


async def test_what_is_long_past_is_forgotten(shop):
    shop.clock.now = at("2027-06-01T08:30")
    shop.apply(CHAIN.replace("topic", 'window = "best"\ntopic'))
    ann = shop.person()
    visits(shop, ann, "21:15", "UTC", 6)
    message = shop.message(ann)
    await shop.deliver().batch()
    assert shop.state(message) == ("sent", None)


# --- speed


async def test_statements_per_round_do_not_grow_with_the_messages(shop):
    """One statement a question for all; what is written goes row by row in one call."""
    shop.terms = Terms(caps=parse_caps("9 per 1d"), windows=(parse_window("best"),))
    shop.apply(CHAIN.replace("topic", 'holdout = "10%"\ncap = "3 per 1d"\ntopic'))
    asked: dict[int, int] = {}
    for size in (1, 30):
        for number in range(size):
            shop.message(shop.person(f"p{size}-{number}@x.example"))
        seen: list[str] = []
        pump = shop.deliver(channel=Recorder(parallel=64))
        await pump.batch()
        for number in range(size):
            shop.message(shop.person(f"q{size}-{number}@x.example"))
        shop.db.read().set_trace_callback(seen.append)
        await pump.batch()
        shop.db.read().set_trace_callback(None)
        asked[size] = sum(sql.lstrip().startswith("SELECT") for sql in seen)
    assert asked[1] == asked[30] <= 14


# --- any order


CAPPED = 'cap = "2 per 6h"\nover_cap = "wait"\ntopic'
ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 48 * 60),
        st.sampled_from(["cart", "other"]),
        st.sampled_from(["email", "sms"]),
    ),
    min_size=1,
    max_size=14,
)


def deal(shop, pumps) -> None:
    """Let both channels work until nothing is due."""

    async def all_that_is_due() -> None:
        while sum([await pump.batch() for pump in pumps]):
            pass

    asyncio.run(all_that_is_due())


def test_no_cap_is_ever_exceeded_in_whatever_order_messages_come(shop):
    """In no stretch of its length, with some that wait, some that are skipped, and two channels."""
    shop.apply(CHAIN.replace("topic", CAPPED, 1))
    shop.apply(CHAIN.replace("topic", 'cap = ["1 per 2h", "3 per 1d of all"]\ntopic', 1), "other")
    topic_with_cap(shop, "4 per 1d")
    own = {"email": ChannelTerms(caps=parse_caps("3 per 12h"))}
    shop.terms = Terms(caps=parse_caps("5 per 2d"), channels=own)
    pumps = [shop.deliver(), shop.deliver(channel=Texts())]

    @settings(max_examples=25)
    @given(ARRIVALS)
    def play(arrivals):
        shop.clock.now += 30 * DAY
        start, person = shop.clock.now, shop.person(phone="+4912345")
        for minute, chain, channel in sorted(arrivals):
            shop.clock.now = start + minute * MINUTE
            shop.message(person, chain, channel=channel)
            deal(shop, pumps)
        while waiting := [due for pump in pumps if (due := pump.next_due()) is not None]:
            assert min(waiting) > shop.clock.now
            shop.clock.now = min(waiting)
            deal(shop, pumps)
        rows = shop.all(
            "SELECT m.sending_at, c.key, m.channel, m.state FROM message m"
            " JOIN chain c ON c.id = m.chain_id WHERE person_id = ?",
            person,
        )
        assert {state for *_, state in rows} <= {"sent", "refused"}
        assert not [row for row in rows if row[1] == "cart" and row[3] == "refused"]
        sent = [row for row in rows if row[3] == "sent"]
        keep(sent, 2, 6 * HOUR, lambda row: row[1] == "cart")
        keep(sent, 1, 2 * HOUR, lambda row: row[1] == "other")
        keep(sent, 3, 12 * HOUR, lambda row: row[2] == "email")
        keep(sent, 4, DAY, lambda _: True)
        keep(sent, 5, 2 * DAY, lambda _: True)

    play()


def keep(sent, count: int, period: int, counts) -> None:
    times = [row[0] for row in sent if counts(row)]
    for start in times:
        assert sum(start <= at < start + period for at in times) <= count
