"""Messages that wait for their reader to come to the site: found, offered, and shown once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mautod.core.sending.returns import CLICKED, OPENED
from mautod.store.db import Tx

# Index message_person (person_id, sending_at).
WAITING: Final = """
SELECT id, coalesce(state, '') = 'sending' FROM message
WHERE person_id = ? AND channel = ? AND coalesce(state, '') IN ('queued', 'sending')
  AND (coalesce(state, '') = 'sending' OR due_at <= ? OR coalesce(reason, '') = 'visit')
  AND (lease_until IS NULL OR lease_until <= ? OR lease_by = ?)
ORDER BY priority DESC, queued_at, id LIMIT ?"""
# Primary key.
TAKE: Final = """
UPDATE message SET attempt = attempt - CASE state WHEN 'sending' THEN 1 ELSE 0 END,
  state = 'queued', sending_at = NULL, lease_by = ?, lease_until = ? WHERE id = ?"""
# Primary key.
SHOWN: Final = f"""
UPDATE message SET state = 'sent', sending_at = coalesce(sending_at, ?), done_at = ?,
  lease_by = NULL, lease_until = NULL, reason = NULL, detail = NULL,
  marks = marks | {OPENED}, opened_at = ?
WHERE id = ? AND person_id = ? AND channel = ? AND coalesce(state, '') IN ('queued', 'sending')"""
# Primary key.
ANSWERED: Final = f"""
UPDATE message SET marks = marks | {CLICKED}, clicked_at = ?
WHERE id = ? AND person_id = ? AND channel = ? AND marks & {CLICKED} = 0"""


def waiting(
    tx: Tx, person_id: int, channel: str, holder: str, now: int, most: int
) -> list[tuple[int, bool]]:
    """Messages that `holder` may be offered, the most urgent first: (id, offered before).

    Those put off until a certain time are not among them, nor what another holder was offered.
    """
    rows = tx.execute(WAITING, (person_id, channel, now, now, holder, most))
    return [(row[0], bool(row[1])) for row in rows]


def take(tx: Tx, ids: Sequence[int], holder: str, until: int) -> None:
    """Lease them to `holder`, so that the gate is asked about them; inside `write`."""
    tx.executemany(TAKE, ((holder, until, each) for each in ids))


def shown(tx: Tx, person_id: int, channel: str, message_id: int, now: int, at: int) -> bool:
    """The person saw it at `at`; whether that was news. Inside `write`."""
    return tx.execute(SHOWN, (at, now, at, message_id, person_id, channel)).rowcount > 0


def answered(tx: Tx, person_id: int, channel: str, message_id: int, at: int) -> bool:
    """The person followed or answered it at `at`; whether that was news. Inside `write`."""
    return tx.execute(ANSWERED, (at, message_id, person_id, channel)).rowcount > 0
