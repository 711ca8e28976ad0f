"""Broadcasts at a distance: what the desk does here, the client does there."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestServer
from broadcast_kit import Hall
from office_kit import API_KEY

from mautod import wire
from mautod.client import Client
from mautod.errors import BadInput, Conflict, NotFound
from mautod.http import control
from mautod.http.server import make_app


@pytest.fixture
def hall(tmp_path):
    hall = Hall.new(tmp_path / "hall")
    yield hall
    hall.close()


@pytest.fixture
async def client(hall):
    def mount(app):
        return control.mount(app, hall.desk, API_KEY, on_journal=lambda: None)

    server = TestServer(make_app([mount]))
    await server.start_server()
    async with Client(str(server.make_url("/")), API_KEY) as made:
        yield made
    await server.close()


ASK = wire.BroadcastAsk(["spring"], to="email is known", key="sale", ramp="1 per hour")


async def test_one_is_asked_for_checked_and_started(client, hall):
    hall.people(1200)
    draft = await client.ask_broadcast(ASK)
    assert (draft.state, draft.recipients) == ("draft", 1200)
    first = await client.check_broadcast("sale")
    assert await client.check_broadcast("sale", first.next) == hall.desk.check_broadcast("sale", 1)
    assert (await client.start_broadcast("sale")).state == "starting"
    hall.pump()
    assert await client.broadcast("sale") == hall.status()
    assert (await client.broadcasts(limit=1)).items[0].key == "sale"
    assert await client.broadcasts(after=1) == wire.BroadcastPage([])


async def test_one_is_held_followed_and_cancelled(client, hall):
    hall.people(3)
    await client.ask_broadcast(ASK)
    await client.start_broadcast("sale")
    hall.pump()
    hall.office.advance()
    assert (await client.pause_broadcast("sale")).changed == 1
    assert (await client.resume_broadcast("sale")).changed == 1
    page = await client.recipients("sale", "waiting", limit=1)
    assert page == hall.desk.recipients("sale", "waiting", limit=1)
    rest = await client.recipients("sale", "waiting", after=page.next)
    assert [each.person_id for each in page.items + rest.items] == [2, 3]
    assert (await client.cancel_broadcast("sale")).changed == 3


async def test_refusals_come_through(client, hall):
    hall.people(1)
    with pytest.raises(BadInput, match="ramp"):
        await client.ask_broadcast(wire.BroadcastAsk(["spring"], to="email is known", ramp="?"))
    with pytest.raises(NotFound):
        await client.broadcast("nothing")
    await client.ask_broadcast(ASK)
    assert (await client.drop_broadcast("sale")).changed == 1
    with pytest.raises(NotFound):
        await client.start_broadcast("sale")
    hall.send()
    with pytest.raises(Conflict):
        await client.drop_broadcast("sale")
