"""Too many letters come back: operators hear of it once, and marketing stops until they resume."""

from __future__ import annotations

from contextlib import suppress

import pytest
from fragile_kit import FragileDatabase, Killed
from mail_kit import NOON, Recorder, open_shop

from mautod.config import Alerts
from mautod.core.sending.machines import Suspects
from mautod.core.sending.message import Failed, Letter, Sent
from mautod.core.sending.receipts import bounced, complained
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import ConfigError
from mautod.services.chains import campaigns
from mautod.services.delivery import alarms
from mautod.services.delivery.admit import Terms
from mautod.services.delivery.alarm_letters import NOBODY, AlarmLetters, Desk
from mautod.services.delivery.alarms import limits_of
from mautod.services.delivery.why import why
from mautod.services.intake.receive import resolve

LIMITS = limits_of(Alerts(least=10))
GONE = "gone"


def answer(letter):
    if letter.address.startswith(GONE):
        return Failed("550 5.1.1 unknown", dead=True, kind="hard")
    return Sent("ref")


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path, channel=Recorder(answer=answer), terms=Terms(limits=LIMITS))
    yield shop
    shop.db.close()


def queue(shop, good: int, gone: int = 0, **columns) -> list[int]:
    start = shop.one("SELECT count(*) FROM person")[0]
    names = [f"p{start + number}" for number in range(good)]
    names += [f"{GONE}{start + number}" for number in range(gone)]
    return [shop.message(shop.person(f"{name}@x.example"), **columns) for name in names]


def alone(shop, good: int, gone: int = 0) -> list[int]:
    """Letters of no chain, about a topic."""
    ids = queue(shop, good, gone)
    with shop.db.write() as tx:
        tx.execute("UPDATE message SET chain_id = NULL, run_id = NULL WHERE state = 'queued'")
    return ids


async def drain(shop, **parts) -> None:
    pump = shop.deliver(**parts)
    while await pump.batch():
        pass


def look(shop) -> bool:
    with shop.db.write() as tx:
        return alarms.look(tx, "email", LIMITS, shop.clock())


def found(shop) -> list[tuple]:
    return shop.all("SELECT chain, kind, ended_at, paused_at, sent, came_back FROM incident")


def tell(shop, *receipts):
    with shop.db.write() as tx:
        came = [(one, shop.clock(), "203.0.113.7") for one in receipts]
        resolve(tx, came, None, Suspects(), shop.clock())


def agree(shop) -> None:
    """The counts are those of the ledger."""
    counted = shop.one(
        "SELECT coalesce(sum(sent), 0), coalesce(sum(bounced), 0), coalesce(sum(complained), 0)"
        " FROM letter_tally"
    )
    ledger = shop.one(
        "SELECT count(*), coalesce(sum(marks & 224 <> 0), 0), coalesce(sum(marks & 512 <> 0), 0)"
        " FROM message WHERE topic <> '' AND sending_at IS NOT NULL"
        " AND state IN ('sent', 'delivered', 'unknown', 'failed')"
    )
    assert counted == ledger


async def test_few_letters_that_come_back_are_no_alarm(shop):
    queue(shop, 100, 2)
    await drain(shop)
    assert not look(shop)
    assert found(shop) == []
    agree(shop)


async def test_a_chain_from_which_too_many_come_back_is_paused_at_once(shop):
    queue(shop, 16, 4)
    await drain(shop)
    assert shop.one("SELECT state FROM chain")[0] == "paused"
    rows = [row[:4] for row in found(shop)]
    assert sorted(rows) == [("", "bounces", None, NOON), ("cart", "bounces", None, NOON)]
    agree(shop)


async def test_an_alarm_is_one_for_as_long_as_it_lasts(shop):
    queue(shop, 97, 3)
    await drain(shop)
    look(shop)
    before = found(shop)
    assert {row[:4] for row in before} == {
        ("", "bounces", None, None),
        ("cart", "bounces", None, None),
    }
    assert not look(shop)
    shop.clock.now += HOUR
    assert not look(shop)
    assert found(shop) == before


