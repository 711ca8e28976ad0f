"""Latency: from the instant an event is received to the instant its message is in the queue.

The real daemon on the shop template, 500 events a second for ten seconds, every second one an
order that starts a chain. The limit beside it: how long a client waits for the durable answer.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Final

import aiohttp

from mautod.client import Client
from mautod.clock import monotonic_s
from mautod.demo.play import free_port
from mautod.demo.stage import Stage
from mautod.errors import Unavailable
from mautod.store.db import Database

RATE_PER_S: Final = 500
SECONDS: Final = 10
GOAL_MS: Final = 500
PATIENCE: Final = 120
# every order's run is its trigger; its first message is queued when the run advances
_WAITS: Final = (
    "SELECT m.queued_at - e.received_at FROM message m JOIN run r ON r.id = m.run_id"
    " JOIN event e ON e.id = r.entry_event WHERE m.step = 'thanks'"
)


def run(*, seconds: int = SECONDS) -> bool:
    """Measure, print, and say whether the goal is reached."""
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        answers, waits = asyncio.run(_measure(Path(folder) / "shop", seconds))
    ours, limit = _percentiles(waits), _percentiles(answers)
    print(f"received → message queued, {RATE_PER_S} events/s, {len(waits):,} messages")
    print(f"  p50 {ours[0]:>8.1f} ms   p99 {ours[1]:>8.1f} ms   goal: p99 < {GOAL_MS} ms")
    print(f"  limit: the durable answer itself, p50 {limit[0]:.1f} ms, p99 {limit[1]:.1f} ms")
    print(f"  ratio of the p99s {ours[1] / limit[1]:.1f}")
    return ours[1] < GOAL_MS and len(waits) == seconds * RATE_PER_S // 2


async def _measure(folder: Path, seconds: int) -> tuple[list[float], list[float]]:
    stage = Stage(folder, free_port(), free_port())
    await asyncio.to_thread(stage.build)
    # Letters stay in files here: what is measured ends before the first of them leaves.
    config = folder / "config.toml"
    text = re.sub(r'"smtp://[^"]*"', '"maildir:outbox"', config.read_text("utf-8"))
    config.write_text(text, "utf-8")
    await stage.start()
    try:
        answers = await _play(stage, seconds)
        async with Client(stage.url, stage.secret("MAUTOD_API_KEY")) as client:
            await _digested(client)
    finally:
        await asyncio.to_thread(stage.stop)
    db = Database(folder / "data" / "mautod.db")
    waits = [float(wait) for (wait,) in db.read().execute(_WAITS)]
    db.close()
    return answers, waits


async def _digested(client: Client) -> None:
    for _ in range(PATIENCE):
        status = await client.status()
        due = status.next_due_at is not None and status.next_due_at <= status.now
        if not (due or status.journal.pending or status.inbox):
            return
        await asyncio.sleep(0.5)
    raise Unavailable("the daemon does not come to rest")


async def _play(stage: Stage, seconds: int) -> list[float]:
    auth = aiohttp.encode_basic_auth(stage.secret("MAUTOD_WRITE_KEY"), "")
    answers: list[float] = []
    began = monotonic_s()
    headers = {"Authorization": auth}
    async with aiohttp.ClientSession(headers=headers) as http, asyncio.TaskGroup() as group:
        for number in range(seconds * RATE_PER_S):
            pause = began + number / RATE_PER_S - monotonic_s()
            if pause > 0:
                await asyncio.sleep(pause)
            group.create_task(_post(http, stage.url, number, answers))
    return answers


async def _post(http: aiohttp.ClientSession, url: str, number: int, answers: list[float]) -> None:
    began = monotonic_s()
    async with http.post(f"{url}/v1/{'it'[number % 2]}", json=_event(number)) as answer:
        answer.raise_for_status()
    answers.append(1000 * (monotonic_s() - began))


def _event(number: int) -> dict[str, object]:
    who = {"userId": f"user-{number // 2}", "messageId": f"m{number}"}
    if number % 2:
        props = {"order_id": f"o{number}", "total": 10}
        return {**who, "type": "track", "event": "Order Completed", "properties": props}
    return {**who, "type": "identify", "traits": {"email": f"user{number // 2}@example.org"}}


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(values, n=100)
    return cuts[49], cuts[98]
