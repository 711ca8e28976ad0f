"""What happened to one person, newest first, of every kind, a page at a time."""

from __future__ import annotations

from typing import Any, Final

from mautod.store import rows
from mautod.store.db import Tx, to_json
from mautod.wire import EventItem

Place = tuple[int, int, int]
"""(instant, rank, id), where a page begins: an event has rank 0, a merge 1, its undoing 2."""

NEWEST: Final[Place] = (2**62, 3, 0)

# index event_person_name_ts: all events of one person, or those with some names
_EVENTS: Final = """
SELECT e.id FROM event e WHERE e.person_id = :person AND (e.ts, 0, e.id) < (:at, :rank, :id) {names}
ORDER BY e.ts DESC, e.id DESC LIMIT :limit"""
_IN: Final = """
AND e.name_id {no} IN (
  SELECT n.id FROM json_each(:names) k JOIN event_name n ON n.name = k.value)"""
_ITEMS: Final = f"""
SELECT {rows.EVENT} FROM {rows.EVENT_FROM} WHERE e.id IN ({_EVENTS})
ORDER BY e.ts DESC, e.id DESC"""


def events(
    tx: Tx, person_id: int, names: frozenset[str] | None, before: Place, limit: int, *, but: bool
) -> list[EventItem]:
    """A person's events with one of `names`, or with `but` with none of them; None is any."""
    chosen = "" if names is None else _IN.format(no="NOT" if but else "")
    at, rank, number = before
    values: dict[str, Any] = {
        "person": person_id,
        "at": at,
        "rank": rank,
        "id": number,
        "limit": limit,
    }
    if names is not None:
        values["names"] = to_json(sorted(names))
    found = tx.execute(_ITEMS.format(names=chosen), values)
    return [rows.event(row) for row in found]
