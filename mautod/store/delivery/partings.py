"""Why people left, where they said so."""

from __future__ import annotations

from typing import Final

from mautod.store.db import Tx
from mautod.store.delivery.messages import Recipient

_PUT: Final = """
INSERT INTO parting (person_id, at, message_id, topic, reason, note) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (message_id) DO UPDATE SET at = excluded.at, reason = excluded.reason,
  note = excluded.note"""
# one pass over parting, which holds only those who gave a reason
_COUNTS: Final = """
SELECT topic, reason, count(*) FROM parting GROUP BY topic, reason ORDER BY topic, 3 DESC, reason"""


def put(tx: Tx, message_id: int, sent: Recipient, reason: str, note: str, at: int) -> None:
    """Note why whoever got this message left; the last word counts. Inside `write`."""
    tx.execute(_PUT, (sent.person_id, at, message_id, sent.topic, reason, note))


def counts(tx: Tx) -> dict[str, dict[str, int]]:
    """How many people gave which reason, by topic."""
    found: dict[str, dict[str, int]] = {}
    for topic, reason, count in tx.execute(_COUNTS):
        found.setdefault(topic, {})[reason] = count
    return found
