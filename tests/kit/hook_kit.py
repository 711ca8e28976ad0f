"""A program of the operator's that is called: it remembers what it heard and says what it is told."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class Hook:
    """`says` are the answers in order, the last one for ever: (status, body), or how long to wait."""

    says: list[Any] = field(default_factory=lambda: [(200, {"ok": True})])
    heard: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    url: str = ""
    port: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.heard.append((dict(request.headers), json.loads(raw)))
        self.came.set()
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, float):
            await asyncio.sleep(said)
            return web.Response()
        status, body, *headers = said
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers=headers[0] if headers else {})

    @property
    def keys(self) -> list[str]:
        return [headers["Idempotency-Key"] for headers, _ in self.heard]


@asynccontextmanager
async def listening(*says: Any):
    """A hook on a port of its own."""
    hook = Hook(list(says)) if says else Hook()
    app = web.Application()
    app.router.add_post("/{path:.*}", hook.answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    hook.url, hook.port = str(server.make_url("/hook")), server.port or 0
    try:
        yield hook
    finally:
        await server.close()
