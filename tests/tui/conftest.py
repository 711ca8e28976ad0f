from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import fake_daemon
import pytest
from aiohttp import web
from desk_kit import ZONE, Desk, Open
from fake_daemon import KEY, NOW, World

from mautod.client import Client
from tui.app import DeskApp
from tui.shell import Shell


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def server(world: World) -> AsyncIterator[str]:
    runner = web.AppRunner(fake_daemon.application(world), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    world.cut()
    await runner.cleanup()


@pytest.fixture
def open_desk(world: World, server: str, monkeypatch: pytest.MonkeyPatch) -> Open:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")

    @asynccontextmanager
    async def opened(
        size: tuple[int, int] = (100, 30),
        *,
        key: str = KEY,
        shell: Shell | None = None,
        look: str = "",
        at: str = "live",
        read_only: bool = False,
    ) -> AsyncIterator[Desk]:
        app = DeskApp(
            Client(server, key, read_only=read_only),
            lambda: NOW,
            shell=shell,
            zone=ZONE,
            look=look,
            at=at,
        )
        async with app.run_test(size=size) as pilot:
            desk = Desk(app, pilot, world)
            while not (world.asked or world.key != key):  # the first place is loaded once drawn
                await pilot.pause(0.02)
            await desk.settle()
            yield desk

    return opened
