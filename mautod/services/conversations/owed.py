"""Answers that a visitor left before reading: a letter tells them, once."""

from __future__ import annotations

from typing import Final

from mautod.core.templates import answer as template
from mautod.duration import DAY
from mautod.services.conversations.answer import found, letter_of
from mautod.services.conversations.thread import EMAIL
from mautod.store.conversations import chats
from mautod.store.conversations.listing import AWAY_MS
from mautod.store.db import Database, Tx
from mautod.store.delivery import messages
from mautod.store.people import cards

MOST: Final = 100
LATEST_MS: Final = 30 * DAY
"""Who was not there for so long, and gave no address, is not looked for any more."""


def settle(db: Database, house: str, now: int) -> int:
    """Queue a letter to each who is gone and has not read; how many, at most 100.

    `house`: what the workspace is called, where an operator gave no name.
    """
    if not chats.owed(db.read(), now - LATEST_MS, now - AWAY_MS, 1):
        return 0
    with db.write() as tx:
        waiting = chats.owed(tx, now - LATEST_MS, now - AWAY_MS, MOST)
        for conversation in waiting:
            _write(tx, conversation, house, now)
    return len(waiting)


def _write(tx: Tx, conversation: int, house: str, now: int) -> None:
    unread = chats.unread(tx, conversation)
    chat = found(tx, conversation, now)
    person = cards.person(tx, chat.person_id, now)
    if not unread or person is None:
        chats.settled(tx, conversation)
        return
    text = "\n\n".join(text for _, _, text in unread)
    signed = next((author for _, author, _ in unread[::-1] if author), house)
    numbers = [part for part, _, _ in unread]
    letter = letter_of(tx, chat, text, signed, person[0].language, without=numbers)
    message = messages.write(tx, chat.person_id, EMAIL, template.KEY, now)
    chats.carried(tx, conversation, numbers, message, letter)
