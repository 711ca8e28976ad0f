"""People as letters are written to them, without a message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from mautod.store.db import Tx, from_json, to_json
from mautod.store.delivery.messages import Dossier

# json_each leads, then the primary key
_PEOPLE: Final = """
SELECT p.id, p.email, p.phone, p.name, p.user_id, p.timezone, p.country, p.language, p.props
FROM json_each(?) k CROSS JOIN person p ON p.id = k.value ORDER BY p.id"""
# primary key, the newest first
LATEST: Final = """
SELECT id FROM person
WHERE email IS NOT NULL AND merged_into IS NULL AND erased_at IS NULL ORDER BY id DESC LIMIT ?"""
# index event_person_name_ts, name by name
EVENT: Final = """
SELECT e.props FROM json_each(:names) k CROSS JOIN event_name n ON n.name = k.value
  CROSS JOIN event e ON e.person_id = :person AND e.name_id = n.id
ORDER BY e.ts DESC LIMIT 1"""


def latest(tx: Tx, most: int) -> list[int]:
    """The newest people who have an email."""
    return [row[0] for row in tx.execute(LATEST, (most,))]


def event(tx: Tx, person_id: int, names: Collection[str]) -> dict[str, Any]:
    """The properties of the latest of a person's events by these names; empty if there is none."""
    values = {"person": person_id, "names": to_json(sorted(names))}
    row = tx.execute(EVENT, values).fetchone() if names else None
    found: dict[str, Any] = from_json(row[0]) if row else {}
    return found


def dossiers(tx: Tx, template: str, ids: Sequence[int], message: int) -> list[Dossier]:
    """Messages that would be made for these people, numbered from `message`; by id."""
    rows = tx.execute(_PEOPLE, (to_json(list(ids)),)).fetchall()
    return [blank(message + place, template, row) for place, row in enumerate(rows)]


def blank(message: int, template: str, row: Sequence[Any]) -> Dossier:
    """A message outside of any chain; `row` is (id, email, phone, name, user id, zone, country,
    language, properties as JSON).
    """
    return Dossier(
        id=message, run_id=None, chain_id=0, definition_id=0, step="", template=template,
        topic="", queued_at=0, expires_at=None, attempt=0, person_id=row[0], erased_at=None,
        merged_into=None, email=row[1], phone=row[2], name=row[3], user_id=row[4],
        timezone=row[5], country=row[6], language=row[7], props=from_json(row[8]),
        run_state=None, outcome=None, ended_at=None, goal_at=None, entered_at=None, holdout=0,
        run_key="", chain="", chain_state=None, event={},
    )  # fmt: skip
