from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from office_kit import API_KEY, Office

from mautod import errors, wire
from mautod.client import Client
from mautod.http import control
from mautod.http.live import MOST_WAITING, Hub, Reader
from mautod.http.server import make_app
from mautod.store.db import to_json


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


@asynccontextmanager
async def serving(office, hub=None, port=0):
    hub = hub or Hub(office.desk, look_s=0.01)
    app = make_app([])
    app.add_routes(control.routes(office.desk, API_KEY, hub))
    app.on_shutdown.append(hub.close)
    server = TestServer(app, port=port)
    await server.start_server()
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def listening(server, topics=wire.TOPICS, after=None):
    """A client's stream that is connected."""
    client = Client(str(server.make_url("/")), API_KEY)
    async with client, aclosing(client.stream(topics, after)) as stream:
        assert (await anext(stream)).body == wire.Link(up=True)
        yield stream


async def until(stream, topic, wanted=lambda body: True):
    async with asyncio.timeout(10):
        async for update in stream:
            if update.topic == topic and wanted(update.body):
                return update
    raise AssertionError


async def until_all(stream, **wanted):
    told = {}
    async with asyncio.timeout(10):
        async for update in stream:
            if update.topic in wanted and wanted[update.topic](update.body):
                told[update.topic] = update.body
            if len(told) == len(wanted):
                break
    return told


async def test_a_reader_sees_events_as_they_are_digested(office):
    async with serving(office) as server, listening(server) as stream:
        await asyncio.to_thread(office.visit, "v1", path="/sofas")
        update = await until(stream, "events", lambda event: event.name == "Page Viewed")
        assert update.body.props == {"path": "/sofas"}
        assert update.id == update.body.id


async def test_segments_chains_and_messages_are_told_when_they_change(office):
    office.chain().segment("known", "email is known")
    async with serving(office) as server, listening(server) as stream:

        def work():
            office.know("u1", email="anna@example.com")
            office.did("u1", "Product Added", name="Oslo").advance()
            office.later("1h").advance()

        await asyncio.to_thread(work)
        # One look may see all of it or a part, so the order of what is told is not given.
        told = await until_all(
            stream,
            segments=lambda size: size.size == 1,
            messages=lambda message: message.state == "queued",
            chains=lambda chain: chain.active == 1,
        )
        assert told["segments"] == wire.SegmentSize("known", "Known", 1)
        assert told["messages"].template == "cart-1"
        assert (told["chains"].key, told["chains"].entered) == ("abandoned-cart", 1)


async def test_a_message_is_told_again_when_an_event_tells_of_it(office):
    office.chain().know("u1", email="anna@example.com")
    office.did("u1", "Product Added", name="Oslo").advance()
    office.later("1h").advance().settle(1, "sent")
    async with serving(office) as server, listening(server, ["messages"]) as stream:
        told = {
            "personId": 1,
            "event": "Message Sent",
            "timestamp": office.now,
            "properties": {"message": 1},
        }

        def work():
            with office.db.write() as tx:
                tx.execute(
                    "INSERT INTO inbox (at, body) VALUES (?, ?)", (office.now, to_json(told))
                )
            office.digest()

        await asyncio.to_thread(work)
        assert (await until(stream, "messages")).body.state == "sent"


async def test_only_the_topics_asked_for_come(office):
    office.segment("known", "email is known")
    async with serving(office) as server, listening(server, ["segments"]) as stream:
        await asyncio.to_thread(office.know, "u1", email="anna@example.com")
        async with asyncio.timeout(10):
            assert (await anext(stream)).topic == "segments"


async def test_who_comes_back_with_a_last_id_misses_nothing_and_gets_nothing_twice(office):
    for number in range(5):
        office.did("u1", "Pinged", number=number)
    second = office.desk.events(name="Pinged").items[-2].id
    async with serving(office) as server, listening(server, ["events"], second) as stream:
        seen = [(await anext(stream)).body.props["number"] for _ in range(3)]
        await asyncio.to_thread(office.did, "u1", "Pinged", number=5)
        seen.append((await anext(stream)).body.props["number"])
    assert seen == [2, 3, 4, 5]


