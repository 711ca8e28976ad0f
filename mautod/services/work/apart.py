"""Work done in processes of their own, so that a daemon goes on answering meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final

import msgspec

from mautod import clock, wire
from mautod.config import Settings
from mautod.errors import NotFound, TooMany
from mautod.services.work.tasks import Ask, kind_of

MOST: Final = 2
"""Pieces of work at a time; each takes a processor."""
KEPT: Final = 20
LONGEST_S: Final = 900.0
LONGEST_LINE_BYTES: Final = 16 << 20
WAIT_S: Final = 3
RUNNING: Final = "running"


@dataclass(slots=True)
class _Job:
    work: wire.Work
    process: subprocess.Popen[bytes]


class Apart:
    """Begins work and remembers how far it is; the last few are kept. Thread-safe."""

    def __init__(self, settings: Settings, now: Callable[[], int] = clock.now_ms) -> None:
        self._settings = settings
        self._now = now
        self._turn = threading.Lock()
        self._jobs: dict[int, _Job] = {}
        self._last = 0

    def begin(self, ask: Ask) -> wire.Work:
        """Start a process for it; whether it is done, `find` says.

        Raises:
            TooMany: as many as can be are under way.
        """
        with self._turn:
            running = sum(job.work.state == RUNNING for job in self._jobs.values())
            if running >= MOST:
                raise TooMany(f"{running} pieces of work are under way", retry_after_s=WAIT_S)
            self._last += 1
            work = wire.Work(self._last, kind_of(ask), RUNNING, self._now())
            job = _Job(work, self._start(work.kind))
            self._jobs[work.id] = job
            while len(self._jobs) > KEPT:
                self._forget_one()
        threading.Thread(target=self._follow, args=(job, ask), daemon=True).start()
        return work

    def find(self, number: int) -> wire.Work:
        """How far it is, or what came of it.

        Raises:
            NotFound: it is forgotten, or the daemon was started again since.
        """
        with self._turn:
            return self._job(number).work

    def stop(self, number: int) -> wire.Work:
        """End it, if it is still under way; what it had not committed never was."""
        with self._turn:
            job = self._job(number)
            if job.work.state == RUNNING:
                job.process.kill()
                self._end(job, msgspec.structs.replace(job.work, state="stopped"))
            return job.work

    def close(self) -> None:
        """End all that is under way."""
        with self._turn:
            for job in self._jobs.values():
                job.process.kill()

    def _job(self, number: int) -> _Job:
        if number not in self._jobs:
            hint = "The daemon was started again, or it is long done. Begin it anew."
            raise NotFound(f"work {number} is not known here", field="work", hint=hint)
        return self._jobs[number]

    def _forget_one(self) -> None:
        old = next((n for n, job in self._jobs.items() if job.work.state != RUNNING), None)
        if old is not None:
            del self._jobs[old]

    def _start(self, kind: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "mautod.services.work.child"]
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, str(self._settings.folder.absolute()), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    # --- in a thread of each job

    def _follow(self, job: _Job, ask: Ask) -> None:
        """Hand over what is asked, then listen until the process ends."""
        timer = threading.Timer(LONGEST_S, job.process.kill)
        timer.daemon = True
        timer.start()
        with job.process as process:
            assert process.stdin is not None
            assert process.stdout is not None
            _give(process.stdin, b"" if ask is None else msgspec.json.encode(ask))
            while line := process.stdout.readline(LONGEST_LINE_BYTES):
                self._heard(job, line)
        timer.cancel()
        with self._turn:
            if job.work.state == RUNNING:
                self._end(job, msgspec.structs.replace(job.work, state="failed", fault=_died(job)))

    def _heard(self, job: _Job, line: bytes) -> None:
        said = msgspec.json.decode(line, type=wire.Work)
        with self._turn:
            if job.work.state != RUNNING:
                return
            mine = msgspec.structs.replace(said, id=job.work.id, begun_at=job.work.begun_at)
            if mine.state == RUNNING:
                job.work = mine
            else:
                self._end(job, mine)

    def _end(self, job: _Job, work: wire.Work) -> None:
        job.work = msgspec.structs.replace(work, ended_at=self._now())


def _give(stream: IO[bytes], raw: bytes) -> None:
    # It may end before it listens; how it ended is told when it is waited for.
    with suppress(BrokenPipeError), stream:
        stream.write(raw)


def _died(job: _Job) -> wire.Fault:
    message = f"the work ended with code {job.process.returncode} and said nothing"
    return wire.Fault("internal", message, hint="The log of the daemon says more.")
