from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiohttp import web
from office_kit import API_KEY, Office

from mautod import wire
from mautod.client import Client
from mautod.errors import BadInput, Unavailable
from mautod.http import control
from mautod.http.reads import read_while
from mautod.http.server import make_app

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(1) as made:
        yield made


async def test_an_answer_comes_through_and_so_does_what_is_raised(office, pool):
    assert await read_while(lambda: True, pool, office.db, lambda: 7) == 7

    def fail():
        raise BadInput("no")

    with pytest.raises(BadInput):
        await read_while(lambda: True, pool, office.db, fail)


async def test_a_statement_that_nobody_waits_for_is_interrupted(office, pool):
    with pytest.raises(Unavailable):
        await read_while(
            lambda: False, pool, office.db, lambda: office.db.read().execute(ENDLESS).fetchone()
        )
    assert await read_while(lambda: True, pool, office.db, lambda: 7) == 7


async def test_the_daemon_gives_up_a_count_when_the_desk_gives_it_up(office, monkeypatch):
    begun, ended = threading.Event(), threading.Event()

    def preview(ask):
        begun.set()
        try:
            office.db.read().execute(ENDLESS).fetchone()
        finally:
            ended.set()

    monkeypatch.setattr(office.desk, "preview", preview)
    app = make_app([lambda app: control.mount(app, office.desk, API_KEY)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    async with Client(f"http://{host}:{port}", API_KEY) as client:
        asked = asyncio.ensure_future(client.preview(wire.PreviewAsk("email is known")))
        await asyncio.to_thread(begun.wait, 10)
        asked.cancel()
        assert await asyncio.to_thread(ended.wait, 10)
    await runner.cleanup()
