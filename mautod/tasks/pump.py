"""A pump runs one service until nothing is due, alone."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Final

from mautod.clock import Clock
from mautod.errors import Unavailable
from mautod.store import state
from mautod.store.db import Database

LEASE_MS: Final = 10_000
PAUSE_AFTER_TROUBLE_S: Final = 1.0

log = logging.getLogger(__name__)


class Lease:
    """A name that one process holds at a time; the next may take it when the holder is gone."""

    def __init__(self, db: Database, name: str, nonce: str, clock: Clock) -> None:
        self._db = db
        self._name = name
        self._host = socket.gethostname()
        self._holder = f"{self._host}/{os.getpid()}/{nonce}"
        self._clock = clock
        self._until = 0
        self._turn = threading.Lock()

    def hold(self) -> bool:
        """Whether the name is ours for the coming seconds; writes only every few of them."""
        with self._turn:
            return self._hold(self._clock())

    def _hold(self, now: int) -> bool:
        if now < self._until - LEASE_MS // 2:
            return True
        with self._db.write() as tx:
            holder = state.lease_holder(tx, self._name)
            if holder and holder != self._holder and self._is_gone(holder):
                state.drop_lease(tx, self._name, holder)
            held = state.take_lease(tx, self._name, self._holder, now, LEASE_MS)
        self._until = now + LEASE_MS if held else 0
        return held

    def drop(self) -> None:
        """Give it back, so that another process need not wait."""
        with self._turn:
            if not self._until:
                return
            self._until = 0
            with self._db.write() as tx:
                state.drop_lease(tx, self._name, self._holder)

    def _is_gone(self, holder: str) -> bool:
        host, pid, _ = holder.split("/", 2)
        if host != self._host:
            return False
        if int(pid) == os.getpid():
            return True
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


class Pump:
    """Calls `step` until it returns 0; callers that come meanwhile make it look once more."""

    def __init__(self, name: str, step: Callable[[], int], lease: Lease) -> None:
        self.name = name
        self._step = step
        self._lease = lease
        self._turn = threading.Lock()
        self._asked = threading.Event()
        self._stopped = threading.Event()
        self._running = False
        self._followers: list[Callable[[], None]] = []

    def then(self, follower: Callable[[], None]) -> None:
        """Call `follower` after a run that did something."""
        self._followers.append(follower)

    def stop(self) -> None:
        """Finish the step in hand and do nothing more."""
        self._stopped.set()
        with self._turn:
            self._lease.drop()

    def beat(self) -> None:
        """Keep the lease of a step that takes long; call it every second or so."""
        if self._running:
            self._lease.hold()

    def __call__(self) -> None:
        """Look, unless somebody is looking already: then they look again."""
        self._asked.set()
        while self._asked.is_set() and not self._stopped.is_set():
            if not self._turn.acquire(blocking=False):
                return
            try:
                self._asked.clear()
                self._running = True
                done = self._drain()
            finally:
                self._running = False
                self._turn.release()
            if done:
                for follower in self._followers:
                    follower()

    def _drain(self) -> int:
        done = 0
        try:
            while not self._stopped.is_set() and self._lease.hold():
                count = self._step()
                if count == 0:
                    break
                done += count
        except Unavailable as error:
            log.warning("%s: %s", self.name, error)
            self._stopped.wait(PAUSE_AFTER_TROUBLE_S)
        except Exception:
            log.exception("%s failed; it is tried again", self.name)
            self._stopped.wait(PAUSE_AFTER_TROUBLE_S)
        return done
