"""Somebody is erased while the daemon runs and is killed; nothing of them is left anywhere."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing

import aiohttp
import pytest
from daemon_kit import Place, post_until_acknowledged, signup, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PEOPLE = 30


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path, "maildir:outbox")
    assert made.run("apply").returncode == 0
    made.start("web")
    made.start("worker")
    made.wait_ready()
    yield made
    made.stop()


async def post_all(url, numbers):
    async with aiohttp.ClientSession() as http:
        for first in numbers[::3]:
            together = [event for number in numbers[first : first + 3] for event in signup(number)]
            await post_until_acknowledged(http, url, together)


def is_quiet(place):
    status = place.status()
    waits = status["journal"]["pending"] + status["inbox"] + status["runs"].get("active", 0)
    return not waits and status["messages"].get("sent", 0) == PEOPLE


def traces(place, number):
    texts = (f"visitor-{number}", f"person{number}@example.org", f"Person {number}")
    files = [f for d in ("data", "outbox") for f in (place.folder / d).rglob("*") if f.is_file()]
    return {(f.name, text) for f in files for text in texts if text.encode() in f.read_bytes()}


def erasure(place):
    return asyncio.run(place.ask("erasures"))["items"][0]


def test_nothing_of_the_erased_is_left_while_the_daemon_runs(place):
    asyncio.run(post_all(place.url, list(range(PEOPLE))))
    wait_for(lambda: is_quiet(place), 60, place.log)
    assert traces(place, 17)
    others = {number: len(traces(place, number)) for number in (15, 16, 18)}
    done = place.run("people", "erase", "visitor-17", "--yes", "--json")
    told = json.loads(done.stdout)
    assert (told["stage"], told["messages"], told["letters"]) == ("done", 1, 1), done.stderr
    assert traces(place, 17) == set()
    assert all(traces(place, number) for number in others)

    anna = place.run("people", "show", "visitor-18", "--json")
    person = json.loads(anna.stdout)["person"]["id"]
    asked = place.run("people", "erase", str(person), "--dry-run")
    assert b"will go" in asked.stdout
    killed_in_the_middle(place, person)


def killed_in_the_middle(place, person):
    place.kill("worker")
    with closing(sqlite3.connect(place.folder / "data" / "mautod.db")) as db, db:
        db.execute("UPDATE person SET erased_at = 1 WHERE id = ?", (person,))
        db.execute("INSERT INTO erasure (person_id, at, stage) VALUES (?, 1, 'asked')", (person,))
    for _ in range(3):
        place.start("worker")
        wait_for(lambda: erasure(place)["stage"] != "asked", 30, place.log)
        place.kill("worker")
    place.start("worker")
    wait_for(lambda: erasure(place)["done_at"] is not None, 60, place.log)
    assert traces(place, 18) == set()
    assert traces(place, 16)
    assert b"is gone from every file" in place.run("doctor").stdout
