"""Through gate and ledger to real servers of which one fails: none doubled, none lost."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from email import message_from_bytes

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from mail_kit import open_shop

from mautod import channels
from mautod.channels.port import Net
from mautod.core.sending.links import Links
from mautod.duration import DAY, SECOND
from mautod.services.delivery.deliver import Deliver

LINKS = Links("a secret of the test", "http://shop.example")
CODE = re.compile(r"\d{3}")


class Box:
    """An aiosmtpd server that keeps Message-IDs, and fails as it is told after some letters."""

    def __init__(self, fails: str = "", after: int = 0) -> None:
        self.fails = fails
        self.after = after
        self.took: list[str] = []
        self.open: set[asyncio.BaseTransport] = set()
        self.port = 0
        self.server: asyncio.Server | None = None

    async def start(self) -> Box:
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: SMTP(self, loop=loop), "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    @property
    def failing(self) -> bool:
        return bool(self.fails) and len(self.took) >= self.after

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.open.add(server.transport)
        if self.failing and self.fails == "hang":
            await asyncio.sleep(60)
        if self.failing and self.fails == "cut before the dot":
            server.transport.abort()
        if self.failing and CODE.match(self.fails):
            return self.fails
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.failing and self.fails == "cut after the dot":
            server.transport.abort()
        self.took.append(message_from_bytes(envelope.content)["Message-ID"])
        return "250 2.0.0 taken"

    async def stop(self) -> None:
        self.server.close()
        for transport in self.open:
            transport.abort()
        await asyncio.sleep(0)


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


async def work(shop, tmp_path, *boxes: Box, until: int = DAY) -> None:
    """Send all that can be sent, jumping to the next moment at which something is due."""
    servers = [
        {"name": name, "url": f"smtp://127.0.0.1:{box.port}"}
        for name, box in zip("ab", boxes, strict=False)
    ]
    section = {"server": servers, "sender": "Shop <shop@x.example>", "timeout": "300ms"}
    channel = channels.create(
        "email", {**section, "connections": 2}, Net(tmp_path, clock=shop.clock)
    )
    pump = Deliver(shop.db, channel, LINKS, shop.terms, "me", shop.clock)
    await channel.open()
    end = shop.clock.now + until
    while True:
        while await pump.batch():
            pass
        due = pump.next_due()
        if due is None or due > end:
            break
        shop.clock.now = max(due, shop.clock.now + 1)
    await channel.close()
    for box in boxes:
        await box.stop()


def states(shop) -> Counter[str]:
    return Counter(dict(shop.all("SELECT state, count(*) FROM message GROUP BY state")))


def taken_by(shop) -> Counter[str]:
    rows = shop.all("SELECT server, count(*) FROM message WHERE state = 'sent' GROUP BY server")
    return Counter(dict(rows))


@pytest.mark.parametrize("fails", ["421 4.3.2 closing", "hang", "cut before the dot"])
async def test_one_of_two_servers_dies_in_the_middle_and_everybody_gets_one_letter(
    shop, tmp_path, fails
):
    sick, well = await Box(fails, after=9).start(), await Box().start()
    for number in range(60):
        shop.message(shop.person(f"p{number}@x.example"))
    await work(shop, tmp_path, sick, well)
    assert states(shop) == {"sent": 60}
    took = Counter(sick.took + well.took)
    assert set(took.values()) == {1}
    assert len(took) == 60
    assert taken_by(shop) == {"a": len(sick.took), "b": len(well.took)}
    assert len(well.took) > 40


async def test_letters_cut_after_the_dot_are_in_doubt_and_no_other_server_gets_them(shop, tmp_path):
    """The server that broke off has them in its box: to send them again would double them."""
    sick, well = await Box("cut after the dot", after=5).start(), await Box().start()
    for number in range(40):
        shop.message(shop.person(f"p{number}@x.example"))
    await work(shop, tmp_path, sick, well, until=4 * SECOND)
    told = states(shop)
    assert told["sent"] + told["unknown"] == 40
    # Two batches under way, two connections, up to three letters on each before it is left.
    assert 0 < told["unknown"] <= 12
    took = Counter(sick.took + well.took)
    assert set(took.values()) == {1}
    assert len(took) == 40


@pytest.mark.parametrize(
    ("fails", "reason", "dead"),
    [
        ("550 5.1.1 no such user", "bounced", 1),
        ("552 5.2.2 mailbox full", "soft bounce", 0),
        ("554 5.7.1 blocked", "refused by server", 0),
    ],
)
async def test_a_no_for_good_is_a_bounce_at_once(shop, tmp_path, fails, reason, dead):
    box = await Box(fails).start()
    message = shop.message(shop.person())
    await work(shop, tmp_path, box)
    assert shop.state(message) == ("failed", reason)
    assert shop.one("SELECT attempt, code, server FROM message") == (1, fails[:9], "a")
    assert shop.one("SELECT count(*) FROM suppression")[0] == dead
    assert [name for name, _ in shop.notes()] == ["Message Failed", "Message Bounced"]
    assert shop.one("SELECT server, domain, code, count FROM attempt") == (
        "a", "x.example", fails[:9], 1,
    )  # fmt: skip


async def test_a_temporary_no_is_tried_again_by_its_schedule_until_it_is_a_yes(shop, tmp_path):
    box = await Box("451 4.7.1 Greylisted, come back").start()
    message = shop.message(shop.person())
    start = shop.clock.now
    tried = []

    async def lets_in(server, session, envelope, address, options):
        tried.append((shop.clock.now - start) // SECOND)
        if len(tried) > 2:
            box.fails = ""
        return await Box.handle_RCPT(box, server, session, envelope, address, options)

    box.handle_RCPT = lets_in
    await work(shop, tmp_path, box)
    assert shop.state(message) == ("sent", None)
    assert tried[0] == 0
    assert 300 <= tried[1] <= 330
    assert 600 <= tried[2] - tried[1] <= 660


async def test_while_every_server_is_down_letters_wait_without_losing_attempts(shop, tmp_path):
    box = await Box("421 4.3.2 closing").start()
    for number in range(200):
        shop.message(shop.person(f"p{number}@x.example"))
    await work(shop, tmp_path, box, until=60 * SECOND)
    assert states(shop) == {"queued": 200}
    tried = shop.one("SELECT count(*) FROM message WHERE attempt > 0")[0]
    assert 0 < tried <= 80
    assert shop.one("SELECT max(attempt) FROM message")[0] <= 3