async def test_an_alarm_ends_when_the_letters_have_left_the_window(shop):
    queue(shop, 97, 3)
    await drain(shop)
    look(shop)
    shop.clock.now += 4 * DAY
    assert look(shop)
    assert all(row[2] == shop.clock.now for row in found(shop))


async def test_marketing_by_a_paused_channel_waits_and_a_receipt_does_not(shop):
    alone(shop, 16, 4)
    await drain(shop)
    waiting, receipt = queue(shop, 1)[0], queue(shop, 1, template="receipt", topic="")[0]
    shop.channel.letters.clear()
    await drain(shop)
    assert shop.state(waiting) == ("queued", "channel paused")
    assert shop.state(receipt)[0] == "sent"
    with shop.db.write() as tx:
        person = tx.execute("SELECT person_id FROM message WHERE id = ?", (waiting,)).fetchone()[0]
        text = why(tx, person, "cart-1", shop.clock()).text
    assert "marketing by email is paused since" in text
    assert "4 of 20 marketing letters came back (20.00%)" in text


async def test_an_operator_lets_a_channel_go_on_and_what_waited_leaves_at_once(shop):
    alone(shop, 16, 4)
    await drain(shop)
    waiting = queue(shop, 30)
    await drain(shop)
    assert shop.deliver().next_due() > shop.clock() + DAY
    shop.clock.now += 10 * MINUTE
    with shop.db.write() as tx:
        assert alarms.resume(tx, "email", shop.clock()).changed == 1
        assert alarms.resume(tx, "email", shop.clock()).changed == 0
    assert shop.deliver().next_due() == shop.clock()
    await drain(shop)
    assert {shop.state(each)[0] for each in waiting} == {"sent"}


async def test_what_came_back_before_an_operator_resumed_stops_nothing_again(shop):
    queue(shop, 16, 4)
    await drain(shop)
    with shop.db.write() as tx:
        alarms.resume(tx, "email", shop.clock())
        campaigns.turn(tx, "cart", "running", shop.clock())
    look(shop)
    shop.clock.now += 10 * MINUTE
    queue(shop, 30)
    await drain(shop)
    look(shop)
    assert shop.one("SELECT state FROM chain")[0] == "running"
    assert all(row[2] is not None for row in found(shop))
    queue(shop, 0, 3)
    await drain(shop)
    assert shop.one("SELECT state FROM chain")[0] == "paused"


async def test_a_chain_that_sends_receipts_too_is_told_and_not_paused(shop):
    queue(shop, 1, template="receipt", topic="")
    queue(shop, 16, 4)
    await drain(shop)
    assert shop.one("SELECT state FROM chain")[0] == "running"
    assert ("cart", None) in [(row[0], row[3]) for row in found(shop)]


async def test_a_letter_that_bounces_twice_or_is_told_twice_counts_once(shop):
    first, second, third = queue(shop, 3)
    await drain(shop)
    tell(shop, bounced(first, "soft", "4.2.2", "full"), bounced(first, "hard", "5.1.1", "gone"))
    tell(shop, bounced(second, "hard", "5.1.1", "gone"), bounced(second, "hard", "5.1.1", "gone"))
    tell(shop, complained(third), complained(third))
    assert shop.one("SELECT sum(sent), sum(bounced), sum(complained) FROM letter_tally") == (
        3, 2, 1,
    )  # fmt: skip
    agree(shop)


async def test_complaints_are_held_against_the_letters_that_they_are_about(shop):
    """Those of a week ago say nothing of the letters of today."""
    old = queue(shop, 5)
    await drain(shop)
    shop.clock.now += 7 * DAY
    queue(shop, 20)
    await drain(shop)
    tell(shop, *map(complained, old))
    assert not look(shop)
    agree(shop)


