"""The ledger of messages: leases, the moment before sending, outcomes.

`queued → sending → sent | failed | unknown`, or queued to refused or expired, or back to queued for
another try. A row enters `sending` only through `mark_sending`, in the gate's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mautod.core.sending.rate import LATE, PARKED, PLACED
from mautod.store.db import Row, Tx, from_json, to_json
from mautod.store.delivery.consent import marks

# `coalesce(state, '')` keeps the planner from the index on `state`: most messages are `sent`.
MARKETING_STATES: Final = "('sending', 'sent', 'delivered', 'unknown')"

# Index message_due (channel, due_at) where queued; the chain by its primary key.
LEASE: Final = """
UPDATE message SET lease_by = ?, lease_until = ?
WHERE id IN (
  SELECT m.id FROM message m INDEXED BY message_due
  WHERE m.channel = ? AND m.state = 'queued' AND m.urgent = 0 AND m.due_at <= ?
    AND (m.lease_until IS NULL OR m.lease_until <= ? OR m.lease_by = ?)
    AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.id = m.chain_id AND c.state = 'paused')
  ORDER BY m.due_at LIMIT ?)
RETURNING urgent, priority, due_at, id"""
# The same by index message_urgent (channel, due_at), where queued and urgent.
LEASE_URGENT: Final = LEASE.replace("message_due", "message_urgent").replace(
    "m.urgent = 0", "m.urgent = 1"
)

# Index message_held (channel, held, due_at) where queued and held.
LEASE_HELD: Final = """
UPDATE message SET lease_by = ?, lease_until = ?
WHERE id IN (
  SELECT m.id FROM message m INDEXED BY message_held
  WHERE m.channel = ? AND m.state = 'queued' AND m.held = ? AND m.due_at <= ?
    AND (m.lease_until IS NULL OR m.lease_until <= ? OR m.lease_by = ?)
    AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.id = m.chain_id AND c.state = 'paused')
  ORDER BY m.due_at LIMIT ?)
RETURNING urgent, priority, due_at, id"""

# json_each leads, then the primary key, then index message_person (person_id, sending_at).
LEASE_BEFORE: Final = """
UPDATE message SET lease_by = ?, lease_until = ?
WHERE id IN (
  SELECT m.id FROM json_each(?) k
    CROSS JOIN message t ON t.id = k.value
    CROSS JOIN message m ON m.person_id = t.person_id
  WHERE m.sending_at IS NULL AND coalesce(m.state, '') = 'queued' AND m.priority > t.priority
    AND m.channel = ? AND m.due_at <= ?
    AND (m.lease_until IS NULL OR m.lease_until <= ?)
    AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.id = m.chain_id AND c.state = 'paused'))
RETURNING urgent, priority, due_at, id"""

# Index message_due, read in its order until the first that is free.
NEXT_FREE: Final = """
SELECT m.due_at FROM message m
WHERE m.channel = ? AND m.state = 'queued'
  AND (m.lease_until IS NULL OR m.lease_until <= ? OR m.lease_by = ?)
  AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.id = m.chain_id AND c.state = 'paused')
ORDER BY m.due_at LIMIT 1"""

# Index message_due; only what is due can be leased, and a holder leases few.
NEXT_UNLEASED: Final = """
SELECT min(lease_until) FROM message
WHERE channel = ? AND state = 'queued' AND due_at <= ? AND lease_until > ? AND lease_by <> ?"""

# Primary keys of message, person, run, chain and event.
DOSSIERS: Final = """
SELECT m.id, m.run_id, coalesce(m.chain_id, 0), coalesce(m.definition_id, 0), m.step, m.template,
  m.topic, m.queued_at, m.expires_at, m.attempt, p.id, p.erased_at, p.merged_into, p.email,
  p.phone, p.name, p.user_id, p.timezone, p.country, p.language, p.props, r.state, r.outcome,
  r.ended_at, r.goal_at, r.entered_at, coalesce(r.holdout, 0), coalesce(r.key, ''),
  coalesce(c.key, ''), c.state, e.props, r.kept, coalesce(m.held, 0), coalesce(m.server, ''),
  coalesce(m.schedule, '')
FROM message m JOIN person p ON p.id = m.person_id
  LEFT JOIN run r ON r.id = m.run_id
  LEFT JOIN chain c ON c.id = m.chain_id
  LEFT JOIN event e ON e.id = r.entry_event
WHERE m.id IN ({marks}) AND coalesce(m.state, '') = 'queued' AND m.lease_by = ?
ORDER BY m.urgent DESC, m.priority DESC, m.due_at, m.id"""

# Index message_person (person_id, sending_at); the chain by its primary key.
SENT_AT: Final = f"""
SELECT person_id, sending_at, channel, topic,
  coalesce((SELECT c.key FROM chain c WHERE c.id = message.chain_id), '')
