"""The ledger of messages: leases, the moment before sending, outcomes.

`queued → sending → sent | failed | unknown`, or queued to refused or expired, or back to queued for
another try. A row enters `sending` only through `mark_sending`, in the gate's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.store.consent import marks
from mautod.store.db import Row, Tx, from_json, to_json

MARKETING_STATES: Final = "('sending', 'sent', 'delivered', 'unknown')"

# Index message_due (channel, due_at) where queued; the chain by its primary key.
LEASE: Final = """
UPDATE message SET lease_by = ?, lease_until = ?
WHERE id IN (
  SELECT m.id FROM message m
  WHERE m.channel = ? AND m.state = 'queued' AND m.due_at <= ?
    AND (m.lease_until IS NULL OR m.lease_until <= ?)
    AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.id = m.chain_id AND c.state = 'paused')
  ORDER BY m.due_at LIMIT ?)
RETURNING id"""

# Index message_due, read in its order until the first that is free.
NEXT_DUE: Final = """
SELECT max(m.due_at, coalesce(m.lease_until, 0)) FROM message m
WHERE m.channel = ? AND m.state = 'queued'
  AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.id = m.chain_id AND c.state = 'paused')
ORDER BY m.due_at LIMIT 1"""

# Primary keys of message, person, run, chain and event.
DOSSIERS: Final = """
SELECT m.id, m.run_id, coalesce(m.chain_id, 0), coalesce(m.definition_id, 0), m.step, m.template,
  m.topic, m.expires_at, m.attempt, p.id, p.erased_at, p.merged_into, p.email, p.phone, p.name,
  p.user_id, p.timezone, p.country, p.language, p.props, r.state, r.outcome, r.ended_at, r.goal_at,
  coalesce(c.key, ''), c.state, e.props
FROM message m JOIN person p ON p.id = m.person_id
  LEFT JOIN run r ON r.id = m.run_id
  LEFT JOIN chain c ON c.id = m.chain_id
  LEFT JOIN event e ON e.id = r.entry_event
WHERE m.id IN ({marks}) AND m.state = 'queued' AND m.lease_by = ?
ORDER BY m.id"""

# Index message_person (person_id, sending_at).
SENT_AT: Final = f"""
SELECT person_id, sending_at FROM message
WHERE person_id IN ({{marks}}) AND sending_at > ? AND channel = ? AND topic <> ''
  AND state IN {MARKETING_STATES}
ORDER BY sending_at"""

# Index message_open (channel, sending_at) where sending.
STRANDED: Final = """
SELECT id, person_id, coalesce(run_id, 0), coalesce(chain_id, 0), coalesce(definition_id, 0),
  step, template, attempt
FROM message WHERE channel = ? AND state = 'sending' AND lease_by <> ? AND (? OR lease_until <= ?)
ORDER BY id"""

MARK: Final = """
UPDATE message SET state = 'sending', sending_at = ?, address = ?, topic = ?, attempt = ?,
  lease_until = ?, reason = NULL, detail = NULL WHERE id = ?"""
RENEW: Final = """
UPDATE message SET lease_until = ? WHERE channel = ? AND state = 'sending' AND lease_by = ?"""
RELEASE: Final = """
UPDATE message SET lease_by = NULL, lease_until = NULL
WHERE channel = ? AND state = 'queued' AND lease_by = ?"""
CLOSE: Final = "UPDATE message SET state = ?, reason = ?, detail = ?, done_at = ? WHERE id = ?"
POSTPONE: Final = """
UPDATE message SET due_at = ?, reason = ?, lease_by = NULL, lease_until = NULL WHERE id = ?"""
# An outcome counts only for the attempt that made it: a row that was given up is not touched.
SENT: Final = """
UPDATE message SET state = 'sent', ref = ?, done_at = ?, reason = NULL, detail = NULL
WHERE id = ? AND state = 'sending' AND lease_by = ? AND attempt = ?"""
ENDED: Final = """
UPDATE message SET state = ?, reason = ?, detail = ?, done_at = ?
WHERE id = ? AND state = 'sending' AND lease_by = ? AND attempt = ?"""
AGAIN: Final = """
UPDATE message SET state = 'queued', due_at = ?, reason = ?, detail = ?, sending_at = NULL,
  lease_by = NULL, lease_until = NULL
