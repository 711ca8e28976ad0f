"""The alarm clock: Huey tasks that only say "look".

What is due is read from our own tables; a task that is lost costs a moment, never a message. The
queue is a disposable file of its own, so it is not synced to disk.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from huey import SqliteHuey
from huey.consumer import Consumer

QUIET_S: Final = 0.05
"""The shortest pause between two rings of one bell."""


log = logging.getLogger(__name__)


class Alarm:
    """The queue at `path`. With `pumps` it can run them, without it can only ring."""

    def __init__(
        self,
        path: Path,
        names: Iterable[str],
        pumps: Mapping[str, Callable[[], None]] | None = None,
    ) -> None:
        self._pumps = dict(pumps or {})
        self._in_trouble = False
        self.huey = SqliteHuey("mautod", filename=str(path), fsync=False, results=False)
        self._tasks = {name: self._task(name) for name in names}

    def _task(self, name: str) -> Any:
        def look() -> None:
            self._pumps[name]()

        look.__name__ = look.__qualname__ = name
        return self.huey.task(name=name)(look)

    def ring(self, name: str) -> None:
        """Ask a worker to look after `name`; a ring that fails is made up for by the next one."""
        try:
            self._tasks[name]()
        except Exception:
            if not self._in_trouble:
                log.exception("the alarm cannot ring; it is tried again without further words")
            self._in_trouble = True
        else:
            self._in_trouble = False

    def forget(self) -> None:
        """Drop tasks left over from an earlier life: everything due is looked up anyway."""
        self.huey.flush()


class EmbeddedConsumer(Consumer):  # type: ignore[misc]
    """A Huey consumer in a process that handles its own signals."""

    def _set_signal_handlers(self) -> None:
        pass


def consumer(alarm: Alarm, workers: int) -> EmbeddedConsumer:
    """A consumer of `alarm` that wakes within half a second and rests when idle."""
    return EmbeddedConsumer(
        alarm.huey,
        workers=workers,
        initial_delay=0.02,
        max_delay=0.5,
        backoff=1.3,
        periodic=False,
        check_worker_health=False,
        scheduler_interval=60,
        shutdown_timeout=30,
    )


class Bell:
    """Rings one task from any thread without blocking: at most every 50 ms, the last ring too."""

    def __init__(self, alarm: Alarm, name: str) -> None:
        self._alarm = alarm
        self._name = name
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"bell-{name}", daemon=True)
        self._thread.start()

    def ring(self) -> None:
        """Ask for a look, soon."""
        self._wanted.set()

    def close(self) -> None:
        """Ring what was asked for and stop."""
        self._closed.set()
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wanted.wait()
            self._wanted.clear()
            self._alarm.ring(self._name)
            self._closed.wait(QUIET_S)
