"""What was stored since a reader last looked, in the order in which it was stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mautod.store.db import Row, Tx, from_json

# primary key of event
_EVENTS: Final = """
SELECT e.id, e.ts, n.name, e.props FROM event e JOIN event_name n ON n.id = e.name_id
WHERE e.id > ? ORDER BY e.id"""
# primary keys of decision, message and chain
_DECISIONS: Final = """
SELECT d.id, d.at, d.verdict, d.reason, d.evidence, m.id, m.step, m.template, m.channel,
  coalesce(m.run_id, 0), coalesce(c.key, '')
FROM decision d JOIN message m ON m.id = d.message_id LEFT JOIN chain c ON c.id = m.chain_id
WHERE d.id > ? ORDER BY d.id"""
# primary key of rejected
_ASIDES: Final = "SELECT id, at, kind, reason, field FROM rejected WHERE id > ? ORDER BY id"

# indexes run_chain_state and message_due: what is under way
_RUNS: Final = """
SELECT c.key, r.id, r.step, r.wake_at, coalesce(r.awaiting, '') FROM run r
JOIN chain c ON c.id = r.chain_id WHERE r.state = 'active' ORDER BY r.wake_at, r.id"""
_QUEUE: Final = """
SELECT coalesce(c.key, ''), m.step, m.template, m.channel, m.due_at, coalesce(m.reason, '')
FROM message m LEFT JOIN chain c ON c.id = m.chain_id WHERE m.state = 'queued'
ORDER BY m.due_at, m.id"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One stored event."""

    id: int
    at: int
    name: str
    props: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decided:
    """One stored decision of the gate, or what became of an attempt to send."""

    id: int
    at: int
    verdict: str
    reason: str
    evidence: Mapping[str, Any]
    message_id: int
    step: str
    template: str
    channel: str
    run_id: int
    chain: str


_EVIDENCE: Final = 4  # the place of `evidence` among the fields of Decided


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something that could not be dealt with."""

    id: int
    at: int
    kind: str
    reason: str
    field: str


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A run that has not ended."""

    chain: str
    run_id: int
    step: str
    wake_at: int
    awaiting: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that has not left."""

    chain: str
    step: str
    template: str
    channel: str
    due_at: int
    reason: str


def events(tx: Tx, after: int) -> list[Seen]:
    """Events with ids above `after`."""
    rows = tx.execute(_EVENTS, (after,))
    return [Seen(number, at, name, from_json(props)) for number, at, name, props in rows]


def decisions(tx: Tx, after: int) -> list[Decided]:
    """Decisions with ids above `after`."""
    return [_decided(row) for row in tx.execute(_DECISIONS, (after,))]


def _decided(row: Row) -> Decided:
    values = list(row)
    values[_EVIDENCE] = from_json(row[_EVIDENCE])
    return Decided(*values)


def asides(tx: Tx, after: int) -> list[SetAside]:
    """What was set aside with ids above `after`."""
    return [SetAside(*row) for row in tx.execute(_ASIDES, (after,))]


def under_way(tx: Tx) -> list[UnderWay]:
    """All runs that have not ended, the next to wake first."""
    return [UnderWay(*row) for row in tx.execute(_RUNS)]


def waiting(tx: Tx) -> list[Waiting]:
    """All messages that have not left, the next due first."""
    return [Waiting(*row) for row in tx.execute(_QUEUE)]
