"""No wins: over queued messages, over races, over other people with the same address."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail_kit import NOON, open_shop

from mautod.core.sending.consent import ALL
from mautod.errors import BadInput, NotFound
from mautod.services.delivery.consent import (
    FromAddress,
    FromMessage,
    FromPerson,
    suppress,
    unsubscribe,
    unsuppress,
)
from mautod.store.db import Database
from mautod.store.delivery import consent


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


def rows(shop) -> list[tuple]:
    return shop.all("SELECT person_id, channel, topic, state, source FROM consent ORDER BY 1, 2, 3")


def test_unsubscribing_by_a_letter_takes_its_topic_and_channel(shop):
    person = shop.person()
    message = shop.message(person, address="old@x.example", state="sent")
    done = unsubscribe(shop.db, FromMessage(message), NOON, source="one-click")
    assert (done.people, done.topic, done.channel, done.new) == ((person,), "offers", "email", True)
    assert rows(shop) == [(person, "email", "offers", "unsubscribed", "one-click")]
    assert shop.all("SELECT address, topic FROM optout ORDER BY 1") == [
        ("ann@x.example", "offers"),
        ("old@x.example", "offers"),
    ]
    assert shop.notes() == [("Unsubscribed", {"topic": "offers", "channel": "email"})]


def test_unsubscribing_again_is_no_event_and_counts_from_the_last_time(shop):
    message = shop.message(shop.person(), state="sent")
    for later in range(3):
        unsubscribe(shop.db, FromMessage(message), NOON + later, source="link")
    assert len(shop.notes()) == 1
    assert shop.all("SELECT at FROM consent") == [(NOON + 2,)]


def test_a_letter_can_also_unsubscribe_from_everything(shop):
    message = shop.message(shop.person(), state="sent")
    done = unsubscribe(shop.db, FromMessage(message), NOON, topic=ALL, channel=ALL, source="page")
    assert (done.topic, done.channel) == (ALL, ALL)


def test_unsubscribing_a_person_means_everything_unless_said_otherwise(shop):
    done = unsubscribe(shop.db, FromPerson(shop.person()), NOON, source="operator")
    assert (done.topic, done.channel) == (ALL, ALL)


def test_unsubscribing_an_address_reaches_everybody_who_has_it_and_will_have_it(shop):
    people = (shop.person(), shop.person("Ann@X.example"))
    shop.person("bob@x.example")
    done = unsubscribe(shop.db, FromAddress(" ANN@x.example"), NOON, source="operator")
    assert done.people == people
    assert shop.all("SELECT address FROM optout") == [("ann@x.example",)]


def test_an_address_that_nobody_has_yet_can_say_no(shop):
    done = unsubscribe(shop.db, FromAddress("new@x.example"), NOON, source="operator")
    assert done.people == ()
    assert done.new


async def test_a_person_who_was_absorbed_is_unsubscribed_as_who_they_are_now(shop):
    winner = shop.person("ann@new.example")
    loser = shop.person("ann@old.example", merged_into=winner)
    message = shop.message(winner, state="sent", address="ann@old.example")
    assert unsubscribe(shop.db, FromPerson(loser), NOON, source="link").people == (winner,)
    assert unsubscribe(shop.db, FromMessage(message), NOON, source="link").people == (winner,)


def test_queued_messages_are_left_to_the_gate(shop):
    person = shop.person()
    message = shop.message(person)
    unsubscribe(shop.db, FromPerson(person), NOON, source="link")
    assert shop.state(message) == ("queued", None)


def test_who_or_what_is_not_known_is_said(shop):
    with pytest.raises(NotFound):
        unsubscribe(shop.db, FromMessage(5), NOON, source="link")
    with pytest.raises(NotFound):
        unsubscribe(shop.db, FromPerson(5), NOON, source="link")
    with pytest.raises(BadInput):
        unsubscribe(shop.db, FromAddress(" "), NOON, source="link")
    with pytest.raises(BadInput):
        suppress(shop.db, "", "email", "bounced", NOON)


def test_a_suppression_can_be_lifted(shop):
    assert suppress(shop.db, "ann@x.example", "email", "bounced", NOON)
    assert not suppress(shop.db, "ANN@x.example", "email", "complaint", NOON)
    unsuppress(shop.db, "Ann@x.example", "email", NOON)
    assert consent.suppressed(shop.db.read(), "email", ["ann@x.example"]) == {}
    with pytest.raises(NotFound):
        unsuppress(shop.db, "Ann@x.example", "email", NOON)


def test_an_address_that_was_reduced_to_its_hash_is_still_suppressed(shop):
    suppress(shop.db, "ann@x.example", "email", "erased", NOON)
    with shop.db.write() as tx:
        tx.execute("UPDATE suppression SET address = NULL")
    found = consent.suppressed(shop.db.read(), "email", ["ann@x.example", "bob@x.example"])
    assert list(found) == ["ann@x.example"]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(
    topic=st.sampled_from(["offers", "news", ""]),
    channel=st.sampled_from(["email", "sms", ""]),
    by=st.sampled_from(["person", "address"]),
)
def test_whatever_is_said_no_to_is_what_the_gate_refuses(shop, topic, channel, by):
    address = f"p{shop.one('SELECT count(*) FROM person')[0]}@x.example"
    person = shop.person(address)
    who = FromPerson(person) if by == "person" else FromAddress(address)
    unsubscribe(shop.db, who, NOON, topic=topic, channel=channel, source="test")
    message = shop.message(person)
    asyncio.run(shop.deliver().batch())
    covered = topic in ("offers", "") and channel in ("email", "")
    assert shop.state(message)[0] == ("refused" if covered else "sent")


# A trigger is the referee: no row may become `sending` where a no is already committed.
REFEREE = """
CREATE TRIGGER referee BEFORE UPDATE OF state ON message
WHEN new.state = 'sending' AND EXISTS (
  SELECT 1 FROM consent WHERE person_id = new.person_id AND state = 'unsubscribed')
