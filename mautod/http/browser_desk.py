"""The terminal desk in a browser: textual-serve behind a door. Needs the extra `web`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from aiohttp import web
from textual_serve.server import Server

from mautod.http.door import Door
from mautod.http.server import start

MOST: Final = 20
"""Desks at a time; each is a process of its own."""


class BrowserDesk(Server):
    """Starts `command` for every browser that has come through the door."""

    def __init__(self, command: str, address: tuple[str, int], url: str, door: Door) -> None:
        host, port = address
        super().__init__(command, host=host, port=port, title="mautod", public_url=url)
        self._door = door
        self._open = 0

    async def make_app(self) -> web.Application:
        """The application, its door before everything."""
        app = await self._make_app()
        self._door.mount(app)
        return app

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        if self._open >= MOST:
            raise web.HTTPServiceUnavailable(text=f"{MOST} desks are open already.\n")
        self._open += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self._open -= 1

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command line says it."""


async def serve(desk: BrowserDesk, said: Callable[[int], None]) -> None:
    """Serve until cancelled; `said` is told the port.

    Raises:
        Unavailable: the address is not free.
    """
    runner, port = await start(await desk.make_app(), desk.host, desk.port)
    said(port)
    try:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    finally:
        await runner.cleanup()