async def test_whoever_dies_in_between_leaves_counts_that_agree_and_an_alarm_that_comes(shop):
    for lives in range(0, 90, 3):
        queue(shop, 4, 1)
        with suppress(Killed):
            await drain(shop, db=FragileDatabase(shop.db, lives))
        shop.deliver().recover(alone=True)
        agree(shop)
    look(shop)
    assert {row[:2] for row in found(shop)} >= {("cart", "bounces")}


# --- letters to operators


class Post:
    """A mailer that keeps what it was given; it refuses so many letters first."""

    def __init__(self, broken: int = 0):
        self.broken, self.letters = broken, []

    def plain(self, number, address, subject, text):
        return Letter(number, address, "shop@x.example", f"{subject}\n{text}".encode())

    async def send(self, batch):
        if self.broken:
            self.broken -= 1
            return [Failed("554 no") for _ in batch]
        self.letters += batch
        return [Sent("ref") for _ in batch]


def telling(shop, post, to=("ops@x.example",), db=None) -> AlarmLetters:
    return AlarmLetters(db or shop.db, Desk(post, to, "Shop"), shop.clock)


async def test_operators_are_written_to_once(shop):
    queue(shop, 16, 4)
    await drain(shop)
    post = Post()
    while await telling(shop, post).batch():
        pass
    assert sorted(letter.payload.decode().split("\n")[0] for letter in post.letters) == [
        "Shop: marketing is paused, chain cart",
        "Shop: marketing is paused, email",
    ]
    assert b"mautod chains resume cart" in b"".join(letter.payload for letter in post.letters)
    look(shop)
    shop.clock.now += HOUR
    assert await telling(shop, post).batch() == 0


async def test_an_alarm_that_grows_until_marketing_stops_is_told_a_second_time(shop):
    alone(shop, 97, 3)
    await drain(shop)
    post = Post()
    await telling(shop, post).batch()
    alone(shop, 0, 10)
    await drain(shop)
    await telling(shop, post).batch()
    subjects = [letter.payload.decode().split("\n")[0] for letter in post.letters]
    assert subjects == ["Shop: too many bounces, email", "Shop: marketing is paused, email"]


async def test_a_letter_that_nobody_took_is_tried_again(shop):
    alone(shop, 97, 3)
    await drain(shop)
    post = Post(broken=1)
    await telling(shop, post).batch()
    assert shop.one("SELECT told_at, detail FROM incident") == (None, "554 no")
    assert await telling(shop, post).batch() == 0
    shop.clock.now += MINUTE
    assert await telling(shop, post).batch() == 1
    assert len(post.letters) == 1
    assert shop.one("SELECT told_at, detail FROM incident") == (shop.clock.now, "")


async def test_whoever_dies_while_telling_is_followed_by_another_try(shop):
    alone(shop, 97, 3)
    await drain(shop)

    class Dying(Post):
        async def send(self, batch):
            raise Killed

    with pytest.raises(Killed):
        await telling(shop, Dying()).batch()
    post = Post()
    assert await telling(shop, post).batch() == 0
    shop.clock.now += 5 * MINUTE
    await telling(shop, post).batch()
    assert shop.one("SELECT told_at FROM incident")[0] == shop.clock.now


async def test_where_nobody_is_named_the_alarm_says_so(shop):
    alone(shop, 97, 3)
    await drain(shop)
    await telling(shop, Post(), to=()).batch()
    assert alarms.shown(shop.db.read(), None, 1)[0].trouble == NOBODY


@pytest.mark.parametrize(
    ("alerts", "key"),
    [
        (Alerts(bounces="many"), "alerts.bounces"),
        (Alerts(pause_complaints="200%"), "alerts.pause_complaints"),
        (Alerts(window="90d"), "alerts.window"),
    ],
)
def test_an_unfit_limit_is_named(alerts, key):
    with pytest.raises(ConfigError, match=key):
        limits_of(alerts)