FROM message
WHERE person_id IN ({{marks}}) AND sending_at > ? AND topic <> ''
  AND coalesce(state, '') IN {MARKETING_STATES}"""

# Index message_open (channel, sending_at) where sending; `sending_at > 0` holds for all of them.
STRANDED: Final = """
SELECT id, person_id, coalesce(run_id, 0), coalesce(chain_id, 0), coalesce(definition_id, 0),
  step, template, attempt
FROM message WHERE channel = ? AND state = 'sending' AND sending_at > 0
  AND (lease_by = ? OR ? OR lease_until <= ?)
ORDER BY id"""

MARK: Final = """
UPDATE message SET state = 'sending', sending_at = ?, address = ?, topic = ?, attempt = ?,
  lease_until = ?, reason = NULL, detail = NULL, held = NULL WHERE id = ?"""
# Index message_open.
RENEW: Final = """
UPDATE message SET lease_until = ?
WHERE channel = ? AND state = 'sending' AND sending_at > 0 AND lease_by = ?"""
# Index message_due; only what is due can be leased.
FREE_ALL: Final = """
UPDATE message SET lease_by = NULL, lease_until = NULL
WHERE channel = ? AND state = 'queued' AND due_at <= ? AND lease_by IS NOT NULL"""
# Primary key.
FREE: Final = """
UPDATE message SET lease_by = NULL, lease_until = NULL
WHERE id = ? AND coalesce(state, '') = 'queued'"""
POSTPONE: Final = """
UPDATE message SET due_at = ?, reason = ?, held = ?, lease_by = NULL, lease_until = NULL
WHERE id = ?"""
SENT: Final = """
UPDATE message SET state = 'sent', ref = ?, server = ?, code = ?, done_at = ? WHERE id = ?"""
ENDED: Final = """
UPDATE message SET state = ?, reason = ?, detail = ?, done_at = ? WHERE id = ?"""
# Primary key.
ANSWERED: Final = "UPDATE message SET server = ?, code = ?, schedule = ? WHERE id = ?"
AGAIN: Final = """
UPDATE message SET state = 'queued', due_at = ?, reason = ?, detail = ?, sending_at = NULL,
  lease_by = NULL, lease_until = NULL WHERE id = ?"""
UNTRIED: Final = """
UPDATE message SET state = 'queued', due_at = ?, reason = ?, detail = ?, sending_at = NULL,
  attempt = attempt - 1, held = 1, lease_by = NULL, lease_until = NULL WHERE id = ?"""
# Index message_held.
PARKS: Final = f"""
SELECT 1 FROM message WHERE channel = ? AND state = 'queued' AND held = {PARKED} LIMIT 1"""
UNPARK: Final = f"""
UPDATE message SET due_at = ?, held = NULL
WHERE id IN (
  SELECT id FROM message WHERE channel = ? AND state = 'queued' AND held = {PARKED}
  ORDER BY due_at LIMIT ?)"""
# Index message_open.
NEXT_OFFERED: Final = """
SELECT min(lease_until) FROM message
WHERE channel = ? AND state = 'sending' AND sending_at > 0"""
# Index message_due, as far as the limit.
AHEAD: Final = """
SELECT count(*) FROM (
  SELECT 1 FROM message
  WHERE channel = ? AND state = 'queued' AND (due_at, id) < (?, ?) LIMIT ?) a"""
QUEUE: Final = """
INSERT INTO message (step, key, person_id, channel, template, topic, state, queued_at, due_at,
  expires_at, urgent)
