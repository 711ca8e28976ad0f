"""Live: what an open chat costs while nothing happens, and how soon a word is on disk and back."""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from mautod.bench.idle import memory_mb
from mautod.clock import monotonic_s, new_id

IDLE: Final = 5000
TALKING: Final = 100
SECONDS: Final = 10
RATE: Final = 500
GOAL_KB: Final = 20.0
GOAL_S: Final = 0.1
KEY: Final = "bench-key"
Socket = aiohttp.ClientWebSocketResponse


def run(*, idle: int = IDLE, rate: int = RATE, seconds: int = SECONDS) -> bool:
    """Measure, print, and say whether the goals are reached."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        each_kb, waits, took = asyncio.run(_measure(Path(folder), idle, rate, seconds))
    half, late = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    print(f"live chat, {idle} idle connections beside {TALKING} that talk")
    print(f"  memory {each_kb:>7.1f} KB a connection   goal: < {GOAL_KB:.0f} KB")
    print(f"  words  {len(waits) / took:>7.0f} /s of {rate} /s asked, each on disk and back")
    print(f"  p50 {1000 * half:.0f} ms, p99 {1000 * late:.0f} ms   goal: < {1000 * GOAL_S:.0f} ms")
    return each_kb < GOAL_KB and late < GOAL_S


async def _measure(
    folder: Path, idle: int, rate: int, seconds: int
) -> tuple[float, list[float], float]:
    async with AsyncExitStack() as stack:
        pid, url = await stack.enter_async_context(_server(folder))
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        talking = [await _begin(session, url, number) for number in range(TALKING)]
        before = memory_mb(pid)
        quiet = [await _hello(session, url, f"idle-{number}") for number in range(idle)]
        each_kb = (memory_mb(pid) - before) * 1024 / max(1, len(quiet))
        began = monotonic_s()
        waits = await asyncio.gather(*(_talk(each, rate / TALKING, seconds) for each in talking))
        took = monotonic_s() - began
        return each_kb, sorted(wait for some in waits for wait in some), took


@asynccontextmanager
async def _server(folder: Path) -> AsyncIterator[tuple[int, str]]:
    words = [sys.executable, "-m", "mautod.bench.live_server", str(folder), KEY]
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    if process.stdout is None:
        raise AssertionError("its output was asked for")
    try:
        port = int(await process.stdout.readline())
        yield process.pid, f"http://127.0.0.1:{port}/live"
    finally:
        process.terminate()
        await process.wait()


async def _hello(session: aiohttp.ClientSession, url: str, name: str) -> Socket:
    socket = await session.ws_connect(url)
    await socket.send_json({"writeKey": KEY, "anonymousId": name})
    await socket.receive_json()
    return socket


async def _begin(session: aiohttp.ClientSession, url: str, number: int) -> Socket:
    """A chat that has begun: the first word makes its person and conversation."""
    socket = await _hello(session, url, f"talks-{number}")
    await socket.send_json({"begin": True})
    await socket.receive_json()
    await _say(socket)
    return socket


async def _talk(socket: Socket, rate: float, seconds: int) -> Sequence[float]:
    """Say something so often; how long each word took to come back."""
    loop, waits = asyncio.get_running_loop(), []
    due = loop.time()
    for _ in range(int(rate * seconds)):
        due += 1 / rate
        await asyncio.sleep(max(0.0, due - loop.time()))
        waits.append(await _say(socket))
    return waits


async def _say(socket: Socket) -> float:
    ref, began = new_id(), monotonic_s()
    await socket.send_json({"text": "Is it soft?", "ref": ref})
    while True:
        told = await socket.receive_json()
        if any(part["ref"] == ref for part in told.get("parts", ())):
            return monotonic_s() - began
