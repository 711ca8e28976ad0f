"""Browsers that agreed to push messages, and people who were seen in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from mautod.core.sending.message import Door
from mautod.store.db import Tx, to_json

MOST: Final = 10
"""Browsers of one person that are told; the one that was there longest gives way."""

# json_each leads, then index browser_person
DOORS: Final = """
SELECT b.person_id, b.id, b.endpoint, b.p256dh, b.auth FROM json_each(?) k
  CROSS JOIN browser b ON b.person_id = k.value AND b.gone_at IS NULL ORDER BY b.id"""
# json_each leads, then index identity_person
SEEN: Final = """
SELECT DISTINCT i.person_id FROM json_each(?) k
  CROSS JOIN identity i ON i.person_id = k.value AND i.kind = 'anonymous'"""
# Unique index on endpoint.
SUBSCRIBE: Final = """
INSERT INTO browser (person_id, endpoint, p256dh, auth, since, seen_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (endpoint) DO UPDATE SET person_id = excluded.person_id, p256dh = excluded.p256dh,
  auth = excluded.auth, seen_at = excluded.seen_at, gone_at = NULL"""
# Index browser_person.
CROWD_OUT: Final = """
UPDATE browser SET gone_at = ? WHERE person_id = ? AND gone_at IS NULL AND id NOT IN (
  SELECT id FROM browser WHERE person_id = ? AND gone_at IS NULL
  ORDER BY seen_at DESC, id DESC LIMIT ?)"""
# Primary key.
GONE: Final = "UPDATE browser SET gone_at = ? WHERE id = ? AND gone_at IS NULL"
# Unique index on endpoint.
LEAVE: Final = """
UPDATE browser SET gone_at = ? WHERE endpoint = ? AND person_id = ? AND gone_at IS NULL"""


def doors(tx: Tx, people: Collection[int]) -> dict[int, list[Door]]:
    """Where each of these people is told by push, the first browser first; only who is."""
    found: defaultdict[int, list[Door]] = defaultdict(list)
    for person_id, *row in tx.execute(DOORS, (to_json(sorted(people)),)):
        found[person_id].append(Door(*row))
    return found


def seen(tx: Tx, people: Collection[int]) -> set[int]:
    """Those of these people who were ever seen in a browser."""
    return {row[0] for row in tx.execute(SEEN, (to_json(sorted(people)),))}


def subscribe(tx: Tx, person_id: int, door: Door, now: int) -> None:
    """Keep a browser of a person; the same again changes its keys, and whose it is.

    Of more than `MOST` the one seen longest ago is not told any more. Inside `write`.
    """
    tx.execute(SUBSCRIBE, (person_id, door.endpoint, door.p256dh, door.auth, now, now))
    tx.execute(CROWD_OUT, (now, person_id, person_id, MOST))


def leave(tx: Tx, person_id: int, endpoint: str, now: int) -> None:
    """A person wants no more in this browser of theirs; inside `write`."""
    tx.execute(LEAVE, (now, endpoint, person_id))


def gone(tx: Tx, ids: Iterable[int], now: int) -> None:
    """Push services say that these are there no more; inside `write`."""
    tx.executemany(GONE, ((now, each) for each in ids))
