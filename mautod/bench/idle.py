"""Idle: what the daemon costs while nothing happens, and how fast the command line answers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from mautod.app.supervisor import command
from mautod.clock import monotonic_s
from mautod.demo.play import free_port
from mautod.demo.stage import Stage

QUIET_S: Final = 20.0
SETTLE_S: Final = 5.0
RUNS: Final = 7
GOAL_CPU: Final = 0.01
GOAL_MB: Final = 200.0
GOAL_HELP_S: Final = 0.25
MB: Final = 1024 * 1024


def run(*, seconds: float = QUIET_S) -> bool:
    """Measure, print, and say whether the goals are reached."""
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        cpu, memory = asyncio.run(_measure(Path(folder) / "shop", seconds))
    answer, bare = _help_s(command(".", "--help")), _help_s([sys.executable, "-c", "pass"])
    print(f"idle daemon, web and worker together, over {seconds:.0f} s")
    print(f"  CPU    {100 * cpu:>7.2f} %    goal: < {100 * GOAL_CPU:.0f} %")
    print(f"  memory {memory:>7.1f} MB   goal: < {GOAL_MB:.0f} MB")
    print(f"mautod --help {answer:.3f} s   goal: < {GOAL_HELP_S} s")
    print(f"  limit: an interpreter that does nothing {bare:.3f} s, ratio {answer / bare:.1f}")
    return cpu < GOAL_CPU and memory < GOAL_MB and answer < GOAL_HELP_S


async def _measure(folder: Path, seconds: float) -> tuple[float, float]:
    stage = Stage(folder, free_port(), free_port())
    await asyncio.to_thread(stage.build)
    await stage.start()
    try:
        await asyncio.sleep(SETTLE_S)
        pids = _children(stage.pid)
        before = sum(map(_cpu_s, pids))
        await asyncio.sleep(seconds)
        used = sum(map(_cpu_s, pids)) - before
        return used / seconds, sum(map(memory_mb, pids))
    finally:
        await asyncio.to_thread(stage.stop)


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(word) for word in text.split()]


def _cpu_s(pid: int) -> float:
    """Time on a processor, to the nanosecond: /proc/PID/stat counts whole ticks of the clock."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(path.read_text("ascii").split()[0]) for path in threads) / 1e9


def memory_mb(pid: int) -> float:
    """What a process holds in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


def _help_s(words: list[str]) -> float:
    return median(_once_s(words) for _ in range(RUNS))


def _once_s(words: list[str]) -> float:
    began = monotonic_s()
    subprocess.run(words, capture_output=True, check=True)  # noqa: S603 - our own program
    return monotonic_s() - began
