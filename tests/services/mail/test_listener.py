"""Letters are handed over by LMTP and SMTP: 250 when they are on disk, never before."""

from __future__ import annotations

import asyncio
import smtplib
from contextlib import asynccontextmanager

import pytest
from letters_kit import address, dsn, reply
from post_kit import Postfix, open_folder, sink, until
from smtp_kit import free_port

from mautod.errors import Unavailable
from mautod.services.mail import listener
from mautod.services.mail.listener import listen
from mautod.services.mail.places import Door
from mautod.store.group_commit import GroupCommit


@asynccontextmanager
async def opened(writer, **more):
    door = Door("127.0.0.1", free_port(), **more)
    server = await listen(door, writer)
    try:
        yield door.port
    finally:
        server.close()
        await server.wait_closed()


def came(room) -> list[bytes]:
    return [each.body for each in room.journal.read_after(0, 1000) if each.kind == "mail"]


class Talk:
    """Says lines to a server, as they are, and hears its answers."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def say(self, raw: bytes, answers: int = 1) -> list[str]:
        self.writer.write(raw)
        return [await self.hear() for _ in range(answers)]

    async def hear(self) -> str:
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 10)).decode()
            if line[3:4] != "-":
                return line.strip()


@asynccontextmanager
async def talk(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    made = Talk(reader, writer)
    assert (await made.hear()).startswith("220")
    try:
        yield made
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_letter_is_on_disk_when_it_is_answered(room, writer):
    letter = reply()
    async with opened(writer) as port, talk(port) as lmtp:
        assert await lmtp.say(b"LHLO mx\r\n") == ["250 SIZE 26214400"]
        answers = await lmtp.say(
            b"MAIL FROM:<> SIZE=2000\r\nRCPT TO:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n", 4
        )
        assert [each[:3] for each in answers] == ["250", "250", "250", "354"]
        answers = await lmtp.say(letter + b".\r\nQUIT\r\n", 3)
        assert [each[:3] for each in answers] == ["250", "250", "221"]
        (body,) = came(room)
    assert (
        body == b"Return-Path: <>\r\nDelivered-To: a@x.test\r\nDelivered-To: b@x.test\r\n" + letter
    )


async def test_smtp_answers_once_for_all_recipients(room, writer):
    async with opened(writer, lmtp=False) as port:

        def send():
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                client.sendmail("a@x.test", ["b@x.test", "c@x.test"], dsn())
                client.sendmail("a@x.test", ["d@x.test"], reply())

        await asyncio.to_thread(send)
    assert len(came(room)) == 2


async def test_a_letter_too_large_is_refused_before_it_is_sent(room, writer):
    async with opened(writer, largest=1000) as port, talk(port) as lmtp:
        await lmtp.say(b"LHLO mx\r\n")
        (answer,) = await lmtp.say(b"MAIL FROM:<a@x.test> SIZE=100000000\r\n")
        assert answer.startswith("552 5.3.4")


async def test_a_letter_that_grows_too_large_is_read_to_its_end_and_refused(room, writer):
    async with opened(writer, largest=10_000) as port, talk(port) as lmtp:
        await lmtp.say(b"LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n", 4)
        for _ in range(100):
            lmtp.writer.write(b"x" * 10_000 + b"\r\n")
            await lmtp.writer.drain()
        (answer,) = await lmtp.say(b".\r\n")
        assert answer.startswith("552")
        assert (await lmtp.say(b"NOOP\r\n"))[0].startswith("250")
    assert came(room) == []


async def test_a_letter_nested_a_thousand_deep_is_refused(room, writer):
    deep = b"".join(
        b"Content-Type: multipart/x; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(1000)
    )
    async with opened(writer) as port, talk(port) as lmtp:
        await lmtp.say(b"LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n", 4)
        (answer,) = await lmtp.say(deep + b"\r\n.\r\n")
    assert answer.startswith("554 5.6.0")
    assert came(room) == []


@pytest.mark.parametrize("end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r"])
async def test_a_dot_between_half_line_ends_is_no_end(room, writer, end):
    async with opened(writer) as port, talk(port) as lmtp:
        await lmtp.say(b"LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n", 4)
        hidden = b"a" + end + b"MAIL FROM:<evil@x.test>\r\n"
        (answer,) = await lmtp.say(hidden + b"\r\n.\r\n")
        assert answer.startswith("250")
        assert (await lmtp.say(b"RSET\r\n")) == ["250 2.0.0 ok"]
    assert came(room)[0].endswith(hidden + b"\r\n")


async def test_dots_that_were_put_before_lines_are_taken_off(room, writer):
    async with opened(writer) as port, talk(port) as lmtp:
        await lmtp.say(b"LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n", 4)
        await lmtp.say(b"..a\r\n..\r\nb.\r\n.\r\n")
    assert came(room)[0].endswith(b".a\r\n.\r\nb.\r\n")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 4096, 65_536, 65_537])
async def test_a_letter_comes_whole_however_it_is_cut(room, writer, size):
    letter = reply("x" * 60_000)
    whole = letter + b".\r\nNOOP\r\n"
    async with opened(writer) as port, talk(port) as lmtp:
        await lmtp.say(b"LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n", 4)
        tail = whole[:-40] if size < 10 else b""
        lmtp.writer.write(tail)
        for start in range(len(tail), len(whole), size):
            lmtp.writer.write(whole[start : start + size])
            await lmtp.writer.drain()
            await asyncio.sleep(0)
        assert [(await lmtp.hear())[:3] for _ in range(2)] == ["250", "250"]
    assert came(room)[0].endswith(letter)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (b"MAIL FROM:<a@x.test>\r\n", "503"),
        (b"LHLO mx\r\nRCPT TO:<a@x.test>\r\n", "503"),
        (b"LHLO mx\r\nDATA\r\n", "503"),
        (b"LHLO mx\r\nMAIL FROM:a\r\n", "501"),
        (b"LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<>\r\n", "503"),
        (b"EHLO mx\r\n", "500"),
        (b"VRFY root\r\n", "500"),
        (b"\xff\xfe\r\n", "500"),
    ],
)
async def test_what_comes_out_of_turn_is_refused(writer, lines, code):
    async with opened(writer) as port, talk(port) as lmtp:
        answers = await lmtp.say(lines, lines.count(b"\r\n"))
    assert answers[-1].startswith(code)


async def test_who_talks_nonsense_for_long_is_shown_the_door(writer):
    async with opened(writer) as port, talk(port) as lmtp:
        answers = await lmtp.say(b"WHAT\r\n" * 20, 21)
        assert answers[-1].startswith("421")
    async with opened(writer) as port, talk(port) as lmtp:
        assert (await lmtp.say(b"x" * 5000))[0].startswith("500 5.5.6")


async def test_too_many_guests_are_told_to_come_back(writer, monkeypatch):
    monkeypatch.setattr(listener, "MOST_CONNECTIONS", 1)
    async with opened(writer) as port, talk(port):
        reader, other = await asyncio.open_connection("127.0.0.1", port)
        assert (await reader.readline()).startswith(b"421")
        other.close()
        await other.wait_closed()


async def test_when_the_disk_is_full_the_letter_stays_with_its_server(room, monkeypatch):
    full = GroupCommit(room.journal, limit=1000)

    def no_room(_):
        raise Unavailable("the disk is full")

    monkeypatch.setattr(room.journal, "append_sync", no_room)
    async with opened(full) as port, talk(port) as lmtp:
        await lmtp.say(b"LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n", 4)
        assert (await lmtp.say(b"x\r\n.\r\n"))[0].startswith("451")
    await full.close()


async def test_a_port_that_is_taken_is_said(writer):
    async with opened(writer) as port:
        with pytest.raises(Unavailable, match=f"lmtp://127.0.0.1:{port}"):
            await listen(Door("127.0.0.1", port), writer)


@pytest.mark.parametrize(
    ("fault", "kind", "rule"),
    [
        (("-f", "rcpt", "-B", "550 5.1.1 <ann@gone.test>: User unknown"), "hard", "bounced"),
        (("-f", "rcpt", "-B", "552 5.2.2 Mailbox full"), "soft", "soft bounce"),
        (("-f", "data", "-B", "554 5.7.1 We do not like you: spam"), "policy", "refused by server"),
    ],
)
@pytest.mark.usefixtures("needs_postfix")
async def test_a_real_postfix_brings_real_bounces_to_the_door(room, writer, fault, kind, rule):
    async with opened(writer) as port:
        with open_folder() as folder, sink(*fault) as refusing:
            routes = {
                "gone.test": f"smtp:[127.0.0.1]:{refusing}",
                "shop.example": f"lmtp:inet:127.0.0.1:{port}",
            }
            with Postfix(folder / "postfix", routes) as postfix:
                letter = b"Subject: Your cart\r\nMessage-ID: <x@shop.example>\r\n\r\nHello\r\n"
                await asyncio.to_thread(postfix.send, address("bounce"), "ann@gone.test", letter)
                await asyncio.to_thread(until, lambda: came(room))
    room.drain()
    assert room.mails() == [("bounce", "matched", room.ann, 7)]
    assert f'"kind":"{kind}"' in room.events("Message Bounced")[0][0]
    assert room.rows("SELECT reason FROM message") == [(rule,)]


@pytest.mark.usefixtures("needs_postfix")
async def test_a_real_postfix_warns_of_a_delay_and_that_is_no_bounce(room, writer):
    async with opened(writer) as port:
        with open_folder() as folder, sink("-r", "rcpt", "-b", "452 4.2.2 full, later") as busy:
            routes = {
                "slow.test": f"smtp:[127.0.0.1]:{busy}",
                "shop.example": f"lmtp:inet:127.0.0.1:{port}",
            }
            with Postfix(folder / "postfix", routes) as postfix:
                letter = b"Subject: Your cart\r\n\r\nHello\r\n"
                await asyncio.to_thread(postfix.send, address("bounce"), "ann@slow.test", letter)
                await asyncio.to_thread(until, lambda: came(room), 40)
    room.drain()
    assert room.mails()[0] == ("delayed", "matched", room.ann, 7)
    assert not room.events("Message Bounced")


@pytest.mark.usefixtures("needs_postfix")
async def test_a_real_postfix_hands_answers_over_and_keeps_what_is_not_taken(room, writer):
    async with opened(writer) as port:
        with open_folder() as folder:
            routes = {"shop.example": f"lmtp:inet:127.0.0.1:{port}"}
            with Postfix(folder / "postfix", routes) as postfix:
                await asyncio.to_thread(postfix.send, "ann@x.example", address("reply"), reply())
                await asyncio.to_thread(until, lambda: came(room))
    room.drain()
    assert room.mails() == [("reply", "matched", room.ann, 7)]
