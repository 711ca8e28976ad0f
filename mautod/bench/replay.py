"""Replay: a stored history led through one chain, without a word to anybody.

The whole shop template, its chain about abandoned carts: three letters, a window, a cap. The limit
beside it: the events that the chain listens to, read in order of time and nothing more.
"""

from __future__ import annotations

import gc
import resource
import tempfile
from pathlib import Path
from typing import Final

from mautod import config
from mautod.app.worker import COLLECT
from mautod.bench.population import SPAN_MS, Population, fill
from mautod.clock import monotonic_s, now_ms
from mautod.duration import DAY
from mautod.services.definitions.apply import apply
from mautod.services.definitions.found import found_workspace
from mautod.services.simulate.replay import Asked, Replay, replay
from mautod.store.db import Database
from mautod.store.reports import replay as history
from mautod.store.reports.replay import Span

CHAIN: Final = "abandoned-cart"
HEARD: Final = ("Product Added", "Product Removed", "Order Completed")
GOAL_S: Final = 60
GOAL_EVENTS: Final = 1_000_000


def run(people: int = 100_000, events: int = 1_000_000) -> bool:
    """Print how long a replay takes beside bare reading; whether a million take under a minute."""
    gc.set_threshold(*COLLECT)
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        found_workspace(Path(folder), "shop")
        settings, now = config.load(Path(folder)), now_ms()
        db = Database(settings.data / "mautod.db", cache_mb=64).open()
        fill(db, Population(people, events, now))
        apply(db, settings.workspace, now)
        span = Span(now - SPAN_MS, now)
        began_s = monotonic_s()
        found = replay(settings, db, Asked(CHAIN, span))
        ours_s = monotonic_s() - began_s
        bare_s = _read(db, span)
        db.close()
    _print(found, events, ours_s, bare_s)
    return ours_s * GOAL_EVENTS / events < GOAL_S


def _read(db: Database, span: Span) -> float:
    began_s = monotonic_s()
    for day in range(span.first, span.last, DAY):
        history.events(db.read(), HEARD, Span(day, min(day + DAY, span.last)))
    return monotonic_s() - began_s


def _print(found: Replay, events: int, ours_s: float, bare_s: float) -> None:
    messages = sum(came.count for came in found.outcome.steps)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"replay    {events:>9,} events stored, {found.events:,} of them heard,"
        f" {found.outcome.entered:,} runs, {messages:,} messages"
    )
    print(f"  mautod       {ours_s:>10.1f} s            {memory_mb:,.0f} MB at most")
    print(f"  bare reading {bare_s:>10.1f} s            ratio {bare_s / ours_s:.2f}")
