"""Who entered and who left a segment, read from the events that say so."""

from __future__ import annotations

from typing import Final

from mautod.store import rows
from mautod.store.db import Tx
from mautod.wire import Move

# index event_name_ts_person, from its end, a page for each of the two names
_CHOSEN: Final = """
SELECT * FROM (
  SELECT e.id FROM event e
  WHERE e.name_id = (SELECT id FROM event_name WHERE name = '{name}')
  AND json_extract(e.props, '$.segment') = :key
  AND (:after IS NULL OR (e.ts, e.id) < (SELECT ts, id FROM event WHERE id = :after))
  ORDER BY e.ts DESC, e.id DESC LIMIT :limit)"""
_NAMES: Final = ("Segment Entered", "Segment Left")
_MOVES: Final = f"""
SELECT e.id, e.ts, e.person_id, COALESCE({rows.LABEL}, ''), n.name = 'Segment Entered'
FROM {rows.EVENT_FROM}
WHERE e.id IN ({" UNION ALL ".join(_CHOSEN.format(name=name) for name in _NAMES)})
ORDER BY e.ts DESC, e.id DESC LIMIT :limit"""


def moves(tx: Tx, key: str, after: int | None, limit: int) -> list[Move]:
    """Entries to the segment and exits, newest first, older than the event `after`."""
    found = tx.execute(_MOVES, {"key": key, "after": after, "limit": limit})
    return [
        Move(event, at, person_id, person, entered=bool(entered))
        for event, at, person_id, person, entered in found
    ]
