"""An answer that came in opens a conversation with its person, or continues the one it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.core.mail.thread import subject_of, thread_of
from mautod.store.conversations import threads
from mautod.store.conversations.threads import NewPart
from mautod.store.db import Tx
from mautod.store.delivery.receipts import Addressee

EMAIL: Final = "email"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person wrote, in which mail."""

    mail: int
    at: int
    subject: str
    text: str


def take_answer(tx: Tx, answer: Answer, sent: Addressee) -> int:
    """Put an answer to a message into its conversation; the number of that. Inside `write`."""
    found = threads.of_message(tx, sent.message_id, sent.person_id)
    if found is None:
        found = continue_(tx, sent.person_id, answer.subject, sent.channel, answer.at)
        # The letter that it answers comes first, so that operators see what it is about.
        at = sent.sending_at or answer.at
        threads.say(tx, found, NewPart(at, "out", message_id=sent.message_id))
    threads.say(tx, found, NewPart(answer.at, "in", text=answer.text, mail_id=answer.mail))
    return found


def continue_(tx: Tx, person_id: int, subject: str, channel: str, at: int) -> int:
    """The conversation of a person about a subject, begun if there is none. Inside `write`."""
    thread = thread_of(subject)
    found = threads.latest(tx, person_id, thread)
    return found or threads.start(tx, person_id, subject_of(subject), thread, channel, at)
