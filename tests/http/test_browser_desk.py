"""The real desk in a browser's socket: past the door, and drawn."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from pathlib import Path

import pytest
from aiohttp import WSMsgType
from aiohttp.test_utils import TestClient, TestServer

from mautod.http import browser_desk
from mautod.http.browser_desk import BrowserDesk
from mautod.http.door import COOKIE, Door

KEY = "the-key"
URL = "http://desk.example"
LONGEST_S = 40


@pytest.fixture
async def browser(tmp_path):
    (tmp_path / "config.toml").write_text("[http]\nport = 1\n")
    (tmp_path / ".env").write_text(f"MAUTOD_API_KEY={KEY}\n")
    command = shlex.join([sys.executable, "-m", "mautod", "-C", str(tmp_path), "tui"])
    desk = BrowserDesk(command, ("127.0.0.1", 0), URL, Door(KEY, URL))
    before = children()
    async with TestClient(TestServer(await desk.make_app())) as client:
        yield client
    # The desk ends by itself when its page is gone; nobody else waits for its process.
    async with asyncio.timeout(LONGEST_S):
        while children() - before:  # noqa: ASYNC110 - a process rings no bell here
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)


def children() -> set[str]:
    """The processes that were started from this thread and have not ended."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


async def entered(browser):
    answer = await browser.post("/login", data={"key": KEY}, allow_redirects=False)
    return {"Cookie": f"{COOKIE}={answer.cookies[COOKIE].value}", "Origin": URL}


async def drawn(socket, words):
    """Everything that came up to `words`."""
    seen = b""
    async with asyncio.timeout(LONGEST_S):
        async for message in socket:
            seen += message.data if message.type == WSMsgType.BINARY else b""
            if words in seen:
                return seen
    raise AssertionError(seen)


async def test_the_page_behind_the_door_opens_a_desk_that_draws_itself(browser):
    headers = await entered(browser)
    page = await (await browser.get("/", headers=headers)).text()
    assert "ws://desk.example/ws" in page
    async with browser.ws_connect("/ws?width=100&height=30", headers=headers) as socket:
        await drawn(socket, b"Needs somebody")
        await socket.send_json(["stdin", "8"])
        await drawn(socket, b"Set aside")


async def test_there_are_only_so_many_desks_at_a_time(browser, monkeypatch):
    monkeypatch.setattr(browser_desk, "MOST", 0)
    assert (await browser.get("/ws", headers=await entered(browser))).status == 503
