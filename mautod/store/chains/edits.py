"""Runs under way when their chain is edited, paused or stopped: many at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.core.chains.edit import Way
from mautod.store.chains.runs import HEARD
from mautod.store.db import Tx

WITHDRAWN: Final = "the run began anew"

# index run_chain_state (chain_id, state, step), versions from the rows
STANDING: Final = """
SELECT r.definition_id, d.version, r.step, count(*) FROM run r
JOIN definition d ON d.id = r.definition_id
WHERE r.chain_id = ? AND r.state = 'active' GROUP BY r.definition_id, r.step
ORDER BY d.version, r.step"""
PLACE: Final = """
UPDATE run SET definition_id = :new, step = :to, wake_at = min(wake_at, :now),
  step_at = CASE WHEN :fresh THEN :now ELSE step_at END,
  awaiting = CASE WHEN :fresh THEN NULL ELSE awaiting END,
  vars = CASE WHEN :fresh THEN '{}' ELSE vars END
WHERE chain_id = :chain AND state = 'active' AND step = :step AND definition_id = :old"""
AT: Final = """
SELECT id, person_id FROM run
WHERE chain_id = ? AND state = 'active' AND step = ? AND definition_id = ? ORDER BY id"""
FINISH: Final = """
UPDATE run SET state = 'done', outcome = ?, ended_at = ?, wake_at = NULL, awaiting = NULL
WHERE chain_id = ? AND state = 'active' AND step = ? AND definition_id = ?"""
# What a run keeps stays with it: what it drew, its codes, answers to its calls.
RESTART: Final = """
UPDATE run SET definition_id = :new, step = '', step_at = :now, wake_at = :now, awaiting = NULL,
  vars = '{}'
WHERE chain_id = :chain AND state = 'active' AND definition_id <> :new"""

_OF_OLD: Final = """(SELECT r.id FROM run r
  WHERE r.chain_id = :chain AND r.state = 'active' AND r.definition_id <> :new)"""
# index message_chain_step (chain_id …); a run and a step have few messages
QUEUED: Final = f"""
SELECT id, person_id, run_id, step, template, channel FROM message
WHERE chain_id = :chain AND state = 'queued' AND run_id IN {_OF_OLD} ORDER BY id"""
WITHDRAW: Final = f"""
UPDATE message SET state = 'refused', reason = 'left', detail = '{WITHDRAWN}', done_at = :now,
  lease_by = NULL, lease_until = NULL
WHERE chain_id = :chain AND state = 'queued' AND run_id IN {_OF_OLD}"""
# What was not sent gives its place back: the run may come to that step once more.
GIVE_WAY: Final = f"""
UPDATE message SET key = key || '~' || id
WHERE chain_id = :chain AND state IN ('refused', 'expired', 'failed') AND key NOT LIKE '%~%'
  AND run_id IN {_OF_OLD}"""
# index run_due
OVERDUE: Final = """
SELECT count(*) FROM run WHERE chain_id = ? AND state = 'active' AND wake_at <= ? AND step <> ''"""
# A wait counts from its step, or from the message that left after that; whoever came while the
# chain was paused has lost that much only, and what was awaited and came is taken at once. Index
# run_chain_state, then that of UNIQUE (run_id, …).
SHIFT: Final = f"""
UPDATE run SET
  wake_at = CASE WHEN vars = '{HEARD}' THEN wake_at ELSE wake_at + :now - max(:paused, step_at) END,
  step_at = max(step_at, coalesce((SELECT max(m.sending_at) FROM message m
    WHERE m.run_id = run.id AND m.state IN ('sent', 'delivered', 'unknown')), 0))
    + :now - max(:paused, step_at)
WHERE chain_id = :chain AND state = 'active'"""
# index message_chain_step
SHIFT_MAIL: Final = """
UPDATE message SET expires_at = expires_at + :now - max(:paused, queued_at)
WHERE chain_id = :chain AND state = 'queued' AND expires_at IS NOT NULL"""
# index run_chain_state
SOME: Final = """
SELECT id, person_id FROM run WHERE chain_id = ? AND state = 'active' ORDER BY step, id LIMIT ?"""
STOP: Final = """
UPDATE run SET state = 'done', outcome = ?, ended_at = ?, wake_at = NULL, awaiting = NULL
WHERE id = ? AND state = 'active'"""
# index message_state: only what is queued
QUEUED_WITH: Final = "SELECT count(*) FROM message WHERE state = 'queued' AND template = ?"


@dataclass(frozen=True, slots=True)
class Standing:
    """How many people stand in a step of a version; `step` is "" before the first."""

    definition_id: int
    version: int
    step: str
    people: int


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that was still in the queue."""

    id: int
    person_id: int
    run_id: int
    step: str
    template: str
    channel: str


def standing(tx: Tx, chain_id: int) -> list[Standing]:
    """Where people stand, the oldest version first."""
    return [Standing(*row) for row in tx.execute(STANDING, (chain_id,))]


def place(tx: Tx, chain_id: int, at: Standing, new: int, way: Way, now: int) -> None:
    """Let those who stand `at` go on in version `new` at once, `way.step` no end; in `write`."""
    values = {"chain": chain_id, "old": at.definition_id, "step": at.step, "new": new}
    tx.execute(PLACE, {**values, "to": way.step, "now": now, "fresh": way.fresh})


def finish(tx: Tx, chain_id: int, at: Standing, outcome: str, now: int) -> list[int]:
    """End the runs of those who stand `at`; their people. Inside `write`."""
    people = [row[1] for row in tx.execute(AT, (chain_id, at.step, at.definition_id))]
    tx.execute(FINISH, (outcome, now, chain_id, at.step, at.definition_id))
    return people


def restart(tx: Tx, chain_id: int, new: int, now: int) -> list[Unsent]:
    """Let all who follow another version begin `new`; the messages called back. Inside `write`."""
    values = {"chain": chain_id, "new": new, "now": now}
    queued = [Unsent(*row) for row in tx.execute(QUEUED, values)]
    tx.execute(WITHDRAW, values)
    tx.execute(GIVE_WAY, values)
    tx.execute(RESTART, values)
    return queued


def queued_with(tx: Tx, template: str) -> int:
    """How many queued messages will be written with this template."""
    return int(tx.execute(QUEUED_WITH, (template,)).fetchone()[0])


def overdue(tx: Tx, chain_id: int, now: int) -> int:
    """How many waits of a chain have run out."""
    return int(tx.execute(OVERDUE, (chain_id, now)).fetchone()[0])


def shift(tx: Tx, chain_id: int, paused_at: int, now: int) -> None:
    """Take the time since `paused_at` out of every wait and expiry of a chain; inside `write`."""
    values = {"chain": chain_id, "paused": paused_at, "now": now}
    tx.execute(SHIFT, values)
    tx.execute(SHIFT_MAIL, values)


def stop_some(tx: Tx, chain_id: int, outcome: str, now: int, limit: int) -> list[int]:
    """End up to `limit` runs of a chain as they stand; their people. Inside `write`."""
    found = tx.execute(SOME, (chain_id, limit)).fetchall()
    tx.executemany(STOP, [(outcome, now, run_id) for run_id, _ in found])
    return [person for _, person in found]
