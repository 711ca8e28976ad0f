"""Digest: events taken from the journal into people, segments and chains, per second.

50 live segments and 10 chains; everything is durable. The limit beside it: the same rows, indexed
the same way, inserted by bare SQL in the same batches.
"""

from __future__ import annotations

import gc
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from mautod.app.worker import COLLECT
from mautod.bench.population import CATEGORIES, Population, anonymous_id, fill, numbers, rules
from mautod.clock import monotonic_s, now_ms
from mautod.core.envelope import Request
from mautod.services.chains.enter import Chains
from mautod.services.intake.digest import OWN, Digest
from mautod.services.intake.people import Rules
from mautod.services.intake.react import Reactions
from mautod.services.segments.refresh import Segments
from mautod.store import catalog, state
from mautod.store.db import Database
from mautod.store.journal import Journal
from mautod.store.segments import membership as segments

SEGMENTS: Final = 50
CHAINS: Final = 10
GOAL_PER_S: Final = 15_000
LARGE: Final = 1_000_000
"""From so many stored events on, half the goal is asked."""
VISIT: Final = 4
"""Events that one visitor sends in a request."""
SENT: Final = (
    "Page Viewed", "Page Viewed", "Page Viewed", "Page Viewed", "Product Viewed", "Product Viewed",
    "Product Searched", "Product Added", "Cart Viewed", "Order Completed",
)  # fmt: skip
CHAIN: Final = """
name = "Chain {n}"
enter = {{ event = "Product Added", where = 'price > {n}00', when = 'email is known' }}
leave = 'did "Order Completed" since entry'
goal = {{ event = "Order Completed", value = "total", within = "3d" }}
[[step]]
wait = "1d"
[[step]]
send = "letter"
"""


def run(people: int = 100_000, stored: int = 0, events: int = 60_000) -> bool:
    """Print events per second digested beside the rate of bare inserts; whether the goal is met."""
    gc.set_threshold(*COLLECT)
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        db = Database(Path(folder) / "mautod.db", cache_mb=64).open()
        journal = Journal(Path(folder) / "journal.db").open()
        population = Population(people, stored, now_ms())
        fill(db, population)
        digest = _assemble(db, journal)
        _write_requests(journal, population, events)
        ours = events / _timed(lambda: _drain(digest))
        bare = events / _timed(lambda: _insert(db, population, events))
        print(
            f"digest    {people:>9,} people, {stored:>11,} events stored, {SEGMENTS} segments, "
            f"{CHAINS} chains"
        )
        print(f"  mautod       {ours:>10,.0f} events/s")
        print(f"  bare inserts {bare:>10,.0f} rows/s     ratio {ours / bare:.2f}")
        db.close()
        journal.close()
    return ours >= (GOAL_PER_S if stored < LARGE else GOAL_PER_S / 2)


def _assemble(db: Database, journal: Journal) -> Digest:
    with db.write() as tx:
        for number, rule in enumerate(rules(SEGMENTS)):
            segments.upsert(tx, f"s{number}", f"Segment {number}", rule)
        for number in range(CHAINS):
            body = CHAIN.format(n=number)
            written = catalog.put(tx, "chain", f"c{number}", f"chains/c{number}.toml", body, 1)
            catalog.put_chain(tx, written, f"Chain {number}", 1)
        state.put(tx, "definitions_version", "1")
        ids = state.source_ids(tx, [("site", False), (OWN, True)])
        living = Segments("UTC")
        for number in range(SEGMENTS):
            living.rebuild(tx, f"s{number}", now_ms())
    known = {"site": (ids["site"], False), OWN: (ids[OWN], True)}
    reactions = Reactions(living, Chains("UTC"), ids[OWN], "USD")
    return Digest(db, journal, reactions, Rules(session_ms=2_400_000, currency="USD"), known)


def _write_requests(journal: Journal, population: Population, events: int) -> None:
    draw = numbers(7)
    requests = [_request(population, draw, start) for start in range(0, events, VISIT)]
    for start in range(0, len(requests), 500):
        journal.append_sync(requests[start : start + 500])


def _request(population: Population, draw: Iterator[int], start: int) -> Request:
    """One visitor's request; the visitors come from everybody, in no order."""
    visitor = anonymous_id(next(draw) % population.people + 1)
    batch = [_event(population, visitor, next(draw), start + n) for n in range(VISIT)]
    body = json.dumps({"batch": batch}).encode()
    return Request(population.now, "site", "batch", "127.0.0.1", body)


def _event(population: Population, visitor: str, chance: int, number: int) -> dict[str, object]:
    return {
        "type": "track",
        "event": SENT[chance % len(SENT)],
        "messageId": f"m{number:010d}-{chance}",
        "anonymousId": visitor,
        "timestamp": population.now,
        "properties": {
            "category": CATEGORIES[chance // 16 % len(CATEGORIES)],
            "price": chance % 900 + 10,
            "total": chance % 5000,
        },
        "context": {"locale": "en-US", "timezone": "Europe/Berlin", "page": {"path": "/sofas"}},
    }


def _drain(digest: Digest) -> None:
    while digest.batch(now_ms()):
        pass


def _insert(db: Database, population: Population, events: int) -> None:
    draw = numbers(11)
    for _ in range(0, events, 2000):
        rows = [
            (next(draw) % population.people + 1, 1, population.now, population.now, "{}" + " " * 60)
            for _ in range(2000)
        ]
        with db.write() as tx:
            tx.executemany(
                "INSERT INTO event (person_id, name_id, ts, received_at, props)"
                " VALUES (?, ?, ?, ?, ?)",
                rows,
            )


def _timed(work: Callable[[], None]) -> float:
    began = monotonic_s()
    work()
    return monotonic_s() - began