WHERE id = ? AND state = 'sending' AND lease_by = ? AND attempt = ?"""
DECIDE: Final = """
INSERT INTO decision (message_id, at, verdict, reason, evidence) VALUES (?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All about one leased message that the gate and the template may ask."""

    id: int
    run_id: int | None
    chain_id: int
    definition_id: int
    step: str
    template: str
    topic: str
    expires_at: int | None
    attempt: int
    person_id: int
    erased_at: int | None
    merged_into: int | None
    email: str | None
    phone: str | None
    name: str | None
    user_id: str | None
    timezone: str | None
    country: str | None
    language: str | None
    props: dict[str, Any]
    run_state: str | None
    outcome: str | None
    ended_at: int | None
    goal_at: int | None
    chain: str
    chain_state: str | None
    event: dict[str, Any]


_PROPS: Final = 19  # the place of `props` among the fields of Dossier


@dataclass(frozen=True, slots=True)
class Stranded:
    """A message that a dead process left in `sending`."""

    id: int
    person_id: int
    run_id: int
    chain_id: int
    definition_id: int
    step: str
    template: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message went to: the living person, the address then and the address now."""

    person_id: int
    channel: str
    topic: str
    address: str
    email: str


@dataclass(frozen=True, slots=True)
class Slip:
    """One row for the table of decisions."""

    message_id: int
    at: int
    verdict: str
    reason: str
    evidence: object


def lease(tx: Tx, channel: str, holder: str, now: int, until: int, limit: int) -> list[int]:
    """Take up to `limit` queued messages that are due, for `holder`; the longest due first."""
    rows = tx.execute(LEASE, (holder, until, channel, now, now, limit))
    return [row[0] for row in rows.fetchall()]


def release(tx: Tx, channel: str, holder: str) -> None:
    """Give back what was leased and did not enter `sending`."""
    tx.execute(RELEASE, (channel, holder))


def next_due(tx: Tx, channel: str) -> int | None:
    """When the next queued message is due, those of paused chains aside."""
    row = tx.execute(NEXT_DUE, (channel,)).fetchone()
    return row[0] if row else None


def dossiers(tx: Tx, ids: Sequence[int], holder: str) -> list[Dossier]:
    """Those of `ids` that are still queued and leased to `holder`."""
    rows = tx.execute(DOSSIERS.format(marks=marks(ids)), (*ids, holder))
    return [_dossier(row) for row in rows]


def _dossier(row: Row) -> Dossier:
    values = list(row)
    values[_PROPS] = from_json(row[_PROPS])
    values[-1] = from_json(row[-1] or "{}")
    return Dossier(*values)


def marketing_sent(
    tx: Tx, channel: str, person_ids: Collection[int], since: int
) -> dict[int, list[int]]:
    """When these people were sent marketing on `channel` after `since`."""
    found: dict[int, list[int]] = {}
    rows = tx.execute(SENT_AT.format(marks=marks(person_ids)), (*person_ids, since, channel))
    for person_id, at in rows:
        found.setdefault(person_id, []).append(at)
    return found


def mark_sending(tx: Tx, rows: Iterable[tuple[int, int, str, str, int, int]]) -> None:
    """Let messages into `sending`; rows of (id, now, address, topic, attempt, lease_until)."""
    tx.executemany(
        MARK,
        (
            (now, address, topic, attempt, until, key)
            for key, now, address, topic, attempt, until in rows
        ),
    )


def renew(tx: Tx, channel: str, holder: str, until: int) -> None:
    """Say that `holder` is alive and still busy with what it is sending."""
    tx.execute(RENEW, (until, channel, holder))


def close(tx: Tx, rows: Iterable[tuple[int, str, str, str, int]]) -> None:
    """End queued messages; rows of (id, state, reason, detail, now)."""
    tx.executemany(
        CLOSE, ((state, reason, detail, now, key) for key, state, reason, detail, now in rows)
    )


def postpone(tx: Tx, rows: Iterable[tuple[int, int, str]]) -> None:
    """Put queued messages off; rows of (id, until, reason)."""
    tx.executemany(POSTPONE, ((until, reason, key) for key, until, reason in rows))


def note(tx: Tx, slips: Iterable[Slip]) -> None:
    """Store decisions."""
    tx.executemany(
        DECIDE, ((s.message_id, s.at, s.verdict, s.reason, to_json(s.evidence)) for s in slips)
    )


def stranded(tx: Tx, channel: str, holder: str, now: int, *, alone: bool) -> list[Stranded]:
    """Messages that somebody else than `holder` is sending, as far as they are surely dead.

    Dead is whose lease ran out; with `alone` everybody, as the caller holds the channel's pump.
    """
    return [Stranded(*row) for row in tx.execute(STRANDED, (channel, holder, alone, now))]


def recipient(tx: Tx, message_id: int) -> Recipient | None:
    """Whom this message is for."""
    row = tx.execute(
        "SELECT p.id, m.channel, m.topic, coalesce(m.address, ''), coalesce(p.email, '')"
        " FROM message m JOIN person o ON o.id = m.person_id"
        " JOIN person p ON p.id = coalesce(o.merged_into, o.id) WHERE m.id = ?",
        (message_id,),
    ).fetchone()
    return Recipient(*row) if row else None


def person_email(tx: Tx, person_id: int) -> tuple[int, str] | None:
    """The living person whom `person_id` means now, and their email."""
    row = tx.execute(
        "SELECT p.id, coalesce(p.email, '') FROM person o"
        " JOIN person p ON p.id = coalesce(o.merged_into, o.id) WHERE o.id = ?",
        (person_id,),
    ).fetchone()
    return (row[0], row[1]) if row else None
