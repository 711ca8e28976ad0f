"""What the tables say about trouble; for `mautod doctor`."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

import peewee

from mautod.core.goals import WHOLE
from mautod.store.db import Tx

MOST_REASONS: Final = 20
DAMAGE: Final = (sqlite3.DatabaseError, peewee.DatabaseError)
"""What reading a damaged file raises."""

# index message_state (state, reason)
_UNKNOWN: Final = "SELECT count(*) FROM message WHERE state = 'unknown'"
# index message_open (channel, sending_at) WHERE state = 'sending'
_STUCK: Final = "SELECT count(*) FROM message WHERE state = 'sending' AND sending_at < ?"
# index message_due (channel, due_at) WHERE state = 'queued'; a paused chain's messages wait rightly
_OVERDUE: Final = """
SELECT count(*) FROM message m LEFT JOIN chain c ON c.id = m.chain_id
WHERE m.state = 'queued' AND m.due_at < ? AND coalesce(c.state, 'running') = 'running'"""
# index run_active_person, the runs that are under way
_SLEEPLESS: Final = "SELECT count(*) FROM run WHERE state = 'active' AND wake_at IS NULL"
# primary key of message from its end, and of run; index decision_message (message_id). Of an erased
# person the decisions are gone, and the address.
_UNGATED: Final = """
SELECT m.id FROM (SELECT id, run_id, state, topic, address FROM message ORDER BY id DESC LIMIT ?) m
LEFT JOIN run r ON r.id = m.run_id
WHERE m.state IN ('sending', 'sent', 'delivered') AND m.address IS NOT NULL
  AND ((m.topic <> '' AND r.holdout <> 0) OR coalesce((
    SELECT d.verdict FROM decision d WHERE d.message_id = m.id ORDER BY d.id DESC LIMIT 1
  ), '') <> 'pass')
ORDER BY m.id LIMIT ?"""
# index call_due (due_at) WHERE state = 'waiting'
_LATE_CALLS: Final = """
SELECT count(*) FROM call k JOIN chain c ON c.id = k.chain_id
WHERE k.state = 'waiting' AND k.due_at < ? AND c.state = 'running'"""
# index call_failed (id) WHERE state = 'failed', the latest
_FAILED_CALLS: Final = """
SELECT c.key || ', step ' || k.step || ': ' || k.detail, count(*)
FROM (SELECT * FROM call WHERE state = 'failed' ORDER BY id DESC LIMIT 1000) k
JOIN chain c ON c.id = k.chain_id WHERE k.done_at >= ? GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"""
# one pass over conversion each, of which there are far fewer than messages
_UNSHARED: Final = """
SELECT count(*) FROM (SELECT 1 FROM conversion WHERE refunds IS NULL
  GROUP BY event_id HAVING sum(share_e4) <> :whole) n"""
_OVERDRAWN: Final = """
SELECT count(*) FROM (SELECT 1 FROM conversion GROUP BY message_id, COALESCE(refunds, event_id)
  HAVING count(refunds) > 0 AND sum(value_e4) < 0) n"""
# the table segment is small
_SICK: Final = """
SELECT key, error FROM segment WHERE active = 1 AND error IS NOT NULL ORDER BY key"""
# the table rejected holds only what was set aside
_REJECTED: Final = """
SELECT kind, reason, field, source, count(*), max(at), max(id) FROM rejected
GROUP BY kind, reason, field, source ORDER BY count(*) DESC, max(id) DESC LIMIT ?"""
_REJECTED_COUNT: Final = "SELECT count(*) FROM rejected"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rows that were set aside for the same reason; `last_at` in UTC ms."""

    kind: str
    reason: str
    field: str
    source: str
    count: int
    last_at: int
    last_id: int


def unknown(tx: Tx) -> int:
    """Messages of which nobody knows whether they were taken."""
    return _count(tx, _UNKNOWN)


def stuck(tx: Tx, before: int) -> int:
    """Messages that began to be sent before `before` and never came to an end."""
    return _count(tx, _STUCK, before)


def overdue(tx: Tx, before: int) -> int:
    """Messages of running chains that were due before `before` and still wait."""
    return _count(tx, _OVERDUE, before)


def sleepless(tx: Tx) -> int:
    """Runs under way that nothing will ever wake; there must be none."""
    return _count(tx, _SLEEPLESS)


def ungated(tx: Tx, latest: int, most: int) -> list[int]:
    """Of the `latest` messages up to `most` that left although the gate had not let them, or
    although their run was held out.
    """
    return [row[0] for row in tx.execute(_UNGATED, (latest, most))]


def unbalanced(tx: Tx) -> int:
    """Goals whose shares are not one goal, and refunds of more than was earned; none must be."""
    shares = int(tx.execute(_UNSHARED, {"whole": WHOLE}).fetchone()[0])
    return shares + _count(tx, _OVERDRAWN)


def late_calls(tx: Tx, before: int) -> int:
    """Calls of running chains that were due before `before` and were not tried."""
    return _count(tx, _LATE_CALLS, before)


def failed_calls(tx: Tx, since: int, limit: int = MOST_REASONS) -> list[tuple[str, int]]:
    """Why calls failed since `since`, the most frequent first."""
    return list(tx.execute(_FAILED_CALLS, (since, limit)))


def sick_segments(tx: Tx) -> list[tuple[str, str]]:
    """Segments whose rule failed, with the error."""
    return list(tx.execute(_SICK))


def rejected(tx: Tx, limit: int = MOST_REASONS) -> list[Rejected]:
    """What was set aside, by reason, most frequent first."""
    return [Rejected(*row) for row in tx.execute(_REJECTED, (limit,))]


def rejected_count(tx: Tx) -> int:
    """How many rows were set aside."""
    return _count(tx, _REJECTED_COUNT)


def _count(tx: Tx, sql: str, *values: int) -> int:
    return int(tx.execute(sql, values).fetchone()[0])
