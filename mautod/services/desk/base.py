"""What every part of the desk stands on: the tables, the settings, and the shapes of a page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

import msgspec

from mautod import clock, wire
from mautod.config import Settings
from mautod.services.reports.held import Held
from mautod.services.work.here import Here
from mautod.services.work.tasks import Ask
from mautod.store.db import Database
from mautod.store.journal import Journal

Limit = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
After = Number | None


@dataclass(frozen=True, slots=True)
class Tools:
    """Where a desk takes time and ids from."""

    now: Callable[[], int] = clock.now_ms
    new_id: Callable[[], str] = clock.new_id


class Works(Protocol):
    """Who does the work that takes its time: `services.work.here` or `services.work.apart`."""

    def begin(self, ask: Ask) -> wire.Work: ...
    def find(self, number: int) -> wire.Work: ...
    def stop(self, number: int) -> wire.Work: ...


class Base:
    """One workspace. Thread-safe: every call reads by its own connection."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        settings: Settings,
        tools: Tools | None = None,
        works: Works | None = None,
    ) -> None:
        self._db = db
        self._journal = journal
        self._settings = settings
        self._tools = tools or Tools()
        self._works = works or Here(settings, now=self._tools.now)
        self._counting = threading.Lock()  # who asks twice waits for one answer
        self._chains: Held[list[wire.Chain]] = Held()
        self._broadcasts: Held[wire.BroadcastPage] = Held()

    @property
    def db(self) -> Database:
        return self._db

    @property
    def _zone(self) -> str:
        return self._settings.config.workspace.timezone
