"""Pumps run alone, look again when asked, and survive trouble."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import pytest

from mautod.errors import Unavailable
from mautod.services.lease import LEASE_MS, Lease
from mautod.store import state
from mautod.store.db import Database
from mautod.tasks import pump as pump_module
from mautod.tasks.pump import Pump


class Hands:
    """A clock that is moved by hand."""

    now = 1_000_000

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def db(tmp_path):
    db = Database(tmp_path / "mautod.db").open()
    yield db
    db.close()


def lease(db, clock, nonce="me"):
    return Lease(db, "digest", nonce, clock)


def test_a_lease_belongs_to_one_life_at_a_time(db, clock):
    mine = lease(db, clock)
    assert mine.hold()
    with db.write() as tx:
        other = f"elsewhere/{os.getpid()}/other"
        assert not state.take_lease(tx, "digest", other, clock.now, LEASE_MS)
    mine.drop()
    with db.write() as tx:
        assert state.take_lease(tx, "digest", other, clock.now, LEASE_MS)
    assert not mine.hold()


def test_a_lease_that_ran_out_is_free(db, clock):
    with db.write() as tx:
        state.take_lease(tx, "digest", "elsewhere/1/x", clock.now, LEASE_MS)
    assert not lease(db, clock).hold()
    clock.now += LEASE_MS
    assert lease(db, clock).hold()


def test_a_lease_of_a_dead_process_here_is_free_at_once(db, clock):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with db.write() as tx:
        state.take_lease(tx, "digest", f"{socket.gethostname()}/{dead.pid}/x", clock.now, LEASE_MS)
    assert lease(db, clock).hold()


def test_a_lease_of_a_living_process_here_is_respected(db, clock):
    with db.write() as tx:
        holder = f"{socket.gethostname()}/{os.getppid()}/x"
        state.take_lease(tx, "digest", holder, clock.now, LEASE_MS)
    assert not lease(db, clock).hold()


def test_a_pump_runs_until_nothing_is_due_and_then_tells_who_follows(db, clock):
    left = [3, 2, 0]
    told = []
    pump = Pump("digest", lambda: left.pop(0), lease(db, clock))
    pump.then(lambda: told.append(1))
    pump()
    assert left == []
    assert told == [1]
    left.append(0)
    pump()
    assert told == [1]


def test_whoever_asks_while_a_pump_runs_makes_it_look_again(db, clock):
    looks = []
    inside = threading.Event()
    go_on = threading.Event()

    def step():
        looks.append(1)
        if len(looks) == 1:
            inside.set()
            assert go_on.wait(5)
        db.close()
        return 0

    pump = Pump("digest", step, lease(db, clock))
    thread = threading.Thread(target=pump)
    thread.start()
    assert inside.wait(5)
    pump()
    go_on.set()
    thread.join(5)
    assert len(looks) == 2


def test_trouble_ends_a_run_and_the_next_one_tries_again(db, clock, monkeypatch):
    monkeypatch.setattr(pump_module, "PAUSE_AFTER_TROUBLE_S", 0)
    answers = [Unavailable("the disk is full"), ZeroDivisionError(), 1, 0]

    def step():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    pump = Pump("digest", step, lease(db, clock))
    for _ in range(3):
        pump()
    assert answers == []


def test_a_stopped_pump_does_nothing_and_gives_its_lease_back(db, clock):
    pump = Pump("digest", lambda: pytest.fail("looked"), lease(db, clock))
    pump.stop()
    pump()
    with db.write() as tx:
        assert state.take_lease(tx, "digest", "elsewhere/1/x", clock.now, LEASE_MS)


def test_a_long_step_keeps_its_lease_while_somebody_beats(db, clock):
    taken = []

    def step():
        for _ in range(4):
            clock.now += LEASE_MS // 2
            pump.beat()
        with db.write() as tx:
            taken.append(state.take_lease(tx, "digest", "elsewhere/1/x", clock.now, LEASE_MS))
        return 0

    pump = Pump("digest", step, lease(db, clock))
    pump()
    assert taken == [False]
