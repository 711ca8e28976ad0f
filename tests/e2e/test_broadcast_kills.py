"""A worker is killed again and again while a broadcast goes out: nobody twice, nobody left out."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from contextlib import closing

import pytest
from daemon_kit import Mailbox, Place, wait_for

from mautod.store.db import Database

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PEOPLE = 2000
KILLS = 20


@pytest.fixture
def mailbox():
    box = Mailbox()
    yield box
    box.close()


def test_a_broadcast_survives_every_kill(tmp_path, mailbox):
    place = Place(tmp_path, f"smtp://127.0.0.1:{mailbox.port}", channel="rate_per_s = 100")
    assert place.run("apply").returncode == 0
    people = _people(place)
    chance = random.Random(20261124)
    place.start("worker")
    started = place.run("broadcast", "send", "hello", "--to", "email is known", "--key", "all",
                        "--yes")  # fmt: skip
    assert started.returncode == 0, started.stderr
    try:
        kills = paused = 0
        while kills < KILLS and _status(place)["state"] != "finished":
            time.sleep(chance.uniform(0.4, 1.9))
            place.kill("worker")
            kills += 1
            if chance.random() < 0.3 and _status(place)["open"]:
                paused += 1
                place.run("broadcast", "pause", "all")
                place.run("broadcast", "resume", "all")
            place.start("worker")
        wait_for(lambda: _status(place)["state"] == "finished", 120, place.log)
    finally:
        place.stop()
    assert kills >= 5, "it was over too soon to prove anything"
    assert paused
    _check(place, mailbox, people)


def _people(place):
    """People in storage, some of whom must not be written to; who is left."""
    database = Database(place.folder / "data" / "mautod.db").open()
    with database.write() as tx:
        tx.executemany(
            "INSERT INTO person (id, created_at, name, email) VALUES (?, 0, 'Ann', ?)",
            ((n, f"p{n}@example.org") for n in range(1, PEOPLE + 1)),
        )
        tx.executemany(
            "INSERT INTO consent (person_id, channel, topic, state, at, source)"
            " VALUES (?, 'email', 'news', 'unsubscribed', 0, 'operator')",
            ((n,) for n in range(1, PEOPLE + 1, 100)),
        )
    database.close()
    return {f"p{n}@example.org" for n in range(1, PEOPLE + 1) if n % 100 != 1}


def _status(place):
    return json.loads(place.run("broadcast", "status", "all", "--json").stdout)


def _check(place, mailbox, people):
    letters, status = mailbox.letters(), _status(place)
    assert max(letters.values()) == 1, "a letter came twice"
    with closing(sqlite3.connect(place.folder / "data" / "mautod.db")) as db:
        ledger = db.execute("SELECT address, state FROM message WHERE address IS NOT NULL")
        by_state: dict[str, set[str]] = {}
        for address, state in ledger:
            by_state.setdefault(state, set()).add(address)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM rejected").fetchone() == (0,)
    sent, doubtful = by_state["sent"], by_state.get("unknown", set())
    assert sent | doubtful == people, "somebody was left out, or written to against their will"
    assert sent <= letters.keys() <= sent | doubtful
    assert status["open"] == 0
    assert sum(status["states"].values()) == PEOPLE == status["recipients"]
    assert status["reasons"]["refused"] == {"unsubscribed": PEOPLE // 100}
    assert len(doubtful) == status["states"].get("unknown", 0)
