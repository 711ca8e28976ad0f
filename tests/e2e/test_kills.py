"""Processes are killed at random moments under load; what was promised must hold all the same."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
import time
from contextlib import closing

import aiohttp
import pytest
from daemon_kit import Mailbox, Place, post_until_acknowledged, signup, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

KILLS = 50
MOST_KILLS = 250
ENOUGH = 200
CLIENTS = 8


@pytest.fixture
def mailbox():
    box = Mailbox()
    yield box
    box.close()


def test_fifty_kills_lose_no_event_and_send_no_letter_twice(tmp_path, mailbox):
    place = Place(tmp_path, f"smtp://127.0.0.1:{mailbox.port}")
    assert place.run("apply").returncode == 0, place.run("apply").stderr
    place.start("web")
    place.start("worker")
    place.wait_ready()
    stop = threading.Event()
    acknowledged: list[int] = []
    load = threading.Thread(target=lambda: asyncio.run(_load(place.url, stop, acknowledged)))
    load.start()
    try:
        chance = random.Random(20261123)
        for number in range(MOST_KILLS):
            if number >= KILLS and len(acknowledged) > ENOUGH:
                break
            time.sleep(chance.uniform(0.05, 0.9))
            for name in (["web"], ["worker"], ["web", "worker"])[number % 3]:
                place.kill(name)
                place.start(name)
        place.wait_ready()
        stop.set()
        load.join(60)
        assert len(acknowledged) > ENOUGH
        wait_for(lambda: _is_quiet(place), 90, place.log)
    finally:
        stop.set()
        place.stop()
    _check(place, mailbox, acknowledged)


def _check(place, mailbox, acknowledged):
    with closing(sqlite3.connect(place.folder / "data" / "mautod.db")) as db:
        _check_books(db, mailbox.letters(), acknowledged)


def _check_books(db, letters, acknowledged):
    (events,) = db.execute("SELECT count FROM event_name WHERE name = 'Signed Up'").fetchone()
    assert events == len(acknowledged)
    (stored,) = db.execute(
        "SELECT count(*) FROM event e JOIN event_name n ON n.id = e.name_id WHERE n.name = 'Signed Up'"
    ).fetchone()
    assert stored == events
    ledger = db.execute("SELECT address, state FROM message").fetchall()
    assert len(ledger) == len(acknowledged)
    assert max(letters.values()) == 1, "a letter came twice"
    states = {state for _, state in ledger}
    assert states <= {"sent", "unknown"}
    sent = {address for address, state in ledger if state == "sent"}
    doubtful = {address for address, state in ledger if state == "unknown"}
    assert sent <= letters.keys(), "the ledger says sent, and nothing came"
    assert letters.keys() <= sent | doubtful
    assert db.execute("SELECT count(*) FROM rejected").fetchone() == (0,)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _is_quiet(place):
    status = place.status()
    under_way = status["messages"].get("queued", 0) + status["messages"].get("sending", 0)
    waiting = status["journal"]["pending"] + status["inbox"] + status["runs"].get("active", 0)
    return not (under_way or waiting)


async def _load(url, stop, acknowledged):
    numbers = iter(range(1_000_000))
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as http:

        async def client():
            while not stop.is_set():
                number = next(numbers)
                await post_until_acknowledged(http, url, signup(number), patience_s=240)
                acknowledged.append(number)
                await asyncio.sleep(0.02)

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