BEGIN SELECT RAISE(ABORT, 'sent after the acknowledgement'); END"""
ROUNDS = 1000


def due(turn: int) -> int:
    """When the message of a round is due: after the former rounds, so that each has its own."""
    return NOON + turn * 1_000_000


class Race:
    """Two threads with connections of their own, as web and worker are: one sends, one says no.

    Whoever lost the last round gets a little more time in the next, so that they keep meeting.
    """

    def __init__(self, shop) -> None:
        self.shop = shop
        self.start = threading.Barrier(2, timeout=30)
        self.acknowledged: dict[int, int] = {}
        self.ticks = iter(range(10**9))
        self.failures: list[BaseException] = []
        self.turn = 0
        shop.clock = lambda: due(self.turn) + next(self.ticks)

    def run(self, people: list[int]) -> None:
        threads = [
            threading.Thread(target=self._guarded, args=(work, people))
            for work in (self._send, self._refuse)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.failures == []

    def _guarded(self, work, people) -> None:
        try:
            work(people)
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            self.failures.append(error)
            self.start.abort()

    def _send(self, people) -> None:
        pump = self.shop.deliver()
        hurry(self.shop.db)
        with asyncio.Runner() as runner:
            for turn, _ in enumerate(people):
                self.turn = turn
                self.start.wait()
                runner.run(pump.batch())
        self.shop.db.close()

    def _refuse(self, people) -> None:
        other = Database(self.shop.db.path).open()
        hurry(other)
        handicap = 0
        for turn, person in enumerate(people):
            self.start.wait()
            linger(handicap + turn % 7)
            unsubscribe(other, FromPerson(person), NOON, source="link")
            self.acknowledged[person] = next(self.ticks)
            lost = (
                other.read().execute("SELECT count(*) FROM message WHERE state = 'sent'").fetchone()
            )
            handicap = max(0, handicap + (1 if lost[0] < turn / 2 else -1))
        other.close()


def hurry(db: Database) -> None:
    """The races are for the lock, not for the disk."""
    db.read().execute("PRAGMA synchronous = off")


def linger(turns: int) -> None:
    """A pause of varied length that yields nothing to the other thread."""
    for _ in range(turns * 300):
        pass


def test_in_a_thousand_races_nothing_is_sent_after_an_unsubscribe_was_acknowledged(shop):
    hurry(shop.db)
    people = [shop.person(f"p{number}@x.example") for number in range(ROUNDS)]
    with shop.db.write() as tx:
        tx.execute(REFEREE)
    messages = [
        shop.message(person, run_id=None, due_at=due(turn)) for turn, person in enumerate(people)
    ]
    race = Race(shop)
    race.run(people)
    states = {}
    for turn, (person, message) in enumerate(zip(people, messages, strict=True)):
        state, sending_at = shop.one("SELECT state, sending_at FROM message WHERE id = ?", message)
        states[state] = states.get(state, 0) + 1
        if sending_at is not None:
            assert sending_at - due(turn) < race.acknowledged[person]
    assert states.keys() <= {"sent", "refused"}
    assert min(states.get("sent", 0), states.get("refused", 0)) > ROUNDS // 20, states
