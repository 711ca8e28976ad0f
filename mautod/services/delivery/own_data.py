"""People ask for what is kept about them, or to be forgotten: by a letter to their own mailbox.

Who holds a link from a letter may be anybody whom it was passed on to. So the page only sends
another letter, to the address of the person's card; its link works for three days, as long as
that is still their address.
"""

from __future__ import annotations

from typing import Final, Literal

from mautod import wire
from mautod.core.sending.consent import address_key
from mautod.duration import DAY, HOUR
from mautod.errors import NotFound
from mautod.services.people import dossier, erase
from mautod.store.db import Database
from mautod.store.delivery import messages
from mautod.store.journal import Journal
from mautod.store.people import cards

What = Literal["my-data", "forget-me"]
"""The template of the letter, and what its link does."""

LASTS: Final = 3 * DAY
_AGAIN: Final = DAY


def ask(db: Database, message_id: int, what: What, now: int) -> bool:
    """Send the letter to whoever got this message; False if they got one within a day.

    Raises:
        NotFound: no such message, its person is gone, or has no address.
    """
    with db.write() as tx:
        sent = messages.recipient(tx, message_id)
        if sent is None or not cards.exists(tx, sent.person_id) or not sent.email:
            raise NotFound("This message is not known any more.")
        if messages.was_queued(tx, sent.person_id, what, now - _AGAIN):
            return False
        messages.queue(tx, sent.person_id, "email", what, now, now + LASTS - HOUR)
    return True


def person_of(db: Database, message_id: int, what: What, now: int) -> int:
    """Whose letter this is, while its link works.

    Raises:
        NotFound: it does not: the letter is another one or too old, or the address has changed.
    """
    tx = db.read()
    sent = messages.recipient(tx, message_id)
    gone = NotFound("This link does not work any more.", hint="Ask for another letter.")
    if sent is None or not cards.exists(tx, sent.person_id):
        raise gone
    is_theirs = bool(sent.address) and address_key(sent.address) == address_key(sent.email)
    if (
        not is_theirs
        or sent.queued_at <= now - LASTS
        or messages.template_of(tx, message_id) != what
    ):
        raise gone
    return sent.person_id


def data(db: Database, journal: Journal, message_id: int, now: int) -> wire.Dossier:
    """Everything that is kept about whoever got this letter.

    Raises:
        NotFound: as `person_of`.
    """
    person_id = person_of(db, message_id, "my-data", now)
    return dossier.gather(db.read(), journal, person_id, now)


def forget(db: Database, message_id: int, now: int) -> None:
    """Erase whoever got this letter; asked again it changes nothing.

    Raises:
        NotFound: as `person_of`.
    """
    if was_forgotten(db, message_id):
        return
    person_id = person_of(db, message_id, "forget-me", now)
    with db.write() as tx:
        if cards.exists(tx, person_id):
            erase.ask(tx, person_id, now)


def was_forgotten(db: Database, message_id: int) -> bool:
    """Whether this letter is one of somebody who is erased, and was about that."""
    tx = db.read()
    sent = messages.recipient(tx, message_id)
    if sent is None or messages.template_of(tx, message_id) != "forget-me":
        return False
    return cards.is_erased(tx, sent.person_id)
