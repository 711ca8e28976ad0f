"""How many marketing letters left and came back, by the five minutes in which they left.

Counted from the ledger's rows in the transaction that changes them, so that both always agree.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mautod.core.sending.alarms import Counted
from mautod.duration import DAY, MINUTE
from mautod.store.db import Tx, to_json

SLOT_MS: Final = 5 * MINUTE
KEPT_MS: Final = 45 * DAY
# json_each leads, then primary keys of message, chain and letter_tally. `topic` is empty for what
# is no marketing.
_ADD: Final = f"""
INSERT INTO letter_tally (channel, slot, chain, sent, bounced, complained, others)
SELECT m.channel, m.sending_at - m.sending_at % {SLOT_MS}, coalesce(c.key, ''), {{counts}}
FROM json_each(?) k CROSS JOIN message m ON m.id = k.value LEFT JOIN chain c ON c.id = m.chain_id
WHERE m.sending_at IS NOT NULL{{which}} GROUP BY 1, 2, 3
ON CONFLICT (channel, slot, chain) DO UPDATE SET sent = letter_tally.sent + excluded.sent,
  bounced = letter_tally.bounced + excluded.bounced,
  complained = letter_tally.complained + excluded.complained,
  others = letter_tally.others + excluded.others"""
LEFT: Final = _ADD.format(
    counts="sum(CASE WHEN m.topic <> '' THEN 1 ELSE 0 END), 0, 0,"
    " sum(CASE WHEN m.topic = '' THEN 1 ELSE 0 END)",
    which="",
)
BOUNCED: Final = _ADD.format(counts="0, count(*), 0, 0", which=" AND m.topic <> ''")
COMPLAINED: Final = _ADD.format(counts="0, 0, count(*), 0", which=" AND m.topic <> ''")
# primary key of letter_tally, a range of slots
SUMS: Final = """
SELECT chain, sum(sent), sum(bounced), sum(complained), sum(others) FROM letter_tally
WHERE channel = ? AND slot >= ? GROUP BY chain"""
# primary key of letter_tally
FORGET: Final = "DELETE FROM letter_tally WHERE channel = ? AND slot < ?"
# primary key of letter_tally, skipping from one channel to the next
CHANNELS: Final = """
WITH RECURSIVE found (channel) AS (
  SELECT min(channel) FROM letter_tally
  UNION ALL
  SELECT (SELECT min(t.channel) FROM letter_tally t WHERE t.channel > f.channel) FROM found f
  WHERE f.channel IS NOT NULL)
SELECT channel FROM found WHERE channel IS NOT NULL"""


def left(tx: Tx, message_ids: Collection[int]) -> None:
    """These have left for good: taken, in doubt, or refused by the recipient's side.

    Once for each message. Inside `write`.
    """
    _add(tx, LEFT, message_ids)


def bounced(tx: Tx, message_ids: Collection[int]) -> None:
    """These came back, once for each message; inside `write`."""
    _add(tx, BOUNCED, message_ids)


def complained(tx: Tx, message_ids: Collection[int]) -> None:
    """Somebody complained about these, once for each message; inside `write`."""
    _add(tx, COMPLAINED, message_ids)


def _add(tx: Tx, statement: str, message_ids: Collection[int]) -> None:
    if message_ids:
        tx.execute(statement, (to_json(list(message_ids)),))


def since(tx: Tx, channel: str, at: int) -> dict[str, Counted]:
    """Letters on `channel` that left from the slot after that of `at` on, by chain.

    "" is whatever belongs to no chain.
    """
    slot = at - at % SLOT_MS + SLOT_MS
    return {key: Counted(*counts) for key, *counts in tx.execute(SUMS, (channel, slot))}


def channels(tx: Tx) -> list[str]:
    """Channels that letters left by."""
    return [row[0] for row in tx.execute(CHANNELS)]


def forget(tx: Tx, now: int) -> int:
    """Drop what is older than `KEPT_MS`; how many rows. Inside `write`."""
    found = channels(tx)
    return sum(tx.execute(FORGET, (each, now - KEPT_MS)).rowcount for each in found)
