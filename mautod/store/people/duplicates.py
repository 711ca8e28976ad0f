"""Living people who share an address, a phone or a name: a report, one pass over person."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from mautod.store import listing
from mautod.store.db import Tx
from mautod.wire import Duplicate

SHOWN: Final = 10
"""How many people of a group are shown; all are counted."""


def _digits(column: str) -> str:
    """A phone without what people put between its digits."""
    for sign in " -()+./":
        column = f"replace({column}, '{sign}', '')"
    return column


KEYS: Final = {
    "email": "lower(p.email)",
    "phone": _digits("p.phone"),
    "name": "fold(trim(p.name))",
}
"""By what people are compared, and the form in which two writings of it are equal."""

# email walks index person_email in the order of the report; phone and name read person once
_SHARED: Final = """
WITH known AS (
  SELECT p.id, {key} AS value FROM person p
  WHERE {key} > :after AND p.{by} IS NOT NULL AND p.merged_into IS NULL AND p.erased_at IS NULL),
shared AS (
  SELECT value, count(*) AS size FROM known
  GROUP BY value HAVING count(*) > 1 ORDER BY value LIMIT :limit),
ranked AS (
  SELECT s.value, s.size, k.id, row_number() OVER (PARTITION BY s.value ORDER BY k.id) AS place
  FROM shared s JOIN known k ON k.value = s.value)
SELECT value, size, id FROM ranked WHERE place <= :shown ORDER BY value, id"""


def shared(tx: Tx, by: str, after: str, limit: int, now: int) -> list[Duplicate]:
    """Groups of people with the same `by`, one of KEYS, in the order of what they share."""
    asked = {"after": after, "limit": limit, "shown": SHOWN}
    rows = tx.execute(_SHARED.format(key=KEYS[by], by=by), asked).fetchall()
    return [
        Duplicate(value, size, listing.people_by_id(tx, [person for *_, person in group], now))
        for (value, size), group in groupby(rows, key=lambda row: (row[0], row[1]))
    ]
