"""Pictures of the screens, compared cell by cell; `pytest --snapshot-update` accepts new ones."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import fake_daemon
import pytest
from aiohttp import web
from desk_kit import ZONE, Desk
from fake_daemon import KEY, NOW, World
from textual.pilot import Pilot

from mautod.client import Client
from tui.app import DeskApp


@pytest.fixture
def served(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The made-up daemon in a thread of its own: a picture is taken in a loop of its own."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.delenv("NO_COLOR", raising=False)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(fake_daemon.application(world), shutdown_timeout=0.1)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    async def stop() -> None:
        world.cut()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    port = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    yield f"http://127.0.0.1:{port}"
    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.mark.parametrize(
    ("name", "size", "keys"),
    [
        ("live", (100, 30), ("1",)),
        ("people", (100, 30), ("2",)),
        ("segments", (100, 30), ("3",)),
        ("campaigns", (100, 30), ("4", "enter", "right")),
        ("narrow", (80, 24), ("2", "enter")),
        ("rule", (80, 24), ("3", "e", "space", "d")),
        ("overlap", (80, 24), ("3", "o")),
        ("history", (80, 24), ("3", "h")),
        ("journey", (100, 30), ("7", "down")),
    ],
)
def test_the_screen_looks_as_it_did(
    served: str,
    world: World,
    snap_compare: Any,
    name: str,
    size: tuple[int, int],
    keys: tuple[str, ...],
) -> None:
    app = DeskApp(Client(served, KEY), lambda: NOW, zone=ZONE, look="mautod")

    async def before(pilot: Pilot[None]) -> None:
        desk = Desk(app, pilot, world)
        await desk.settle()
        for key in keys:
            await desk.press(key)
        await pilot.pause(0.4)
        await desk.settle()

    assert snap_compare(app, terminal_size=size, run_before=before)
