"""A pump runs one service until nothing is due, alone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from mautod.errors import Unavailable
from mautod.services.lease import Lease

PAUSE_AFTER_TROUBLE_S: Final = 1.0

log = logging.getLogger(__name__)


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
