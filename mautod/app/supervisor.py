"""`mautod up`: keeps the web and the worker process running, and stops them in order."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.clock import monotonic_s

PARENT: Final = "MAUTOD_PARENT"
LOOK_S: Final = 0.2
GRACE_S: Final = 30.0
SHORTEST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
STEADY_S: Final = 60.0
HOPELESS: Final = frozenset({2, 3})
"""Exit codes of a child that cannot start as it is configured; starting it again won't help."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Child:
    """One process and when it may be started again."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    pause_s: float = SHORTEST_PAUSE_S
    start_at_s: float = 0.0
    proven: bool = False

    def start(self, now_s: float) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self.command, env={**os.environ, PARENT: str(os.getpid())}
        )
        self.started_s = now_s


class Supervisor:
    """Runs `commands` (name → command line) until SIGTERM, SIGINT or a hopeless child."""

    def __init__(self, commands: Mapping[str, Sequence[str]]) -> None:
        self._children = [Child(name, command) for name, command in commands.items()]
        self._stopped = threading.Event()
        self._code = 0

    def run(self) -> int:
        """Start, watch, stop; the exit code for the shell."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopped.set())
        while not self._stopped.is_set():
            for child in self._children:
                self._look_after(child, monotonic_s())
            self._stopped.wait(LOOK_S)
        self._stop_all()
        return self._code

    def _look_after(self, child: Child, now_s: float) -> None:
        if child.process is None:
            if now_s >= child.start_at_s:
                child.start(now_s)
        elif child.process.poll() is not None:
            self._mourn(child, child.process.returncode, now_s)
        elif now_s - child.started_s > STEADY_S:
            child.pause_s, child.proven = SHORTEST_PAUSE_S, True

    def _mourn(self, child: Child, code: int, now_s: float) -> None:
        child.process = None
        if code in HOPELESS and not child.proven:
            self._code = code
            self._stopped.set()
            return
        log.warning("%s ended with code %d; starting it again", child.name, code)
        child.start_at_s = now_s + child.pause_s
        child.pause_s = min(2 * child.pause_s, LONGEST_PAUSE_S)

    def _stop_all(self) -> None:
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        deadline_s = monotonic_s() + GRACE_S
        for process in running:
            try:
                process.wait(max(0.0, deadline_s - monotonic_s()))
            except subprocess.TimeoutExpired:
                process.kill()


def command(folder: str, *words: str) -> list[str]:
    """The command line that runs `mautod` on `folder` in a process of its own."""
    return [sys.executable, "-m", "mautod", "-C", folder, *words]


def orphaned() -> bool:
    """Whether the supervisor that started this process is gone."""
    parent = os.environ.get(PARENT)
    return parent is not None and int(parent) != os.getppid()
