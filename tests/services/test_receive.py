"""What mailboxes and providers tell of a message is kept once, and nobody writes past a no."""

from __future__ import annotations

import msgspec
import pytest
from digest_kit import Mill
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail_kit import NOON, open_shop

from mautod.core.envelope import RECEIPT, Receipt, Reject, Request, receipt
from mautod.core.sending.caps import parse_cap
from mautod.core.sending.machines import Suspects
from mautod.core.sending.receipts import bounced, complained, delivered
from mautod.duration import DAY, HOUR
from mautod.services.intake.receive import resolve
from mautod.store.delivery import receipts

GONE = bounced(1, "hard", "5.1.1", "User unknown")


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


def sent(shop, person: int, at: int = NOON, **columns) -> int:
    columns = {"state": "sent", "address": "ann@x.example", **columns}
    return shop.message(person, sending_at=at, done_at=at, **columns)


def tell(shop, *told, at: int = NOON + HOUR, soft: str = "3 per 30d"):
    with shop.db.write() as tx:
        came = [(one, at, "203.0.113.7") for one in told]
        return resolve(tx, came, parse_cap(soft) if soft else None, Suspects(), at)


def suppressed(shop):
    return shop.all("SELECT channel, address, reason FROM suppression")


def test_a_delivered_message_is_delivered_once(shop):
    message = sent(shop, shop.person())
    [(person, name, props, at)] = tell(shop, delivered(message), delivered(message))
    assert (person, name, at) == (1, "Message Delivered", NOON + HOUR)
    assert props["template"] == "cart-1"
    assert props["step"] == "first"
    assert tell(shop, delivered(message)) == []
    assert shop.state(message) == ("delivered", None)


def test_a_delivery_ends_the_doubt_about_an_unknown_message(shop):
    message = sent(shop, shop.person(), state="unknown", reason="unknown")
    tell(shop, delivered(message))
    assert shop.state(message)[0] == "delivered"


def test_a_receipt_that_overtakes_the_answer_leaves_the_message_to_its_sender(shop):
    message = sent(shop, shop.person(), state="sending")
    [(_, name, *_)] = tell(shop, delivered(message))
    assert name == "Message Delivered"
    assert shop.state(message)[0] == "sending"


def test_an_address_that_does_not_exist_is_never_used_again(shop):
    message = sent(shop, shop.person())
    [(_, name, props, _)] = tell(shop, GONE, GONE)
    assert name == "Message Bounced"
    assert (props["kind"], props["code"], props["detail"]) == ("hard", "5.1.1", "User unknown")
    assert shop.state(message) == ("failed", "bounced")
    assert shop.one("SELECT detail FROM message") == ("5.1.1 User unknown",)
    assert suppressed(shop) == [("email", "ann@x.example", "bounced")]


def test_it_is_the_address_that_was_written_to_that_bounced_not_the_present_one(shop):
    sent(shop, shop.person("new@x.example"), address="old@x.example")
    tell(shop, GONE)
    assert suppressed(shop) == [("email", "old@x.example", "bounced")]


def test_a_letter_that_the_server_does_not_want_says_nothing_of_the_person(shop):
    message = sent(shop, shop.person())
    [(_, _, props, _)] = tell(shop, bounced(message, "policy", "5.7.1", "spam"))
    assert props["kind"] == "policy"
    assert shop.state(message) == ("failed", "refused by server")
    assert suppressed(shop) == []


def test_a_mailbox_that_stays_full_is_given_up(shop):
    person = shop.person()
    for day in range(3):
        assert suppressed(shop) == []
        message = sent(shop, person, NOON + day * DAY)
        tell(shop, bounced(message, "soft", "5.2.2", "full"), at=NOON + day * DAY + HOUR)
    assert suppressed(shop) == [("email", "ann@x.example", "bounced softly too often")]


@pytest.mark.parametrize("proof", ["delivered", "open"])
def test_a_letter_that_arrives_begins_the_count_anew(shop, proof):
    person = shop.person()
    for day in range(5):
        message = sent(shop, person, NOON + day * DAY)
        told = Receipt(proof, message) if day == 2 else bounced(message, "soft", "5.2.2", "full")
        tell(shop, told, at=NOON + day * DAY + HOUR)
    assert suppressed(shop) == []


def test_soft_bounces_of_long_ago_or_of_another_address_do_not_count(shop):
    person = shop.person()
    for day, address in (
        (0, "ann@x.example"),
        (40, "b@x.example"),
        (41, "ann@x.example"),
        (42, "Ann@x.example"),
    ):
        message = sent(shop, person, NOON + day * DAY, address=address)
        tell(shop, bounced(message, "soft"), at=NOON + day * DAY + HOUR)
    assert suppressed(shop) == []
    tell(shop, bounced(sent(shop, person, NOON + 43 * DAY), "soft"), at=NOON + 43 * DAY + HOUR)
    assert len(suppressed(shop)) == 1


def test_without_a_rule_soft_bounces_suppress_nobody(shop):
    person = shop.person()
    for hour in range(9):
        tell(shop, bounced(sent(shop, person, NOON + hour), "soft"), soft="")
    assert suppressed(shop) == []


