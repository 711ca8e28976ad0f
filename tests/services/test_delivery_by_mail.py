"""The whole way of a letter: gate, ledger, SMTP, and back by the links that it carries."""

from __future__ import annotations

import re

import pytest
from mail_kit import NOON, open_shop

from mautod import channels
from mautod.channels.port import Net
from mautod.core.sending.links import Links
from mautod.demo.sink import Sink
from mautod.services.delivery.consent import FromMessage, unsubscribe
from mautod.services.delivery.deliver import Deliver

LINKS = Links("a secret of the test", "http://shop.example")


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


def pump(shop, tmp_path, port: int) -> tuple[Deliver, channels.port.Channel]:
    section = {"url": f"smtp://127.0.0.1:{port}", "sender": "Shop <shop@x.example>", "tls": "never"}
    channel = channels.create("email", section, Net(tmp_path, clock=shop.clock))
    return Deliver(shop.db, channel, LINKS, shop.terms, "me", shop.clock), channel


async def test_a_letter_arrives_and_its_unsubscribe_link_stops_the_next(shop, tmp_path):
    sink = Sink()
    deliver, channel = pump(shop, tmp_path, await sink.start())
    person = shop.person()
    first = shop.message(person)
    await deliver.batch()
    assert shop.state(first) == ("sent", None)
    [letter] = sink.letters
    assert letter.recipient == "ann@x.example"
    assert "Hello Ann" in letter.html()
    token = re.fullmatch(r"<http://shop.example/u/(.+)>", letter.parsed()["List-Unsubscribe"])
    unsubscribe(shop.db, FromMessage(LINKS.read_unsubscribe(token[1])), NOON, source="one-click")
    second = shop.message(person)
    await deliver.batch()
    assert shop.state(second) == ("refused", "unsubscribed")
    assert len(sink.letters) == 1
    await channel.close()
    await sink.stop()


async def test_while_the_server_is_down_nothing_is_lost_and_nothing_doubled(shop, tmp_path):
    sink = Sink()
    port = await sink.start()
    await sink.stop()
    deliver, channel = pump(shop, tmp_path, port)
    messages = [shop.message(shop.person(f"p{n}@x.example")) for n in range(40)]
    await deliver.batch()
    assert {shop.state(message) for message in messages} == {("queued", "retry")}
    fresh = Sink()
    deliver, channel = pump(shop, tmp_path, await fresh.start())
    shop.clock.now += 10_000
    while await deliver.batch():
        pass
    assert {shop.state(message) for message in messages} == {("sent", None)}
    recipients = sorted(letter.recipient for letter in fresh.letters)
    assert recipients == sorted(f"p{n}@x.example" for n in range(40))
    await channel.close()
    await fresh.stop()