async def test_the_client_reconnects_by_itself_and_resumes(office, unused_tcp_port):
    async with serving(office, port=unused_tcp_port) as server:
        client = Client(str(server.make_url("/")), API_KEY)
        stream = client.stream(["events"])
        assert (await anext(stream)).body == wire.Link(up=True)
        await asyncio.to_thread(office.did, "u1", "Pinged", number=1)
        assert (await until(stream, "events")).body.props["number"] == 1
        lost = asyncio.create_task(until(stream, "link", lambda link: not link.up))
    assert (await lost).body.detail
    await asyncio.to_thread(office.did, "u1", "Pinged", number=2)
    async with serving(office, port=unused_tcp_port):
        assert (await until(stream, "events")).body.props["number"] == 2
        await stream.aclose()
    await client.close()


async def test_a_wrong_key_ends_the_stream_with_an_error(office):
    async with serving(office) as server, Client(str(server.make_url("/")), "wrong") as client:
        with pytest.raises(errors.Unauthorized):
            await anext(client.stream())


async def test_a_quiet_stream_is_kept_alive_by_pings(office):
    async with serving(office, Hub(office.desk, look_s=0.01, ping_s=0.02)) as server:
        url = str(server.make_url("/api/stream"))
        client = Client(str(server.make_url("/")), API_KEY)
        async with client, client._session().get(url) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            async with asyncio.timeout(10):
                lines = [await answer.content.readline() for _ in range(6)]
    assert lines == [b":ping\n", b"\n"] * 3


async def test_readers_share_one_look_and_nobody_looks_when_nobody_reads(office, monkeypatch):
    looks = []
    original = office.desk.db.read
    monkeypatch.setattr(office.desk.db, "read", lambda: looks.append(1) or original())
    hub = Hub(office.desk, look_s=0.02)
    readers = [(await hub.subscribe(frozenset(wire.TOPICS), None))[0] for _ in range(20)]
    await asyncio.sleep(0.3)
    assert 0 < len(looks) <= 20
    for reader in readers:
        await hub.leave(reader)
    before = len(looks)
    await asyncio.sleep(0.1)
    assert len(looks) == before


async def test_a_reader_that_does_not_read_is_let_go_and_holds_nobody_up():
    slow, quick = Reader(frozenset(["events"])), Reader(frozenset(["events"]))
    event = wire.EventItem(1, 1, 1, 1, "Anna", "Pinged")
    update = wire.Update("events", 1, event)
    for _ in range(MOST_WAITING + 1):
        slow.give([update])
    quick.give([update])
    assert slow.waiting.get_nowait() is None
    assert quick.waiting.get_nowait() is update


async def test_a_shutdown_ends_open_streams_at_once(office):
    async with serving(office) as server, Client(str(server.make_url("/")), API_KEY) as client:
        stream = client.stream()
        assert (await anext(stream)).body == wire.Link(up=True)
        async with asyncio.timeout(5):
            await server.close()
            assert not (await until(stream, "link")).body.up
        await stream.aclose()


async def test_a_field_or_topic_that_the_client_does_not_know_is_skipped(aiohttp_server):
    async def answer(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(
            b": hello\n\nretry: 10\n\nid: 3\nevent: weather\ndata: {}\n\n"
            b'id: 4\nevent: segments\ndata: {"key":"a","name":"A","size":1,"new":true}\n\n'
        )
        return response

    app = web.Application()
    app.router.add_get("/api/stream", answer)
    async with listening(await aiohttp_server(app)) as stream:
        assert await anext(stream) == wire.Update("segments", 4, wire.SegmentSize("a", "A", 1))


async def test_a_connection_that_stays_down_is_told_once(unused_tcp_port, monkeypatch):
    monkeypatch.setattr("mautod.client.stream._BACKOFF_S", (0.001,))
    async with Client(f"http://127.0.0.1:{unused_tcp_port}", API_KEY) as client:
        stream = client.stream()
        assert not (await anext(stream)).body.up
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await anext(stream)
