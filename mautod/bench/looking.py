"""Looking people up by their words: a page of a search, the first and the next.

The limit beside it is the range of the word index that a page needs, read by bare SQL.
"""

from __future__ import annotations

from typing import Final

from mautod.bench.population import FIRST_NAMES, Population
from mautod.clock import monotonic_s
from mautod.services.people import Finder
from mautod.store.db import Database, Tx

GOAL_MS: Final = 50.0
PAGE: Final = 50
TRIES: Final = 5
# primary key of word
_BARE: Final = "SELECT person_id FROM word WHERE word >= ? AND word < ? LIMIT 51"


def asked(population: Population) -> list[str]:
    """One letter, a common name, two of them, a rare one, an address half typed, and nobody."""
    common = FIRST_NAMES[0].lower()
    return ["a", common, f"{common} p", f"p{population.people // 2}", "p12@exam", "zzzz", "exam"]


def measure(db: Database, population: Population) -> bool:
    """Print the slowest of the searches; whether it keeps the goal."""
    tx = db.read()
    finder = Finder(tx, "UTC", population.now)
    found = [(_timed(finder, text), text) for text in asked(population)]
    worst_s, text = max(found)
    bare_s = min(_read(tx, text) for _ in range(TRIES))
    ratio = bare_s / worst_s if worst_s else 0.0
    kept = worst_s * 1e3 <= GOAL_MS
    print(
        f"look up   {worst_s * 1e3:9.2f} ms slowest of {len(found)} searches ({text!r}), "
        f"limit {bare_s * 1e3:.2f}, ratio {ratio:.2f}"
    )
    print(f"{'':9} goal {GOAL_MS:g}: {'kept' if kept else 'MISSED'}")
    return kept


def _timed(finder: Finder, text: str) -> float:
    """The best of a few tries of the slower of two pages."""
    return min(_pages(finder, text) for _ in range(TRIES))


def _pages(finder: Finder, text: str) -> float:
    began = monotonic_s()
    first = finder.page(text, None, PAGE)
    first_s = monotonic_s() - began
    began = monotonic_s()
    if first.next is not None:
        finder.page(text, first.next, PAGE)
    return max(first_s, monotonic_s() - began)


def _read(tx: Tx, text: str) -> float:
    began = monotonic_s()
    tx.execute(_BARE, (text, f"{text}\U0010ffff")).fetchall()
    return monotonic_s() - began
