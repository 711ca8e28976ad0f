"""A real browser on pages of another origin, under a strict policy, that tell a real ingest."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from mautod.core.envelope import RawEvent, split
from mautod.http.ingest import Ingest
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.server import make_app
from mautod.http.site import Site
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal

KEY = "site-key-1"
PATIENCE_S = 20.0
POLICY = (
    "default-src 'none'; script-src 'self' {daemon}; connect-src {daemon}; img-src 'self' data:;"
    " style-src 'self'; worker-src 'self';"
    " form-action 'self'; base-uri 'none'"
)


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    """Serve on a free port of this machine."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@dataclass
class Shop:
    """Pages of a site, each with the tracker in its head; `script` is the site's own."""

    daemon: str
    pages: dict[str, str] = field(default_factory=dict)
    script: str = ""
    options: str = 'data-robots="count"'
    origin: str = ""
    tracker: str = "mautod.js"
    files: dict[str, str] = field(default_factory=dict)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/shop.js", self._own)
        app.router.add_get("/shop.css", self._style)
        app.router.add_route("*", "/{path:.*}", self._page)
        return app

    async def _own(self, _: web.Request) -> web.Response:
        return web.Response(text=self.script, content_type="text/javascript")

    async def _style(self, _: web.Request) -> web.Response:
        return web.Response(text=".tall { height: 3000px }", content_type="text/css")

    async def _page(self, request: web.Request) -> web.Response:
        if request.path in self.files:
            text = self.files[request.path]
            return web.Response(text=text, content_type="text/javascript")
        body = self.pages.get(request.path, "<h1>Nothing here</h1>")
        html = (
            "<!doctype html><html lang=en><head><meta charset=utf-8><title>Shop</title>"
            "<link rel=stylesheet href=/shop.css>"
            f'<script async src="{self.daemon}/{self.tracker}" data-key="{KEY}" {self.options}></script>'
            f"</head><body>{body}<script src=/shop.js></script></body></html>"
        )
        headers = {"Content-Security-Policy": POLICY.format(daemon=self.daemon)}
        return web.Response(text=html, content_type="text/html", headers=headers)


@dataclass
class Field:
    """A daemon's door, a shop and a browser."""

    journal: Journal
    settings: dict[str, Any]
    shop: Shop
    browser: Any
    context: Any = None
    complaints: list[str] = field(default_factory=list)
    tries: int = 0
    refuse: Callable[[int], int | None] = lambda _: None

    def events(self) -> list[RawEvent]:
        """What the digest will count: each message id once."""
        found: dict[str, RawEvent] = {}
        for request in self.journal.read_after(0, 10_000):
            for event in split(request):
                assert isinstance(event, RawEvent), event
                found.setdefault(event.message_id, event)
        return list(found.values())

    def named(self, name: str) -> list[RawEvent]:
        return [event for event in self.events() if event.name == name]

    async def until(self, found: Callable[[], Any]) -> Any:
        """Look until something is found."""
        async with asyncio.timeout(PATIENCE_S):
            while not (there := found()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)  # what a browser does rings no bell here
        return there

    async def open(self, path: str = "/", **how: Any) -> Any:
        """A page of the shop in a tab of its own."""
        if self.context is None:
            self.context = await self.browser.new_context(**how)
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        await page.goto(self.shop.origin + path)
        return page


async def until_true(page, expression: str) -> None:
    """Look until an expression is true in a page; `wait_for_function` needs an eval there."""
    async with asyncio.timeout(PATIENCE_S):
        while not await page.evaluate(expression):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def _moody(place: dict[str, Field], mill):
    """Refuses as the test says, and digests what came in."""

    @web.middleware
    async def answer(request: web.Request, handler):
        if request.method != "POST" or request.path != "/v1/batch":
            return await handler(request)
        field = place["field"]
        field.tries += 1
        status = field.refuse(field.tries)
        if status == 0:
            request.transport.abort()
        if status:
            headers = {"Access-Control-Allow-Origin": "*", "Retry-After": "1"}
            headers["Access-Control-Expose-Headers"] = "Retry-After"
            return web.json_response({}, status=status, headers=headers)
        told = await handler(request)
        if mill is not None:
            mill.drain()
        return told

    return answer


async def make_field(tmp_path, browser, mounts=(), mill=None):
    """Everything, running; yields once. With a `mill`, what comes in is digested at once."""
    journal = Journal(tmp_path / "journal.db").open() if mill is None else mill.journal
    writer = GroupCommit(journal, limit=1000)
    told: dict[str, Any] = {"auto": [], "capture": [], "parts": []}
    keys = WriteKeys({KEY: "site"})
    place: dict[str, Field] = {}

    ingest = Ingest(writer, keys, RateLimit(10_000, 10_000))
    app = make_app([ingest.mount, Site(keys, lambda: told).mount, *mounts])
    app.middlewares.insert(0, _moody(place, mill))
    runner, daemon = await serve(app)
    shop = Shop(daemon)
    shop_runner, shop.origin = await serve(shop.app())
    place["field"] = Field(journal, told, shop, browser)
    yield place["field"]
    if place["field"].context is not None:
        await place["field"].context.close()
    await shop_runner.cleanup()
    await runner.cleanup()
    await writer.close()
    if mill is None:
        journal.close()


async def launch():
    """A real Chromium; skips where there is none."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    from playwright.async_api import async_playwright  # noqa: PLC0415

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()
