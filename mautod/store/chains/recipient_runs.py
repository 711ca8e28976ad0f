"""The runs of a broadcast's recipients: how they begin, when they wake, how they are called off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mautod.core.sending.holdout import TREATED
from mautod.store.chains.broadcasts import CANCELLED, PART
from mautod.store.db import Row, Tx

_BEGIN: Final = """
INSERT INTO run (chain_id, definition_id, person_id, key, state, step, entered_at, step_at,
  wake_at, ended_at, outcome, holdout)
VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?)"""
# index run_chain_state (chain_id, state, step), in the order of its runs; then person
WAITING: Final = """
SELECT r.id, r.person_id, p.timezone FROM run r CROSS JOIN person p
WHERE r.chain_id = ? AND r.state = 'active' AND r.step = '' AND r.id > ? AND p.id = r.person_id
ORDER BY r.id LIMIT ?"""
_WAKE: Final = "UPDATE run SET wake_at = ? WHERE id = ? AND state = 'active' AND step = ''"
# index run_due (chain_id, wake_at)
FIRST: Final = """
SELECT min(wake_at) FROM run WHERE chain_id = ? AND state = 'active' AND wake_at IS NOT NULL"""
LAST: Final = """
SELECT max(wake_at) FROM run WHERE chain_id = ? AND state = 'active' AND wake_at IS NOT NULL"""
# indexes run_chain_state and message_tally, in parts
CLOSE_RUNS: Final = f"""
UPDATE run SET state = 'done', outcome = '{CANCELLED}', ended_at = ?, wake_at = NULL,
  awaiting = NULL
WHERE id IN (SELECT id FROM run WHERE chain_id = ? AND state = 'active' LIMIT {PART})"""
CLOSE_MESSAGES: Final = f"""
UPDATE message SET state = 'refused', reason = '{CANCELLED}', done_at = ?, lease_by = NULL,
  lease_until = NULL
WHERE id IN (SELECT id FROM message WHERE chain_id = ? AND step = ? AND state = 'queued'
  LIMIT {PART})"""
# index message_due (channel, due_at) where queued, as far as it goes
CROWD: Final = """
SELECT count(*) FROM (
  SELECT 1 FROM message m WHERE m.channel = ? AND m.state = 'queued' AND m.due_at <= ?
  AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.id = m.chain_id AND c.state = 'paused')
  LIMIT ?) n"""
# index run_due: any at all? then message, step by step
ANY_RUN: Final = "SELECT 1 FROM run WHERE chain_id = ? AND state = 'active' LIMIT 1"
ANY_MESSAGE: Final = """
SELECT 1 FROM message WHERE chain_id = ? AND step = ? AND state IN ('queued', 'sending') LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A run about to begin: one that waits until `wake_at`, or has ended with `outcome`."""

    person_id: int
    key: str = ""
    wake_at: int | None = None
    outcome: str | None = None
    holdout: int = TREATED


def begin(
    tx: Tx, chain: tuple[int, int], recipients: Iterable[Recipient], started_at: int, now: int
) -> None:
    """Begin runs; `chain` is its id and that of its definition. Inside `write`."""
    tx.executemany(_BEGIN, (_run(chain, each, started_at, now) for each in recipients))


def _run(chain: tuple[int, int], each: Recipient, started_at: int, now: int) -> Row:
    over = each.outcome is not None
    state, ended_at = ("done", now) if over else ("active", None)
    return (
        *chain, each.person_id, each.key, state, started_at, now, each.wake_at, ended_at,
        each.outcome, each.holdout,
    )  # fmt: skip


def waiting(tx: Tx, chain_id: int, after: int, limit: int) -> list[Row]:
    """Runs that have taken no step, in the order in which they began: (id, person, zone)."""
    return tx.execute(WAITING, (chain_id, after, limit)).fetchall()


def wake(tx: Tx, rows: Iterable[tuple[int, int]]) -> None:
    """Let runs wake at other times: (when, run). Inside `write`."""
    tx.executemany(_WAKE, rows)


def first_wake(tx: Tx, chain_id: int) -> int | None:
    """When the first of its runs wakes."""
    at: int | None = tx.execute(FIRST, (chain_id,)).fetchone()[0]
    return at


def last_wake(tx: Tx, chain_id: int) -> int | None:
    """When the last of its runs wakes."""
    at: int | None = tx.execute(LAST, (chain_id,)).fetchone()[0]
    return at


def close(tx: Tx, chain_id: int, steps: Iterable[str], now: int) -> int:
    """Cancel some of what has not been sent; how many, 0 at the end. Inside `write`.

    What is being sent goes on.
    """
    closed = tx.execute(CLOSE_RUNS, (now, chain_id)).rowcount
    for step in steps:
        closed += tx.execute(CLOSE_MESSAGES, (now, chain_id, step)).rowcount
    return closed


def is_crowded(tx: Tx, channel: str, most: int, now: int) -> bool:
    """Whether so many messages wait for a channel, though they may leave."""
    return int(tx.execute(CROWD, (channel, now, most)).fetchone()[0]) >= most


def is_open(tx: Tx, chain_id: int, steps: Iterable[str]) -> bool:
    """Whether any run or message of a broadcast is under way."""
    if tx.execute(ANY_RUN, (chain_id,)).fetchone():
        return True
    return any(tx.execute(ANY_MESSAGE, (chain_id, step)).fetchone() for step in steps)
