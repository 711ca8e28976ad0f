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


SMALL, LARGE = (80, 24), (160, 50)
SCREENS = {
    "home": ("1",),
    "live": ("2",),
    "inbox": ("3",),
    "people": ("4",),
    "segments": ("5",),
    "campaigns": ("6", "enter", "right"),
    "journey": ("7", "down"),
    "system": ("8",),
    "simulate": ("6", "s", "enter"),
    "versions": ("6", "v", "down"),
    "plan": ("6", "a"),
}
SMALL_ONLY = {
    "card": ("4", "enter"),
    "answer": ("3", "enter"),
    "rule": ("5", "e", "space", "d"),
    "overlap": ("5", "o"),
    "history": ("5", "h"),
    "difference": ("6", "v", "enter"),
    "simulated": ("6", "s", "enter", "ctrl+l"),
    "step": ("6", "enter", "enter"),
}
CASES = {
    **{f"{name}-small": (SMALL, pressed) for name, pressed in (SCREENS | SMALL_ONLY).items()},
    **{f"{name}-large": (LARGE, pressed) for name, pressed in SCREENS.items()},
}


@pytest.mark.parametrize("case", CASES)
def test_the_screen_looks_as_it_did(
    served: str,
    world: World,
    snap_compare: Any,
    case: str,
) -> None:
    size, pressed = CASES[case]
    app = DeskApp(Client(served, KEY), lambda: NOW, zone=ZONE, look="mautod")

    async def before(pilot: Pilot[None]) -> None:
        desk = Desk(app, pilot, world)
        await desk.settle()
        for key in pressed:
            await desk.press(key)
        await pilot.pause(0.4)
        await desk.settle()

    assert snap_compare(app, terminal_size=size, run_before=before)
