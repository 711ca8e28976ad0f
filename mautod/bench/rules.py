"""Rules: what it costs to ask them of everybody, and to keep segments true.

Leaves are asked one by one of everybody, beside SQL by hand. Refresh is microseconds per person and
segment, with 500 segments such as shops write; beside it the same statements with the rule left
out, which only look up the person and the membership. Sweep is milliseconds for 200 windows of
different lengths, ten seconds after the last one; beside it the same index ranges read by bare SQL.
Rebuild is the slowest and the middle one of the rules.
"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from mautod.bench import leaves
from mautod.bench.population import Population, fill, numbers, rules
from mautod.clock import monotonic_s, now_ms
from mautod.core.event import Touched
from mautod.duration import HOUR, SECOND
from mautod.services.segments.refresh import Segments
from mautod.store import catalog
from mautod.store.db import Database, Tx, to_json
from mautod.store.rules.predicate import ALIVE
from mautod.store.segments import membership as segments

SEGMENTS: Final = 500
WINDOWS: Final = 200
DIRTY: Final = 1000
ROUNDS: Final = 15
SWEEP_EVERY: Final = 10 * SECOND
REFRESH_GOAL_US: Final = 5.0
SWEEP_GOAL_MS: Final = 100.0
MEMORY_GOAL_MB: Final = 300

_EVENTS: Final = ("Page Viewed", "Product Viewed", "Product Added", "Order Completed")
_WINDOW: Final = 'did "{name}" >= {times} times in {hours}h'
_BARE: Final = segments.CHANGES.format(sql="(m.person_id IS NOT NULL)", alive=ALIVE)


def run(people: int = 100_000, events: int = 1_000_000) -> bool:
    """Print the medians for a population of this size, and say whether the goals are kept.

    1_000_000 people and 10_000_000 events take minutes.
    """
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        db = Database(Path(folder) / "mautod.db", cache_mb=64).open()
        population = Population(people, events, now_ms())
        fill(db, population)
        print(f"rules     {people:,} people, {events:,} events, {SEGMENTS} segments")
        leaves.furnish(db, population)
        measures = (leaves.measure, _rebuild_and_refresh, _sweep)
        kept = [measure(db, population) for measure in measures]
        db.close()
    return all([*kept, _memory()])


def _rebuild_and_refresh(db: Database, population: Population) -> bool:
    _rebuild(db, population)
    return _refresh(db, population)


def _rebuild(db: Database, population: Population) -> None:
    living = _define(db, rules(SEGMENTS))
    took: list[float] = []
    for number in range(SEGMENTS):
        with db.write() as tx, _timer(took):
            living.rebuild(tx, f"s{number}", population.now)
    print(f"rebuild   {max(took) * 1e3:9.1f} ms slowest rule, {median(took) * 1e3:9.1f} ms median")


def _refresh(db: Database, population: Population) -> bool:
    living = Segments("UTC")
    ours: list[float] = []
    bare: list[float] = []
    for ids in _batches(population):
        with db.write() as tx:
            living.refresh(tx, Touched(), population.now)
            with _timer(bare):
                _look_up(tx, ids)
            with _timer(ours):
                living.refresh(tx, Touched(everything=set(ids)), population.now)
    each = 1e6 / DIRTY / SEGMENTS
    _print("refresh", median(ours) * each, median(bare) * each, "µs a person and segment")
    return _judge(median(ours) * each, REFRESH_GOAL_US)


def _sweep(db: Database, population: Population) -> bool:
    texts = [
        _WINDOW.format(name=_EVENTS[n % len(_EVENTS)], times=n % 3 + 1, hours=_hours(n))
        for n in range(WINDOWS)
    ]
    living = _define(db, texts)
    for number in range(WINDOWS):
        with db.write() as tx:
            living.rebuild(tx, f"s{number}", population.now)
    with db.write() as tx:
        living.sweep(tx, population.now)
    ours: list[float] = []
    bare: list[float] = []
    for round_ in range(1, ROUNDS + 1):
        now = population.now + round_ * SWEEP_EVERY
        with db.write() as tx:
            with _timer(bare):
                _read_ranges(tx, now)
            with _timer(ours):
                living.sweep(tx, now)
    _print("sweep", median(ours) * 1e3, median(bare) * 1e3, f"ms for {WINDOWS} windows")
    return _judge(median(ours) * 1e3, SWEEP_GOAL_MS)


def _hours(number: int) -> int:
    return 7 * (number + 1)


def _memory() -> bool:
    """The most that this process ever held, the making of the population included."""
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory    {peak_mb:9.0f} MB at the most")
    return _judge(peak_mb, MEMORY_GOAL_MB)


def _define(db: Database, texts: list[str]) -> Segments:
    with db.write() as tx:
        for found in segments.list_segments(tx):
            segments.deactivate(tx, found.key, now_ms())
        for number, text in enumerate(texts):
            segments.upsert(tx, f"s{number}", f"s{number}", text)
        catalog.bump(tx)
    return Segments("UTC")


def _batches(population: Population) -> Iterator[list[int]]:
    draw = numbers(7)
    for _ in range(ROUNDS):
        yield sorted({next(draw) % population.people + 1 for _ in range(DIRTY)})


def _look_up(tx: Tx, ids: list[int]) -> None:
    for segment in range(1, SEGMENTS + 1):
        tx.execute(_BARE, {"segment": segment, "ids": to_json(ids)}).fetchall()


def _read_ranges(tx: Tx, now: int) -> None:
    for n in range(WINDOWS):
        edge = now - _hours(n) * HOUR
        name = _EVENTS[n % len(_EVENTS)]
        segments.turned(tx, segments.EVENT_FRONTIER, name, edge - SWEEP_EVERY, edge)


@contextmanager
def _timer(into: list[float]) -> Iterator[None]:
    began = monotonic_s()
    yield
    into.append(monotonic_s() - began)


def _print(name: str, ours: float, limit: float, unit: str) -> None:
    ratio = limit / ours if ours else 0.0
    print(f"{name:9} {ours:9.2f} {unit}, limit {limit:.2f}, ratio {ratio:.2f}")


def _judge(ours: float, goal: float) -> bool:
    print(f"{'':9} goal {goal:g}: {'kept' if ours <= goal else 'MISSED'}")
    return ours <= goal
