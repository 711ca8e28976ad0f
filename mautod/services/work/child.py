"""One piece of work in a process of its own: `python -m mautod.services.work.child FOLDER KIND`.

What is asked comes in on standard input; `wire.Work` goes out on standard output, a line each time
there is something to say, the last one with the answer. When nobody reads any more, it ends.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final, cast

import msgspec

from mautod import config, wire
from mautod.clock import monotonic_s
from mautod.errors import MautodError
from mautod.services.work.faults import fault_of
from mautod.services.work.tasks import ASKS, Ask, do

NICE: Final = 10
"""Those who send events and letters go first."""
TELL_S: Final = 0.2


class Teller:
    """Says how far it is, but not more often than anybody looks."""

    def __init__(self, work: wire.Work) -> None:
        self._work = work
        self._told_s = 0.0

    def __call__(self, done: int, total: int) -> None:
        if monotonic_s() - self._told_s >= TELL_S:
            self._told_s = monotonic_s()
            say(msgspec.structs.replace(self._work, done=done, total=total))


def say(work: wire.Work) -> None:
    """Put one line out."""
    os.write(sys.stdout.fileno(), msgspec.json.encode(work) + b"\n")


def main(folder: str, kind: str) -> None:
    """Do it, and say what came of it; never raises what a user can mend."""
    os.nice(NICE)
    work = wire.Work(0, kind, "running", 0)
    try:
        raw = sys.stdin.buffer.read()
        ask = cast("Ask", msgspec.json.decode(raw, type=ASKS[kind]) if kind in ASKS else None)
        say_last(do(config.load(Path(folder)), work, ask, Teller(work)))
    except MautodError as error:
        say_last(msgspec.structs.replace(work, state="failed", fault=fault_of(error)))


def say_last(work: wire.Work) -> None:
    """Put the last line out, however long it is."""
    done = "done" if work.fault is None else "failed"
    sys.stdout.buffer.write(msgspec.json.encode(msgspec.structs.replace(work, state=done)) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:3])