VALUES ('', '', ?, ?, ?, '', 'queued', ?, ?, ?, 1) RETURNING id"""
# Index message_person (person_id, sending_at).
WAS_QUEUED: Final = """
SELECT 1 FROM message WHERE person_id = ? AND template = ? AND queued_at > ? LIMIT 1"""
# Primary key.
TEMPLATE_OF: Final = "SELECT template FROM message WHERE id = ?"
# Primary key.
STILL_SENDING: Final = """
SELECT id FROM message WHERE id IN ({marks}) AND coalesce(state, '') = 'sending' AND lease_by = ?"""
WRITE: Final = """
INSERT INTO message (step, key, person_id, channel, template, topic, state, queued_at, due_at,
  priority) VALUES ('', '', ?, ?, ?, '', 'queued', ?, ?, 100) RETURNING id"""
DECIDE: Final = """
INSERT INTO decision (message_id, at, verdict, reason, evidence) VALUES (?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All about one leased message that the gate and the template may ask.

    `held`: its standing in the line of its domain, as in `core.sending.rate`. `server` and
    `schedule`: who tried it last, and the rule by which it is tried again.
    """

    id: int
    run_id: int | None
    chain_id: int
    definition_id: int
    step: str
    template: str
    topic: str
    queued_at: int
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
    entered_at: int | None
    holdout: int
    run_key: str
    chain: str
    chain_state: str | None
    event: dict[str, Any]
    kept: dict[str, Any] = field(default_factory=dict)
    held: int = 0
    server: str = ""
    schedule: str = ""


_PROPS: Final = 20  # the place of `props` among the fields of Dossier
_EVENT: Final = 30  # of `event`, which `kept` follows


@dataclass(frozen=True, slots=True)
class Left:
    """A marketing message that left: when, and what caps may count it by."""

    at: int
    channel: str
    topic: str
    chain: str


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
    """Whom a message went to: the living person, the address then and the address now.

    `queued_at` is when it was decided to write it.
    """

    person_id: int
    channel: str
    topic: str
    address: str
    email: str
    queued_at: int


@dataclass(frozen=True, slots=True)
class Slip:
    """One row for the table of decisions."""

    message_id: int
    at: int
    verdict: str
    reason: str
    evidence: object


def write(tx: Tx, person_id: int, channel: str, template: str, now: int) -> int:
    """Queue a message of no chain, about no topic; its number. Inside `write`."""
    return int(tx.execute(WRITE, (person_id, channel, template, now, now)).fetchone()[0])


def lease(tx: Tx, channel: str, holder: str, now: int, until: int, limit: int) -> list[int]:
    """Take up to `limit` queued messages that are due, for `holder`; the longest due first.

    Urgent ones are taken before all others, then those whose place in a line has come: they were
    due before the rest. Of what is taken, those of the greatest priority come first, and whoever
    of the taken is followed by a greater one of the same person, due as well, takes it along:
    where a cap is short, that one is to go. What `holder` has leased before is free to it: it asks
    between batches.
    """
    due = (holder, until, channel, now, now, holder)
    rows = tx.execute(LEASE_URGENT, (*due, limit)).fetchall()
    for held in (LATE, PLACED):
        placed = (holder, until, channel, held, now, now, holder, limit - len(rows))
        rows += tx.execute(LEASE_HELD, placed).fetchall()
    if len(rows) < limit:
        rows += tx.execute(LEASE, (*due, limit - len(rows))).fetchall()
    ids = to_json([key for *_, key in rows])
    rows += tx.execute(LEASE_BEFORE, (holder, until, ids, channel, now, now)).fetchall()
    taken = {(-urgent, -priority, due_at, key) for urgent, priority, due_at, key in rows}
    return [key for *_, key in sorted(taken)]


def free(tx: Tx, ids: Iterable[int]) -> None:
    """Give back the leases of queued messages."""
    tx.executemany(FREE, ((message_id,) for message_id in ids))


def free_all(tx: Tx, channel: str, now: int) -> None:
    """Give back every lease on `channel`; for whoever is alone there."""
    tx.execute(FREE_ALL, (channel, now))


def next_due(tx: Tx, channel: str, holder: str, now: int) -> int | None:
    """When the next queued message can be leased to `holder`, those of paused chains aside."""
    free = tx.execute(NEXT_FREE, (channel, now, holder)).fetchone()
    if free is not None and free[0] <= now:
        return int(free[0])
    leased = tx.execute(NEXT_UNLEASED, (channel, now, now, holder)).fetchone()[0]
    return min((at for at in (leased, free and free[0]) if at is not None), default=None)


def next_offered(tx: Tx, channel: str) -> int | None:
    """When the next lease of a message in `sending` runs out."""
    found: int | None = tx.execute(NEXT_OFFERED, (channel,)).fetchone()[0]
    return found


def ahead(tx: Tx, channel: str, due_at: int, message_id: int, most: int) -> int:
    """How many queued messages are due before this one, counted up to `most`."""
    count: int = tx.execute(AHEAD, (channel, due_at, message_id, most)).fetchone()[0]
    return count


def dossiers(tx: Tx, ids: Sequence[int], holder: str) -> list[Dossier]:
    """Those of `ids` that are still queued and leased to `holder`."""
    rows = tx.execute(DOSSIERS.format(marks=marks(ids)), (*ids, holder))
    return [_dossier(row) for row in rows]


def _dossier(row: Row) -> Dossier:
    values = list(row)
    values[_PROPS] = from_json(row[_PROPS])
    values[_EVENT : _EVENT + 2] = (from_json(text or "{}") for text in row[_EVENT : _EVENT + 2])
    return Dossier(*values)


def marketing_sent(tx: Tx, person_ids: Collection[int], since: int) -> dict[int, list[Left]]:
    """The marketing that these people were sent after `since`."""
    found: dict[int, list[Left]] = {}
    for person_id, *row in tx.execute(
        SENT_AT.format(marks=marks(person_ids)), (*person_ids, since)
    ):
        found.setdefault(person_id, []).append(Left(*row))
    return found


def queue(tx: Tx, person_id: int, channel: str, template: str, now: int, expires_at: int) -> int:
    """Queue a letter of no chain that somebody waits for, due now; its id.

    Every call is another letter. Inside `write`.
    """
    row = (person_id, channel, template, now, now, expires_at)
    return int(tx.execute(QUEUE, row).fetchone()[0])


def was_queued(tx: Tx, person_id: int, template: str, since: int) -> bool:
    """Whether a person was written a letter by this template later than `since`."""
    return tx.execute(WAS_QUEUED, (person_id, template, since)).fetchone() is not None


def template_of(tx: Tx, message_id: int) -> str:
    """By which template a message is written; empty if there is no such message."""
    row = tx.execute(TEMPLATE_OF, (message_id,)).fetchone()
    return row[0] if row else ""


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


def postpone(tx: Tx, rows: Iterable[tuple[int, int, str, int | None]]) -> None:
    """Put queued messages off; rows of (id, until, reason, held)."""
    tx.executemany(POSTPONE, ((*row, key) for key, *row in rows))


def parks(tx: Tx, channel: str) -> bool:
    """Whether messages wait for the channel to be resumed."""
    return tx.execute(PARKS, (channel,)).fetchone() is not None


def unpark(tx: Tx, channel: str, now: int, most: int) -> int:
    """Let up to `most` of those be due at `now`; how many. Inside `write`."""
    return int(tx.execute(UNPARK, (now, channel, most)).rowcount)


def still_sending(tx: Tx, ids: Sequence[int], holder: str) -> set[int]:
    """Those of `ids` that `holder` is still sending; others were given up meanwhile."""
    rows = tx.execute(STILL_SENDING.format(marks=marks(ids)), (*ids, holder))
    return {row[0] for row in rows}


def sent(tx: Tx, rows: Iterable[tuple[int, str, str, str]], now: int) -> None:
    """The provider took these; rows of (id, its name for it, server, code)."""
    tx.executemany(SENT, ((ref, server, code, now, key) for key, ref, server, code in rows))


def answered(tx: Tx, rows: Iterable[tuple[int, str, str, str]]) -> None:
    """Who tried these and what they said; rows of (id, server, code, schedule)."""
    tx.executemany(ANSWERED, ((*said, key) for key, *said in rows))


def ended(tx: Tx, rows: Iterable[tuple[int, str, str, str]], now: int) -> None:
    """These go no further; rows of (id, state, reason, detail)."""
    tx.executemany(
        ENDED, ((state, reason, detail, now, key) for key, state, reason, detail in rows)
    )


def again(tx: Tx, rows: Iterable[tuple[int, int, str, str]]) -> None:
    """These are queued once more; rows of (id, due_at, reason, detail)."""
    tx.executemany(AGAIN, ((due, reason, detail, key) for key, due, reason, detail in rows))


def untried(tx: Tx, rows: Iterable[tuple[int, int, str, str]]) -> None:
    """These were not tried after all, and wait on; rows of (id, due_at, reason, detail)."""
    tx.executemany(UNTRIED, ((due, reason, detail, key) for key, due, reason, detail in rows))


def note(tx: Tx, slips: Iterable[Slip]) -> None:
    """Store decisions."""
    tx.executemany(
        DECIDE, ((s.message_id, s.at, s.verdict, s.reason, to_json(s.evidence)) for s in slips)
    )


def stranded(tx: Tx, channel: str, holder: str, now: int, *, alone: bool) -> list[Stranded]:
    """Messages in `sending` that nobody is sending: `holder` itself, as it asks between batches,
    and whoever let the lease run out; with `alone` everybody, as `holder` has the channel's pump.
    """
    return [Stranded(*row) for row in tx.execute(STRANDED, (channel, holder, alone, now))]


def recipient(tx: Tx, message_id: int) -> Recipient | None:
    """Whom this message is for."""
    row = tx.execute(
        "SELECT p.id, m.channel, m.topic, coalesce(m.address, ''), coalesce(p.email, ''),"
        " m.queued_at FROM message m JOIN person o ON o.id = m.person_id"
        " JOIN person p ON p.id = coalesce(o.merged_into, o.id) WHERE m.id = ?",
        (message_id,),
    ).fetchone()
    return Recipient(*row) if row else None


def email_of(tx: Tx, person_id: int) -> str:
    """The present email of a person, or an empty string."""
    row = tx.execute("SELECT email FROM person WHERE id = ?", (person_id,)).fetchone()
    return (row[0] if row else None) or ""


def entry_event(tx: Tx, run_id: int) -> int | None:
    """The event that started a run."""
    row = tx.execute("SELECT entry_event FROM run WHERE id = ?", (run_id,)).fetchone()
    return row[0] if row else None