def test_a_hard_bounce_is_news_after_a_soft_one_and_not_the_other_way_round(shop):
    message = sent(shop, shop.person())
    soft = bounced(message, "soft", "4.2.2", "full")
    kinds = [props["kind"] for _, _, props, _ in tell(shop, soft, soft, GONE, soft, GONE)]
    assert kinds == ["soft", "hard"]


async def test_a_complaint_ends_all_marketing_to_the_person_and_the_address(shop):
    message = sent(shop, shop.person())
    [(_, name, props, _)] = tell(shop, complained(message, "postmark"), complained(message))
    assert (name, props["detail"]) == ("Message Complained", "postmark")
    assert shop.all("SELECT channel, topic, state, source FROM consent") == [
        ("email", "*", "unsubscribed", "complaint")
    ]
    assert shop.all("SELECT channel, address, topic FROM optout") == [
        ("email", "ann@x.example", "*")
    ]
    queued = shop.message(1)
    await shop.deliver().batch()
    assert shop.state(queued) == ("refused", "unsubscribed")


def test_what_was_shown_of_a_bounced_letter_that_nobody_touched_earns_nothing(shop):
    person = shop.person()
    for opened in (None, NOON + 1):
        message = sent(shop, person, opened_at=opened)
        shop.insert(
            "conversion",
            {"message_id": message, "event_id": message, "person_id": person, "chain_id": 1,
             "step": "first", "template": "cart-1", "value_e4": 1, "at": NOON, "share_e4": 10000},
        )  # fmt: skip
        tell(shop, bounced(message, "hard"))
    assert shop.all("SELECT message_id FROM conversion") == [(2,)]


def test_an_unknown_message_and_an_erased_person_come_to_nothing(shop):
    message = sent(shop, shop.person(erased_at=1))
    assert tell(shop, GONE, bounced(99, "hard"), complained(message), delivered(message)) == []
    assert suppressed(shop) == []


@given(st.text(), st.text())
def test_whatever_a_server_wrote_is_kept_short_and_harmless(code, text):
    made = bounced(1, "hard", code, text)
    request = Request(NOON, "mautod", RECEIPT, "", msgspec.json.encode(made))
    assert receipt(request) == made
    assert len(made.text) <= 500
    assert made.text.isprintable() or not made.text.isascii()


def test_a_receipt_that_says_too_much_is_set_aside():
    for body in (
        b'{"kind":"bounce","message":1,"text":"' + b"x" * 501 + b'"}',
        b'{"kind":"bounce","message":1,"bounce":"dead"}',
        b'{"kind":"bounce","message":"1"}',
    ):
        assert isinstance(receipt(Request(NOON, "mautod", RECEIPT, "", body)), Reject)


_TOLD = st.sampled_from(["delivered", "hard", "soft", "policy", "complaint", "open", "click"])


def _receipt(word: str, message: int) -> Receipt:
    if word in {"hard", "soft", "policy"}:
        return bounced(message, word)
    return Receipt(word, message)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_TOLD, max_size=12))
def test_in_any_order_and_however_often_told_each_thing_happens_once(shop, words):
    message = sent(shop, shop.person(f"p{shop.one('SELECT count(*) FROM person')[0]}@x.example"))
    happened = [name for word in words for _, name, *_ in tell(shop, _receipt(word, message))]
    assert happened.count("Message Delivered") <= 1
    assert happened.count("Message Complained") == ("complaint" in words)
    bounces = happened.count("Message Bounced")
    assert bounces <= 2
    assert (bounces > 0) == bool({"hard", "soft", "policy"} & set(words))
    assert (shop.state(message)[0] == "failed") == (bounces > 0)


def test_soft_bounces_are_counted_through_the_index_of_a_persons_messages(shop):
    values = {"person": 1, "since": 0, "channel": "email", "address": "a"}
    rows = shop.db.read().execute(f"EXPLAIN QUERY PLAN {receipts.SOFTLY}", values)
    steps = [row[3] for row in rows if "message" in row[3].lower()]
    assert len(steps) == 2
    assert all("message_person" in step for step in steps)


def test_what_is_told_goes_from_the_journal_into_the_truth_each_once(tmp_path):
    mill = Mill(tmp_path)
    mill.segment("gone", 'did "Message Bounced" where kind = "hard"')
    mill.play({"type": "identify", "userId": "a", "traits": {"email": "a@x.test"}}, source="server")
    with mill.db.write() as tx:
        tx.execute(
            "INSERT INTO message (id, step, key, person_id, channel, template, topic, state,"
            " queued_at, due_at, address, sending_at) VALUES (7, '', '', 1, 'email', 't', 'news',"
            " 'sent', 1, 1, 'a@x.test', 1)"
        )
    told = [delivered(7), bounced(7, "hard", "5.1.1", "no such user"), complained(7)]
    for one in (*told, *told):
        body = msgspec.json.encode(one)
        mill.journal.append_sync([Request(mill.now, "mautod", RECEIPT, "192.0.2.1", body)])
    mill.drain()
    names = [name for _, name in mill.history() if name.startswith(("Message", "Unsub"))]
    assert names == ["Message Delivered", "Message Bounced", "Message Complained", "Unsubscribed"]
    assert mill.one("SELECT state FROM message") == "failed"
    assert mill.one("SELECT count(*) FROM suppression") == 1
    assert mill.one("SELECT count(*) FROM member") == 1
    mill.close()
