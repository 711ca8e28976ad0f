"""A mailbox in a real Dovecot is read into the journal: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from letters_kit import dsn, raw, reply

from mautod.services.mail import fetch
from mautod.services.mail.fetch import Fetcher
from mautod.services.mail.imap import Imap, ImapError
from mautod.services.mail.places import Inbox
from mautod.store.mail import places

ROUNDS = 400


@pytest.fixture
def inbox(dovecot, certificate):
    return Inbox("localhost", dovecot.secure_port, "in", "hush", ca=str(certificate[0]))


@asynccontextmanager
async def session(inbox):
    made = Imap(inbox)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


def came(room) -> list[bytes]:
    """What the journal holds of mail."""
    return [r.body for r in room.journal.read_after(0, 1000) if r.kind == "mail"]


async def until(holds):
    for _ in range(ROUNDS):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came")


@asynccontextmanager
async def running(fetcher):
    task = asyncio.create_task(fetcher.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_letters_come_in_order_whole_and_once(room, writer, inbox, dovecot):
    letters = [reply(f"number {n}") for n in range(45)]
    for letter in letters:
        dovecot.put("in", letter)
    fetcher = Fetcher(inbox, room.db, writer)
    async with session(inbox) as imap:
        assert await fetcher.read(imap) == 45
        assert await fetcher.read(imap) == 0
    assert sorted(came(room)) == sorted(letters)
    assert all("S" in name.partition(":2,")[2] for name in dovecot.files("in"))


async def test_a_letter_that_arrives_while_nobody_asks_is_here_at_once(
    room, writer, inbox, dovecot
):
    dovecot.put("in", reply("first"))
    async with running(Fetcher(inbox, room.db, writer)):
        await until(lambda: len(came(room)) == 1)
        dovecot.put("in", dsn())
        await until(lambda: len(came(room)) == 2)
    room.drain()
    assert room.rows("SELECT kind FROM mail ORDER BY id") == [("reply",), ("bounce",)]


async def test_whatever_is_killed_before_the_mark_moves_nothing_is_lost_or_doubled(
    room, writer, inbox, dovecot, monkeypatch
):
    for n in range(5):
        dovecot.put("in", reply(f"number {n}"))

    def dies(*_):
        raise OSError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(places, "read", dies)
        async with session(inbox) as imap:
            with pytest.raises(OSError, match="killed"):
                await Fetcher(inbox, room.db, writer).read(imap)
    assert not any("S" in name.partition(":2,")[2] for name in dovecot.files("in"))
    async with session(inbox) as imap:
        await Fetcher(inbox, room.db, writer).read(imap)
    assert len(came(room)) == 10
    room.drain()
    assert room.one("SELECT count(*) FROM mail") == 5
    assert len(room.events("Message Replied")) == 5


async def test_a_mailbox_that_was_restored_is_read_anew_and_counts_nothing_twice(
    room, writer, inbox, dovecot
):
    dovecot.put("in", reply("one"), dsn())
    async with session(inbox) as imap:
        await Fetcher(inbox, room.db, writer).read(imap)
    before = places.find(room.db.read(), inbox.name)
    dovecot.stop()
    dovecot.forget_uids("in")
    dovecot.start()
    with room.db.write() as tx:
        tx.execute("UPDATE mailbox SET validity = validity - 1")
    async with session(inbox) as imap:
        assert await Fetcher(inbox, room.db, writer).read(imap) == 2
    room.drain()
    assert room.one("SELECT count(*) FROM mail") == 2
    assert places.find(room.db.read(), inbox.name).uid == before.uid


@pytest.mark.parametrize(("then", "target"), [("keep", ""), ("move", "Done"), ("delete", "")])
async def test_what_becomes_of_a_letter_there_is_as_configured(
    room, writer, inbox, dovecot, then, target
):
    dovecot.put("in", reply("one"), reply("two"))
    place = replace(inbox, then=then, target=target)
    async with session(place) as imap:
        if target:
            await imap._do(b'CREATE "Done"')
        await Fetcher(place, room.db, writer).read(imap)
    assert len(came(room)) == 2
    assert len(dovecot.files("in")) == (2 if then == "keep" else 0)
    assert len(dovecot.files("in", ".Done")) == (2 if target else 0)


async def test_of_a_letter_that_is_too_large_the_beginning_is_shown_and_the_rest_stays(
    room, writer, inbox, dovecot
):
    huge = reply("x").replace(b"\r\n\r\n", b"\r\n\r\n" + b"A" * 76 + b"\r\n", 1) + b"A" * 300_000
    dovecot.put("in", huge, reply("small"))
    place = replace(inbox, largest=100_000, then="delete")
    async with session(place) as imap:
        await Fetcher(place, room.db, writer).read(imap)
    assert max(len(body) for body in came(room)) < 70_000
    assert len(dovecot.files("in")) == 1
    room.drain()
    assert "too large" in "".join(row[0] for row in room.rows("SELECT detail FROM mail"))


async def test_a_server_whose_certificate_nobody_knows_gets_no_password(inbox):
    assert "certificate" in str(await refused(replace(inbox, ca="")))


async def test_an_open_line_begins_with_starttls(room, writer, inbox, dovecot):
    place = replace(inbox, port=dovecot.port, secure=False)
    dovecot.put("in", reply("one"))
    async with session(place) as imap:
        assert imap._writer.get_extra_info("cipher")
        assert await Fetcher(place, room.db, writer).read(imap) == 1


async def test_a_wrong_password_is_noted_without_showing_it_and_then_forgotten(
    room, writer, inbox, dovecot, monkeypatch
):
    monkeypatch.setattr(fetch, "SHORTEST_PAUSE_S", 0.05)
    wrong = Fetcher(replace(inbox, password="wr0ng"), room.db, writer)
    async with running(wrong):
        await until(lambda: places.find(room.db.read(), inbox.name).error)
    place = places.find(room.db.read(), inbox.name)
    assert "refuses" in place.error
    assert "wr0ng" not in place.error + repr(wrong._inbox)
    async with running(Fetcher(inbox, room.db, writer)):
        await until(lambda: places.find(room.db.read(), inbox.name).error_at is None)


async def test_a_server_that_goes_away_is_found_again(room, writer, inbox, dovecot, monkeypatch):
    monkeypatch.setattr(fetch, "SHORTEST_PAUSE_S", 0.05)
    async with running(Fetcher(inbox, room.db, writer)):
        await until(lambda: places.find(room.db.read(), inbox.name).read_at)
        dovecot.stop()
        await until(lambda: places.find(room.db.read(), inbox.name).error)
        dovecot.put("in", reply("one"))
        dovecot.start()
        await until(lambda: len(came(room)) == 1)


async def refused(inbox) -> Exception:
    """Why a session did not come about."""
    imap = Imap(inbox)
    try:
        with pytest.raises((ImapError, OSError)) as told:
            await imap.open()
    finally:
        await imap.close()
    return told.value


@asynccontextmanager
async def hostile(*lines: bytes, heard: list[bytes] | None = None):
    """A server that answers each command with what a test says; its port."""
    guests = []

    async def serve(reader, writer):
        guests.append(asyncio.current_task())
        writer.write(b"* OK hello\r\n")
        with suppress(ConnectionError):
            while line := await reader.readline():
                if heard is not None:
                    heard.append(line)
                for each in lines:
                    writer.write(each.replace(b"TAG", line.split(b" ")[0]))
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*guests)


@pytest.mark.parametrize(
    "lines",
    [
        (b"* 1 FETCH (BODY[] {99999999999}\r\n",),
        (b"* " + b"x" * 3_000_000,),
        (b"\x00\xff\r\n" * 5, b"TAG NO nothing\r\n"),
        (b"* BYE gone\r\n",),
        (b"* 1 FETCH {70000}\r\n" + b"x" * 70000 + b" {70000}\r\n",),
        (b"TAG NO \x1b[2J\r\n",),
    ],
    ids=range(6),
)
async def test_a_hostile_server_is_given_up_and_cannot_fill_the_memory_or_the_screen(lines):
    async with hostile(*lines) as port:
        told = await refused(Inbox("127.0.0.1", port, "in", "hush", secure=False))
    assert str(told).isprintable()


async def test_a_far_server_without_starttls_gets_no_password(monkeypatch):
    heard: list[bytes] = []
    monkeypatch.setattr(Inbox, "is_near", property(lambda _: False))
    async with hostile(b"* CAPABILITY IMAP4rev1\r\nTAG OK\r\n", heard=heard) as port:
        told = await refused(Inbox("127.0.0.1", port, "in", "hush", secure=False))
    assert "STARTTLS" in str(told)
    assert b"hush" not in b"".join(heard)


def test_the_mark_never_moves_back_but_for_another_mailbox(room):
    with room.db.write() as tx:
        for validity, uid in ((1, 5), (1, 3), (2, 1)):
            places.read(tx, "x", validity, uid, 1)
    assert places.find(room.db.read(), "x") == places.Place(2, 1, 1, "", None)


def test_a_letter_of_lines_alone_is_read(room):
    room.receive(raw("\n\n"), b"", b"x")
    assert room.one("SELECT count(*) FROM mail") == 3
