"""What came back of messages: opens, clicks, bounces, and the purchases credited to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.event import Happened
from mautod.core.goals import WHOLE, Money, Touched, split
from mautod.core.sending.consent import address_key
from mautod.core.sending.returns import ARRIVED, BOUNCED, SOFT_BOUNCED
from mautod.store.db import Tx, from_json
from mautod.store.delivery.consent import marks

# Primary keys of message, person and chain. An id that was absorbed leads to its person.
ADDRESSEES: Final = """
SELECT m.id, p.id, coalesce(m.run_id, 0), coalesce(c.key, ''), m.step, m.template, m.channel,
  m.sending_at, coalesce(m.address, '')
FROM message m JOIN person o ON o.id = m.person_id
  JOIN person p ON p.id = coalesce(o.merged_into, o.id)
  LEFT JOIN chain c ON c.id = m.chain_id
WHERE m.id IN ({marks}) AND p.erased_at IS NULL"""

MARKED: Final = "UPDATE message SET marks = marks | ? WHERE id = ?"
# Primary key.
NEWLY: Final = "UPDATE message SET marks = marks | ? WHERE id = ? AND marks & ? = 0"
# Primary key.
HAS_MARK: Final = "SELECT marks & ? <> 0 FROM message WHERE id = ?"
ARRIVES: Final = """
UPDATE message SET state = 'delivered' WHERE id = ? AND coalesce(state, '') IN ('sent', 'unknown')
"""
CAME_BACK: Final = """
UPDATE message SET state = 'failed', reason = ?, detail = ?, done_at = ?
WHERE id = ? AND coalesce(state, '') IN ('sent', 'delivered', 'unknown')
RETURNING opened_at IS NULL AND clicked_at IS NULL"""
# Index message_person (person_id, sending_at), twice.
SOFTLY: Final = f"""
SELECT count(*) FROM message
WHERE person_id = :person AND sending_at > :since AND channel = :channel
  AND lower(address) = :address
  AND (marks & {SOFT_BOUNCED} <> 0 OR reason = 'soft bounce')
  AND sending_at > coalesce((
    SELECT max(sending_at) FROM message
    WHERE person_id = :person AND sending_at > :since AND channel = :channel
      AND lower(address) = :address AND marks & {ARRIVED} <> 0 AND marks & {BOUNCED} = 0), 0)"""

# Index message_person (person_id, sending_at).
TOUCHED: Final = """
SELECT id, chain_id, step, template, state, sending_at, opened_at, clicked_at FROM message
WHERE person_id = ? AND sending_at <= ? AND chain_id IS NOT NULL
  AND (state IN ('sending', 'sent', 'delivered') OR opened_at IS NOT NULL OR clicked_at IS NOT NULL)
