"""How letters fared, told from what every server said of every try."""

from __future__ import annotations

import pytest
from mail_kit import NOON, Recorder, open_shop

from mautod.core.sending.message import Failed, Retry, Sent, Trace
from mautod.duration import DAY, HOUR
from mautod.errors import BadInput
from mautod.services.delivery.landed import report


def answer(letter):
    if letter.address.startswith("gone"):
        return Failed("550 5.1.1 no", dead=True, kind="hard", trace=Trace("b", "550 5.1.1", 9))
    if letter.address.startswith("slow"):
        return Retry("451 4.7.0 later", trace=Trace("a", "451 4.7.0", 3))
    return Sent("ref", Trace("a", "250 2.0.0", 20 if letter.address.startswith("p") else 40))


@pytest.fixture
async def shop(tmp_path):
    shop = open_shop(tmp_path, channel=Recorder(answer=answer))
    for address in ("p@x.example", "q@x.example", "gone@y.example", "slow@x.example"):
        shop.message(shop.person(address))
    pump = shop.deliver()
    while await pump.batch():
        pass
    yield shop
    shop.db.close()


def rows(shop, by: str, since: int = NOON - DAY):
    found = report(shop.db.read(), "email", by, since, shop.clock())
    return [(r.key, r.accepted, r.deferred, r.bounced, r.accept_ms) for r in found.items]


def test_tries_are_told_by_domain_server_code_and_hour(shop):
    assert rows(shop, "domain") == [("x.example", 2, 1, 0, 21), ("y.example", 0, 0, 1, 9)]
    assert rows(shop, "server") == [("a", 2, 1, 0, 21), ("b", 0, 0, 1, 9)]
    assert [row[:4] for row in rows(shop, "code")] == [
        ("250 2.0.0", 2, 0, 0),
        ("451 4.7.0", 0, 1, 0),
        ("550 5.1.1", 0, 0, 1),
    ]
    assert [row[:4] for row in rows(shop, "hour")] == [(str(NOON), 2, 1, 1)]


def test_what_came_back_is_told_of_how_many(shop):
    found = report(shop.db.read(), "email", "domain", NOON - DAY, shop.clock())
    assert (found.sent, found.bounced, found.complained) == (3, 1, 0)


def test_what_was_before_is_left_out(shop):
    shop.clock.now += 2 * HOUR
    assert rows(shop, "domain", NOON + HOUR) == []


def test_a_column_that_is_not_kept_is_refused_with_those_that_are(shop):
    with pytest.raises(BadInput) as error:
        rows(shop, "sender")
    assert "domain, server, code, hour" in error.value.hint
