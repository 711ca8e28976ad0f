"""The people of an audience: who they are now, and who among them is a recipient already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.core.sending.holdout import TREATED
from mautod.store.db import Tx, to_json
from mautod.store.delivery.messages import Dossier

# json_each leads, then the primary key of person
_PEOPLE: Final = """
SELECT p.id, p.merged_into, p.erased_at, p.timezone, lower(trim(coalesce(p.email, '')))
FROM json_each(?) k CROSS JOIN person p WHERE p.id = k.value ORDER BY k.key"""
# primary key of person
_LIVING: Final = """
WITH RECURSIVE road (id, merged_into, erased_at, timezone, email) AS (
  SELECT id, merged_into, erased_at, timezone, email FROM person WHERE id = ?
  UNION SELECT p.id, p.merged_into, p.erased_at, p.timezone, p.email
  FROM road JOIN person p ON p.id = road.merged_into)
SELECT id, merged_into, erased_at, timezone, lower(trim(coalesce(email, ''))) FROM road
WHERE merged_into IS NULL"""
# json_each leads, then the primary key of person
_ADDRESSED: Final = """
SELECT p.id, p.erased_at, p.merged_into, p.email, p.phone, p.name, p.user_id, p.timezone, p.country,
  p.language
FROM json_each(?) k CROSS JOIN person p WHERE p.id = k.value ORDER BY k.key"""
_ZONES: Final = "SELECT id, timezone FROM person WHERE timezone IS NOT NULL"
# index of UNIQUE (chain_id, person_id, key)
THERE: Final = """
SELECT person_id FROM run
WHERE chain_id = :chain AND key = '' AND person_id IN (SELECT k.value FROM json_each(:ids) k)"""
# json_each leads, then index person_email, then that of UNIQUE (chain_id, person_id, key)
MAILED: Final = """
SELECT k.value FROM json_each(:emails) k
WHERE EXISTS (SELECT 1 FROM person p CROSS JOIN run r
  WHERE lower(p.email) = k.value AND p.email IS NOT NULL
  AND r.chain_id = :chain AND r.person_id = p.id AND r.key = '')"""
# primary keys of broadcast_part and person
_SHARING: Final = """
SELECT count(*) - count(DISTINCT lower(trim(p.email)))
FROM broadcast_part q CROSS JOIN json_each(q.people) k CROSS JOIN person p
WHERE q.broadcast_id = ? AND p.id = k.value AND trim(coalesce(p.email, '')) <> ''"""


@dataclass(frozen=True, slots=True)
class Target:
    """A person of the audience as they are now."""

    id: int
    merged_into: int | None
    erased_at: int | None
    zone: str | None
    email: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What all recipients of a broadcast would be sent: a template's key and the topic."""

    broadcast: str
    step: str
    template: str
    topic: str


def zones(tx: Tx) -> dict[int, str]:
    """The time zones of the people whose zone is known."""
    return dict(tx.execute(_ZONES).fetchall())


def people(tx: Tx, ids: Sequence[int]) -> list[Target]:
    """These people as they are now, in the same order."""
    return [Target(*row) for row in tx.execute(_PEOPLE, (to_json(list(ids)),))]


def dossiers(
    tx: Tx, letter: Letter, arms: Mapping[int, int], ids: Sequence[int], now: int
) -> list[Dossier]:
    """Messages that these people would be sent, for the gate to look at; `arms`: of the holdout.

    Properties are left out: the gate asks about none.
    """
    return [
        Dossier(
            id=row[0], run_id=0, chain_id=0, definition_id=0, step=letter.step,
            template=letter.template, topic=letter.topic, queued_at=now, expires_at=None,
            attempt=0, person_id=row[0], erased_at=row[1], merged_into=row[2],
            email=row[3], phone=row[4], name=row[5], user_id=row[6], timezone=row[7],
            country=row[8], language=row[9], props={}, run_state="active", outcome=None,
            ended_at=None, goal_at=None, entered_at=now, holdout=arms.get(row[0], TREATED),
            run_key="", chain=letter.broadcast, chain_state="running", event={},
        )
        for row in tx.execute(_ADDRESSED, (to_json(list(ids)),))
    ]  # fmt: skip


def living(tx: Tx, person_id: int) -> Target:
    """Who absorbed a person, in the end."""
    return Target(*tx.execute(_LIVING, (person_id,)).fetchone())


def there(tx: Tx, chain_id: int, ids: Iterable[int]) -> set[int]:
    """Those of these people who are recipients already."""
    values = {"chain": chain_id, "ids": to_json(list(ids))}
    return {row[0] for row in tx.execute(THERE, values)}


def mailed(tx: Tx, chain_id: int, emails: Iterable[str]) -> set[str]:
    """Those of these addresses that some recipient has already."""
    values = {"chain": chain_id, "emails": to_json(sorted(emails))}
    return {row[0] for row in tx.execute(MAILED, values)}


def sharing(tx: Tx, broadcast_id: int) -> int:
    """How many of a draft's audience have an address that another has who comes before them."""
    return int(tx.execute(_SHARING, (broadcast_id,)).fetchone()[0])
