"""The ledger row by row, for those who would read it another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mautod.store.db import Tx, from_json

# index conversion_chain, chain by chain; then conversion_person, and the primary keys of event,
# event_name and message
ENTRIES: Final = """
SELECT c.person_id, COALESCE(c.refunds, c.event_id), c.event_id, c.at,
  (SELECT min(o.at) FROM conversion o WHERE o.person_id = c.person_id
   AND o.event_id = COALESCE(c.refunds, c.event_id)),
  c.chain_id, c.step, c.template, COALESCE(m.variant, ''), c.share_e4, c.value_e4,
  COALESCE(c.currency, ''), COALESCE(n.name, ''), e.props
FROM chain h CROSS JOIN conversion c LEFT JOIN message m ON m.id = c.message_id
LEFT JOIN event e ON e.id = COALESCE(c.refunds, c.event_id)
LEFT JOIN event_name n ON n.id = e.name_id
WHERE c.chain_id = h.id AND c.at >= ? AND c.at < ?
ORDER BY c.person_id, COALESCE(c.refunds, c.event_id), c.event_id, c.id"""

Place = tuple[int, str, str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: what event `of`, which happened at `of_at`, gave a place, or a refund took away.

    `name` and `props` are those of the event `of`; empty if it was erased.
    """

    person: int
    of: int
    event: int
    at: int
    of_at: int
    place: Place
    share_e4: int
    value_e4: int | None
    currency: str
    name: str
    props: dict[str, Any]


def entries(tx: Tx, since: int, until: int) -> Iterator[Entry]:
    """The rows of a period; those of one person and event one after another."""
    for row in tx.execute(ENTRIES, (since, until)):
        person, of, event, at, of_at, *place, share, value, currency, name, props = row
        chain, step, template, variant = place
        yield Entry(
            person, of, event, at, at if of_at is None else of_at, (chain, step, template, variant),
            share, value, currency, name, from_json(props) if props else {},
        )  # fmt: skip


# primary key of message
VARIANTS: Final = "SELECT variant FROM message WHERE id = ?"


def variant(tx: Tx, message_id: int) -> str:
    """Which variant a message is of; "" if it is of none."""
    row = tx.execute(VARIANTS, (message_id,)).fetchone()
    return str(row[0]) if row else ""
