"""How many people segments have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mautod import wire
from mautod.errors import BadInput, NotFound
from mautod.store.db import Tx
from mautod.store.reports import stats
from mautod.store.segments import sizes

FEWEST: Final = 2
MOST: Final = 12
"""Segments in one matrix; each pair of them is counted."""


def overlap(tx: Tx, keys: Sequence[str]) -> wire.Overlap:
    """The matrix of the segments, in the order they were named.

    Raises:
        BadInput: fewer than two segments, or too many.
        NotFound: one of them does not exist.
    """
    named = list(dict.fromkeys(keys))
    if not FEWEST <= len(named) <= MOST:
        raise BadInput(f"name from {FEWEST} to {MOST} different segments", field="keys")
    items = [_find(tx, key) for key in named]
    return wire.Overlap(items, [[_both(tx, one, other) for other in items] for one in items])


def _find(tx: Tx, key: str) -> wire.Segment:
    found = stats.segment(tx, key)
    if found is None:
        raise NotFound(f"there is no segment {key!r}", field="keys")
    return found


def _both(tx: Tx, one: wire.Segment, other: wire.Segment) -> int:
    if one.key == other.key:
        return one.size
    smaller, larger = sorted((one, other), key=lambda item: (item.size, item.key))
    return sizes.both(tx, smaller.key, larger.key)
