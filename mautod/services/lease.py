"""Leases: what only one process may do at a time."""

from __future__ import annotations

import os
import socket
import threading
from typing import Final

from mautod.clock import Clock
from mautod.store import state
from mautod.store.db import Database

LEASE_MS: Final = 10_000
DIGEST: Final = "digest"
"""The lease of whoever takes requests from the journal into the truth."""


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
