"""Taking people in: lines of a file a second, each step one durable transaction with its progress.

The limit beside it: bare inserts of the same people, identities and words, in such transactions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from mautod import wire
from mautod.bench.population import name_of
from mautod.clock import monotonic_s
from mautod.core.words import words
from mautod.services.imports import Importer
from mautod.store.db import Database

LINES: Final = 100_000
STEP: Final = 5_000
GOAL_PER_S: Final = 50_000
_PERSON: Final = "INSERT INTO person (id, created_at, email, name, props) VALUES (?, ?, ?, ?, '{}')"
_IDENTITY: Final = "INSERT INTO identity (kind, value, person_id, created_at) VALUES (?, ?, ?, ?)"
_WORD: Final = "INSERT INTO word (word, person_id) VALUES (?, ?)"

Lines = list[tuple[int, list[str]]]


def measure(now: int, lines: int = LINES) -> bool:
    """Print lines a second beside bare inserts; whether they keep the goal."""
    ours, bare = (_per_second(way, lines, now) for way in (_take_in, _insert))
    kept = ours >= GOAL_PER_S
    print(f"take in   {ours:9,.0f} lines/s, limit {bare:,.0f}, ratio {ours / bare:.2f}")
    print(f"{'':9} goal {GOAL_PER_S:,}: {'kept' if kept else 'MISSED'}")
    return kept


def _per_second(way: Callable[[Database, int, int], None], lines: int, now: int) -> float:
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        db = Database(Path(folder) / "mautod.db", cache_mb=64).open()
        began = monotonic_s()
        way(db, lines, now)
        took_s = monotonic_s() - began
        db.close()
    return lines / took_s


def _steps(lines: int) -> Iterator[tuple[int, Lines]]:
    for start in range(0, lines, STEP):
        yield start, [(n, [f"p{n}@example.org", name_of(n)]) for n in range(start, start + STEP)]


def _take_in(db: Database, lines: int, now: int) -> None:
    importer = Importer(db, "UTC", "USD")
    ask = wire.ImportAsk("people.csv", "digest", lines, ["email", "name"])
    number = importer.begin(ask, now).id
    for start, rows in _steps(lines):
        importer.take(number, wire.ImportRows(start, start + STEP, rows), now)


def _insert(db: Database, lines: int, now: int) -> None:
    for _, rows in _steps(lines):
        with db.write() as tx:
            tx.executemany(_PERSON, ((n + 1, now, email, name) for n, (email, name) in rows))
            tx.executemany(_IDENTITY, (("email", email, n + 1, now) for n, (email, _) in rows))
            tx.executemany(
                _WORD,
                (
                    (word, n + 1)
                    for n, (email, name) in rows
                    for word in words(name, email, None, None)
                ),
            )