ORDER BY sending_at"""

CREDIT: Final = """
INSERT INTO conversion (message_id, event_id, person_id, chain_id, step, template, value_e4,
  currency, at, share_e4, refunds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (message_id, event_id) DO NOTHING"""

# Index conversion_person, then the primary key of event.
EARNED: Final = """
SELECT c.id, c.message_id, c.chain_id, c.step, c.template, c.event_id, c.at, c.value_e4, c.currency,
  coalesce(c.refunds, c.event_id), e.props
FROM conversion c LEFT JOIN event e ON e.id = c.event_id
WHERE c.person_id = ? AND c.value_e4 IS NOT NULL ORDER BY c.id"""

# Index event_person_name_ts.
REFUNDED: Final = """
SELECT e.id, e.ts, e.received_at, e.props FROM event e
WHERE e.person_id = ? AND e.name_id = (SELECT id FROM event_name WHERE name = ?)
ORDER BY e.ts, e.id"""

# Unique index of conversion (message_id, event_id).
GONE: Final = """
SELECT person_id, event_id, share_e4, value_e4 FROM conversion WHERE message_id = ?"""

# Index conversion_person.
SHARING: Final = "SELECT id FROM conversion WHERE person_id = ? AND event_id = ? ORDER BY id"
MORE: Final = """
UPDATE conversion SET share_e4 = share_e4 + ?, value_e4 = value_e4 + ? WHERE id = ?"""

_SURE: Final = ("sending", "sent", "delivered")


@dataclass(frozen=True, slots=True)
class Addressee:
    """A message and the living person it is for."""

    message_id: int
    person_id: int
    run_id: int
    chain: str
    step: str
    template: str
    channel: str
    sending_at: int | None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """One event credited to one message, or its share of it; or what a refund takes back.

    `refunds` is the event whose money it takes.
    """

    message: Touched
    event_id: int
    person_id: int
    money: Money | None
    at: int
    share_e4: int = WHOLE
    refunds: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger with money: what the event `of` earned, or lost again by `event_id`.

    `props` are those of `event_id`.
    """

    id: int
    message: Touched
    event_id: int
    at: int
    money: Money
    of: int
    props: Mapping[str, Any]


def addressees(tx: Tx, message_ids: Collection[int]) -> dict[int, Addressee]:
    """Those of these messages that exist and whose person was not erased, by id."""
    rows = tx.execute(ADDRESSEES.format(marks=marks(message_ids)), tuple(message_ids))
    return {row[0]: Addressee(*row) for row in rows}


def set_mark(tx: Tx, message_id: int, mark: int) -> None:
    """Keep what else came back of a message; inside `write`."""
    tx.execute(MARKED, (mark, message_id))


def newly(tx: Tx, message_id: int, mark: int, unless: int = 0) -> bool:
    """Keep `mark`, unless it or one of `unless` is there already; whether it was news.

    So what is told twice counts once. Inside `write`.
    """
    return tx.execute(NEWLY, (mark, message_id, mark | unless)).rowcount > 0


def has_mark(tx: Tx, message_id: int, mark: int) -> bool:
    """Whether any of `mark` came back of a message."""
    row = tx.execute(HAS_MARK, (mark, message_id)).fetchone()
    return bool(row and row[0])


def set_delivered(tx: Tx, message_id: int) -> None:
    """The mailbox has it: no doubt is left about a message that was unknown. Inside `write`."""
    tx.execute(ARRIVES, (message_id,))


def set_bounced(tx: Tx, message_id: int, reason: str, detail: str, at: int) -> None:
    """A message that left came back: it earned nothing if nobody touched it. Inside `write`."""
    untouched = tx.execute(CAME_BACK, (reason, detail, at, message_id)).fetchone()
    if untouched is not None and untouched[0]:
        withdraw(tx, [message_id])


def soft_bounces(tx: Tx, sent: Addressee, since: int) -> int:
    """How many letters to this address came back softly after `since`, none arriving in between."""
    values = {
        "person": sent.person_id,
        "channel": sent.channel,
        "address": address_key(sent.address),
        "since": since,
    }
    return int(tx.execute(SOFTLY, values).fetchone()[0])


def touched(tx: Tx, person_id: int, upto: int) -> list[Touched]:
    """The chains' messages that this person was sent, or surely got, up to an instant."""
    return [
        Touched(key, chain, step, template, at if state in _SURE else None, opened, clicked)
        for key, chain, step, template, state, at, opened, clicked in tx.execute(
            TOUCHED, (person_id, upto)
        )
    ]


def credit(tx: Tx, conversions: Iterable[Conversion]) -> None:
    """Record conversions, each message and event once. Inside `write`."""
    tx.executemany(
        CREDIT,
        (
            (
                c.message.message_id, c.event_id, c.person_id, c.message.chain_id, c.message.step,
                c.message.template, c.money.value_e4 if c.money else None,
                c.money.currency if c.money else None, c.at, c.share_e4, c.refunds,
            )
            for c in conversions
        ),
    )  # fmt: skip


def earned(tx: Tx, person_id: int) -> list[Entry]:
    """Everything in the ledger that is about this person's money, in the order of writing."""
    return [
        Entry(
            row_id, Touched(message, chain, step, template, None, None, None), event, at,
            Money(value, currency or ""), of, from_json(props) if props else {},
        )
        for row_id, message, chain, step, template, event, at, value, currency, of, props in (
            tx.execute(EARNED, (person_id,))
        )
    ]  # fmt: skip


def refunded(tx: Tx, person_id: int, name: str) -> list[Happened]:
    """A person's events called `name`, in the order in which they happened."""
    return [
        Happened(event, person_id, name, ts, received_at, from_json(props))
        for event, ts, received_at, props in tx.execute(REFUNDED, (person_id, name))
    ]


def withdraw(tx: Tx, message_ids: Iterable[int]) -> None:
    """A message that did not leave after all earned nothing; inside `write`.

    What it had of a shared goal goes to the others that share it.
    """
    for message_id in message_ids:
        gone = tx.execute(GONE, (message_id,)).fetchall()
        if gone:
            tx.execute("DELETE FROM conversion WHERE message_id = ?", (message_id,))
        for person_id, event_id, share, value in gone:
            others = [row[0] for row in tx.execute(SHARING, (person_id, event_id))]
            if others:
                shares = split(share, len(others))
                values = [None] * len(others) if value is None else split(value, len(others))
                tx.executemany(MORE, zip(shares, values, others, strict=True))
