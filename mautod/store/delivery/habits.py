"""When people came, opened and clicked: what their best hours are learnt from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from mautod.core.times.habits import EVENTS
from mautod.store.db import Tx
from mautod.store.rows import marks

# What a mail program or a scanner opens by itself says nothing of the person.
_BY_HAND: Final = "props ->> 'machine' IS NULL"

# Index event_person_name_ts (person_id, name_id, ts).
OF_PEOPLE: Final = f"""
SELECT person_id, ts FROM event
WHERE person_id IN ({{marks}}) AND ts > ? AND {_BY_HAND}
  AND name_id IN (SELECT id FROM event_name WHERE name IN (?, ?, ?))"""

# Index event_name_ts_person (name_id, ts, person_id) from its end; people by primary key.
LATEST: Final = f"""
SELECT latest.ts, p.timezone FROM (
  SELECT ts, person_id FROM event WHERE name_id = (SELECT id FROM event_name WHERE name = ?)
    AND ts > ? AND {_BY_HAND} ORDER BY ts DESC LIMIT ?) latest
JOIN person p ON p.id = latest.person_id"""


def of_people(tx: Tx, person_ids: Collection[int], since: int) -> dict[int, list[int]]:
    """When each of these people was there after `since`."""
    found: dict[int, list[int]] = {}
    rows = tx.execute(OF_PEOPLE.format(marks=marks(person_ids)), (*person_ids, since, *EVENTS))
    for person_id, at in rows:
        found.setdefault(person_id, []).append(at)
    return found


def latest(tx: Tx, since: int, limit: int) -> Iterator[tuple[int, str | None]]:
    """When anybody was there after `since`, with their zone: the last `limit` of each kind."""
    for name in EVENTS:
        yield from tx.execute(LATEST, (name, since, limit))
