"""How big segments were, hour by hour and day by day, and how far they overlap."""

from __future__ import annotations

from typing import Final

from mautod.store.db import Tx

# Every segment; the table is small. What did not change is not written again.
_KEEP: Final = """
INSERT INTO segment_size (span_ms, at, segment_id, size)
SELECT :span, :at, id, size FROM segment WHERE active = 1
ON CONFLICT (span_ms, at, segment_id) DO UPDATE SET size = excluded.size
WHERE segment_size.size <> excluded.size"""
# primary key of segment_size
_FORGET: Final = "DELETE FROM segment_size WHERE span_ms = ? AND at < ?"
_SINCE: Final = """
SELECT s.key, z.at, z.size FROM segment_size z JOIN segment s ON s.id = z.segment_id
WHERE z.span_ms = ? AND z.at >= ? ORDER BY z.at"""

Points = dict[str, dict[int, int]]
"""Segment key → beginning of the hour or day → size at its end."""


def keep(tx: Tx, span_ms: int, at: int) -> None:
    """Note every segment's size in the hour or day that began at `at`; inside `write`."""
    tx.execute(_KEEP, {"span": span_ms, "at": at})


def forget(tx: Tx, span_ms: int, before: int) -> None:
    """Drop the hours or days that began before an instant; inside `write`."""
    tx.execute(_FORGET, (span_ms, before))


def since(tx: Tx, span_ms: int, first: int) -> Points:
    """The sizes of all segments in the hours or days that began at `first` or later."""
    found: Points = {}
    for key, at, size in tx.execute(_SINCE, (span_ms, first)):
        found.setdefault(key, {})[at] = size
    return found


# primary key of member for both, the first one leading
_BOTH: Final = """
SELECT count(*) FROM member a CROSS JOIN member b ON b.person_id = a.person_id
WHERE a.segment_id = (SELECT id FROM segment WHERE key = ?)
AND b.segment_id = (SELECT id FROM segment WHERE key = ?)"""


def both(tx: Tx, smaller: str, larger: str) -> int:
    """How many people are in both segments; the smaller one is walked through."""
    return int(tx.execute(_BOTH, (smaller, larger)).fetchone()[0])
