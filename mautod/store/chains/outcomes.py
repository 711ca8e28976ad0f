"""What became of a broadcast's recipients: counted, one by one, and whether it all adds up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mautod import wire
from mautod.core.sending.returns import CLICKED, OPENED
from mautod.store.db import Tx, to_json
from mautod.store.rows import LABEL

WAITING_STATE: Final = "waiting"
NOT_FINAL: Final = (WAITING_STATE, "queued", "sending")
"""What a recipient is until it is known what became of them."""
# indexes run_chain_state and message_chain_step alone, broadcast by broadcast
UNSOUND: Final = """
SELECT b.key, b.audience, b.ended_at IS NOT NULL,
  (SELECT count(*) FROM run r WHERE r.chain_id = b.chain_id),
  (SELECT coalesce(sum(json_array_length(q.people)), 0) FROM broadcast_part q
   WHERE q.broadcast_id = b.id),
  (SELECT count(*) FROM run r WHERE r.chain_id = b.chain_id AND r.state = 'active')
  + (SELECT count(*) FROM message m WHERE m.chain_id = b.chain_id
     AND m.state IN ('queued', 'sending')),
  (SELECT count(m.run_id) - count(DISTINCT m.run_id) FROM message m
   WHERE m.chain_id = b.chain_id)
FROM broadcast b WHERE b.chain_id IS NOT NULL ORDER BY b.id"""
_WHAT: Final = """
CASE WHEN r.state = 'active' THEN 'waiting' WHEN m.id IS NULL THEN coalesce(r.outcome, '')
  ELSE m.state END"""
_OF: Final = """
run r LEFT JOIN message m ON m.id = (SELECT max(o.id) FROM message o WHERE o.run_id = r.id)"""
# index run_chain_state for the recipients, then that of UNIQUE (run_id, step, key)
COUNT: Final = f"""
SELECT {_WHAT}, coalesce(m.reason, ''), count(*), count(CASE WHEN m.done_at > :since THEN 1 END),
  count(CASE WHEN m.marks & {OPENED} THEN 1 END), count(CASE WHEN m.marks & {CLICKED} THEN 1 END)
FROM {_OF} WHERE r.chain_id = :chain GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True)
class Counted:
    """Recipients of whom the same is so."""

    state: str
    reason: str
    count: int
    lately: int
    opened: int
    clicked: int


def faults(tx: Tx) -> list[str]:
    """What is not as it must be with any broadcast, in words."""
    found: list[str] = []
    for key, audience, is_over, begun, unbegun, not_over, doubled in tx.execute(UNSOUND):
        if begun + unbegun != audience:
            found.append(f"{key}: {begun} begun and {unbegun} not, of {audience} recipients")
        if is_over and not_over + unbegun:
            found.append(f"{key}: is over, and {not_over + unbegun} recipients are not")
        if doubled:
            found.append(f"{key}: {doubled} recipients have a second letter")
    return found


def count(tx: Tx, chain_id: int, since: int) -> list[Counted]:
    """All recipients who have a run, each once, by what became of them.

    `lately`: those of whom it is so since then.
    """
    return [Counted(*row) for row in tx.execute(COUNT, {"chain": chain_id, "since": since})]


def not_final(counted: Iterable[Counted]) -> int:
    """How many recipients something may yet become of."""
    return sum(each.count for each in counted if each.state in NOT_FINAL)


def states(counted: Iterable[Counted]) -> Mapping[str, int]:
    """Recipients by state."""
    found: dict[str, int] = {}
    for each in counted:
        found[each.state] = found.get(each.state, 0) + each.count
    return found


_RECIPIENT: Final = f"""
r.id, r.person_id, COALESCE({LABEL}, ''), {_WHAT}, coalesce(m.reason, r.error, ''),
  coalesce(m.detail, ''), coalesce(m.address, ''), coalesce(m.template, ''), m.id,
  CASE WHEN r.state = 'active' THEN r.wake_at WHEN m.state = 'queued' THEN m.due_at END,
  coalesce(m.done_at, r.ended_at)"""
_ONE_BY_ONE: Final = f"""
SELECT {_RECIPIENT} FROM {_OF} LEFT JOIN person p ON p.id = r.person_id
WHERE r.id IN ({{chosen}}) ORDER BY r.id"""
# index run_chain_state (chain_id, state, step) leads in all of these, in the order of its runs
ALL_RUNS: Final = """
SELECT id FROM run WHERE chain_id = :chain AND id > :after ORDER BY id LIMIT :limit"""
RUNS_BY_STATE: Final = """
SELECT id FROM run WHERE chain_id = :chain AND state = 'active' AND id > :after
ORDER BY id LIMIT :limit"""
RUNS_BY_OUTCOME: Final = """
SELECT id FROM run r WHERE chain_id = :chain AND state = 'done' AND outcome = :state AND id > :after
AND NOT EXISTS (SELECT 1 FROM message m WHERE m.run_id = r.id) ORDER BY id LIMIT :limit"""
# index message_tally (chain_id, step, state, …)
RUNS_BY_MESSAGE: Final = """
SELECT run_id FROM message
WHERE chain_id = :chain AND step IN (SELECT s.value FROM json_each(:steps) s) AND state = :state
  AND run_id > :after ORDER BY run_id LIMIT :limit"""


def recipients(
    tx: Tx, chain_id: int, steps: Iterable[str], state: str, after: int, limit: int
) -> list[wire.Recipient]:
    """Recipients in the order in which their runs began; with `state` those alone."""
    chosen = _chosen(state)
    values = {
        "chain": chain_id,
        "steps": to_json(list(steps)),
        "state": state,
        "after": after,
        "limit": limit,
    }
    asked = {name: value for name, value in values.items() if f":{name}" in chosen}
    rows = tx.execute(_ONE_BY_ONE.format(chosen=chosen), asked)
    return [wire.Recipient(*row) for row in rows]


def _chosen(state: str) -> str:
    if not state:
        return ALL_RUNS
    if state == WAITING_STATE:
        return RUNS_BY_STATE
    return RUNS_BY_MESSAGE if state in wire.MESSAGE_STATES else RUNS_BY_OUTCOME
