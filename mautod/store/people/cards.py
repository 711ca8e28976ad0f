"""What is known about one person, for their card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mautod.store import rows
from mautod.store.db import Tx, from_json, to_json
from mautod.wire import Consent, Identity, Membership, Money, Person

# primary key of person
_PERSON: Final = f"SELECT {rows.PERSON}, p.props FROM person p WHERE p.id = ?"
_PROPS: Final = """
SELECT p.id, p.props FROM json_each(?) k CROSS JOIN person p ON p.id = k.value"""
_LIVING: Final = """
WITH RECURSIVE road (id, merged_into) AS (
  SELECT id, merged_into FROM person WHERE id = ?
  UNION SELECT p.id, p.merged_into FROM road JOIN person p ON p.id = road.merged_into)
SELECT id FROM road WHERE merged_into IS NULL"""
# primary key of identity, kind by kind
_BY_IDENTITY: Final = """
SELECT DISTINCT person_id FROM identity
WHERE kind IN ('user', 'anonymous', 'email', 'phone') AND value = ?"""
_BY_USER_ID: Final = "SELECT person_id FROM identity WHERE kind = 'user' AND value = ?"
_EXISTS: Final = "SELECT 1 FROM person WHERE id = ? AND merged_into IS NULL AND erased_at IS NULL"
# index person_email (on lower(email))
_BY_EMAIL: Final = """
SELECT id FROM person WHERE lower(email) = ? AND email IS NOT NULL
AND merged_into IS NULL AND erased_at IS NULL ORDER BY id LIMIT 10"""


def person(tx: Tx, person_id: int, now: int) -> tuple[Person, dict[str, Any]] | None:
    """One person with all properties."""
    row = tx.execute(_PERSON, (person_id,)).fetchone()
    return (rows.person(row, now), from_json(row[-1])) if row else None


def props(tx: Tx, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The properties of these people."""
    return {row[0]: from_json(row[1]) for row in tx.execute(_PROPS, (to_json(list(ids)),))}


def living(tx: Tx, person_id: int) -> int | None:
    """`person_id`, or who absorbed them; None when there never was such a person."""
    row = tx.execute(_LIVING, (person_id,)).fetchone()
    return int(row[0]) if row else None


def is_erased(tx: Tx, person_id: int) -> bool:
    row = tx.execute("SELECT erased_at FROM person WHERE id = ?", (person_id,)).fetchone()
    return row is not None and row[0] is not None


def by_identity(tx: Tx, value: str) -> list[int]:
    """Who has `value` as a user id, anonymous id, proven email or phone."""
    return [row[0] for row in tx.execute(_BY_IDENTITY, (value,))]


def by_user_id(tx: Tx, value: str) -> list[int]:
    """Who has `value` as a user id."""
    return [row[0] for row in tx.execute(_BY_USER_ID, (value,))]


def exists(tx: Tx, person_id: int) -> bool:
    """Whether the person is there, neither absorbed nor erased."""
    return tx.execute(_EXISTS, (person_id,)).fetchone() is not None


def by_email(tx: Tx, address: str) -> list[int]:
    """Whose present address it is, the oldest first; several people may share one."""
    return [row[0] for row in tx.execute(_BY_EMAIL, (address.strip().lower(),))]


# index identity_person
_IDENTITIES: Final = (
    "SELECT kind, value FROM identity WHERE person_id = ? ORDER BY kind, created_at, value"
)
# every segment, by the primary key of member: an index by person would cost a page a move
_SEGMENTS: Final = """
SELECT s.key, s.name, m.since, s.stage FROM segment s CROSS JOIN member m ON m.segment_id = s.id
WHERE m.person_id = ? AND s.active = 1 ORDER BY s.key"""
# primary key of consent
_CONSENT: Final = (
    "SELECT channel, topic, state, at, source FROM consent WHERE person_id = ?"
    " ORDER BY channel, topic"
)
# index conversion_person
_EARNED: Final = """
SELECT COALESCE(currency, ''), sum(value_e4) FROM conversion
WHERE person_id = ? AND value_e4 IS NOT NULL GROUP BY currency ORDER BY currency"""
# primary key of event_stat
_EVENTS: Final = "SELECT COALESCE(sum(count), 0) FROM event_stat WHERE person_id = ?"
# index merge_winner
_ABSORBED: Final = (
    "SELECT loser_id FROM merge WHERE winner_id = ? AND undone_at IS NULL ORDER BY loser_id"
)


def identities(tx: Tx, person_id: int) -> list[Identity]:
    return [Identity(*row) for row in tx.execute(_IDENTITIES, (person_id,))]


def memberships(tx: Tx, person_id: int) -> list[Membership]:
    return [Membership(*row) for row in tx.execute(_SEGMENTS, (person_id,))]


def consent(tx: Tx, person_id: int) -> list[Consent]:
    return [Consent(*row) for row in tx.execute(_CONSENT, (person_id,))]


def earned(tx: Tx, person_id: int) -> list[Money]:
    """What messages to this person are credited with, by currency."""
    return [rows.money(value, currency) for currency, value in tx.execute(_EARNED, (person_id,))]


def event_count(tx: Tx, person_id: int) -> int:
    return int(tx.execute(_EVENTS, (person_id,)).fetchone()[0])


def absorbed(tx: Tx, person_id: int) -> list[int]:
    """Ids of those merged into this person."""
    return [row[0] for row in tx.execute(_ABSORBED, (person_id,))]


# index decision_message
_DECISIONS: Final = (
    "SELECT at, verdict, reason, evidence FROM decision WHERE message_id = ? ORDER BY id"
)


def decisions(tx: Tx, message_id: int) -> list[tuple[int, str, str, dict[str, Any]]]:
    """What the gate decided about a message, in order: instant, verdict, reason, evidence."""
    found = tx.execute(_DECISIONS, (message_id,))
    return [(at, verdict, reason, from_json(evidence)) for at, verdict, reason, evidence in found]
