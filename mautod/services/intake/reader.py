"""Who follows the links of a message: what their page must know."""

from __future__ import annotations

from dataclasses import dataclass

from mautod.errors import NotFound
from mautod.store.db import Database
from mautod.store.delivery import messages
from mautod.store.people import identities as people


@dataclass(frozen=True, slots=True)
class Reader:
    """`language` and `address` are empty when unknown; `topic` is the message's."""

    language: str
    topic: str
    address: str


def reader(db: Database, message_id: int) -> Reader:
    """The living person to whom the message was written.

    Raises:
        NotFound: no such message.
    """
    tx = db.read()
    sent = messages.recipient(tx, message_id)
    if sent is None:
        raise NotFound("This message is not known any more.")
    card = people.load(tx, [sent.person_id])[sent.person_id]
    return Reader(card.language or "", sent.topic, sent.address or sent.email)
