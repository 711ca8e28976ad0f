"""Who was in which segment, from when to when: what membership left behind, and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.errors import BadInput
from mautod.store import rows
from mautod.store.db import Tx
from mautod.wire import Move

# primary keys of stay and member
_OF_SEGMENT: Final = """
SELECT entered_at, left_at FROM stay WHERE person_id = :person
AND segment_id = (SELECT id FROM segment WHERE key = :key)
UNION ALL SELECT since, NULL FROM member WHERE person_id = :person
AND segment_id = (SELECT id FROM segment WHERE key = :key) ORDER BY 1"""

# indexes member_since, stay_entered and stay_left, each from its end, a page of each
_CHOSEN: Final = """
SELECT * FROM (
  SELECT x.{at} AS at, x.person_id AS person_id, {left} AS is_left FROM {table} x
  WHERE x.segment_id = :segment AND x.{at} <= :at
  AND (x.{at}, x.person_id, {left}) < (:at, :person, :left)
  ORDER BY x.{at} DESC, x.person_id DESC LIMIT :limit)"""
_SOURCES: Final = (("member", "since", 0), ("stay", "entered_at", 0), ("stay", "left_at", 1))
_MOVES: Final = f"""
SELECT c.at, c.person_id, c.is_left, COALESCE({rows.LABEL}, '')
FROM ({" UNION ALL ".join(_CHOSEN.format(table=t, at=at, left=n) for t, at, n in _SOURCES)}) c
LEFT JOIN person p ON p.id = c.person_id
ORDER BY c.at DESC, c.person_id DESC, c.is_left DESC LIMIT :limit"""
_NEWEST: Final = (2**62, 0, 0)


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a segment; `left` is None while it lasts."""

    entered: int
    left: int | None


def of_segment(tx: Tx, key: str, person_id: int) -> list[Stay]:
    """When a person was in a segment, the earliest first."""
    found = tx.execute(_OF_SEGMENT, {"key": key, "person": person_id})
    return [Stay(*row) for row in found]


def moves(tx: Tx, segment_id: int, after: str, limit: int) -> list[Move]:
    """Entries to the segment and exits, newest first, those older than the move `after`.

    Raises:
        BadInput: `after` is no id of a move.
    """
    at, person, left = _cursor(after) if after else _NEWEST
    values = {"segment": segment_id, "at": at, "person": person, "left": left, "limit": limit}
    return [
        Move(f"{at}-{person_id}-{is_left}", at, person_id, label, entered=not is_left)
        for at, person_id, is_left, label in tx.execute(_MOVES, values)
    ]


def _cursor(text: str) -> tuple[int, int, int]:
    parts = text.split("-")
    if len(parts) != len(_NEWEST) or not all(part.isascii() and part.isdigit() for part in parts):
        raise BadInput(f"{text!r} is no place in this list", field="after")
    at, person, left = map(int, parts)
    return at, person, left
