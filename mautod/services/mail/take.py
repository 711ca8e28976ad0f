"""What follows from a mail, in the digest's transaction: each mail once, however often it came.

Only what is proven changes something. A mail about no message of ours is kept for an operator to
look at, whoever it says it is from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mautod.core.envelope import Bounce, Receipt
from mautod.core.mail.meaning import Meaning
from mautod.core.sending import receipts as made
from mautod.core.sending import returns
from mautod.core.sending.consent import ALL
from mautod.core.sending.stop_words import is_stop
from mautod.services.conversations.thread import Answer, take_answer
from mautod.services.delivery.consent import FromMessage, unsubscribe_in
from mautod.services.intake.receive import Came
from mautod.services.intake.visits import Happening, about
from mautod.services.mail.arrive import Arrived
from mautod.store.db import Tx
from mautod.store.delivery import receipts
from mautod.store.delivery.receipts import Addressee
from mautod.store.mail import letters
from mautod.store.mail.letters import MATCHED, UNMATCHED, NewLetter

SHOWN_CHARS: Final = 1000
"""How much of an answer its event holds; the conversation holds all of it."""


@dataclass(slots=True)
class Taken:
    """What mails come to: events as they are, and receipts that are still to be resolved."""

    happenings: list[Happening] = field(default_factory=list)
    receipts: list[Came] = field(default_factory=list)


def take(tx: Tx, mails: Sequence[Arrived]) -> Taken:
    """Note mails and what follows from them, each once. Inside `write`."""
    asked = {mail.meaning.about.message for mail in mails if mail.meaning.about is not None}
    known = receipts.addressees(tx, asked) if asked else {}
    taken = Taken()
    for mail in mails:
        sent = known.get(_message(mail.meaning))
        number = letters.add(tx, _letter(mail, sent))
        if number is not None and (sent is not None or mail.meaning.about is None):
            letters.attach(tx, number, mail.files)
        if number is not None and sent is not None:
            _follow(tx, number, mail, sent, taken)
    return taken


def _follow(tx: Tx, number: int, mail: Arrived, sent: Addressee, taken: Taken) -> None:
    match mail.meaning.kind:
        case "unsubscribe":
            unsubscribe_in(tx, FromMessage(sent.message_id), mail.at, source="mail")
        case "reply":
            taken.happenings.append(_replied(tx, number, mail, sent))
        case "bounce" | "complaint" | "delivered":
            taken.receipts.append((_receipt(mail.meaning, sent), mail.at, ""))
        case "automatic" | "unclear" | "delayed":
            pass


def _letter(mail: Arrived, sent: Addressee | None) -> NewLetter:
    """The row of a mail. Of one about somebody who is erased, only that it came."""
    means = mail.meaning
    if sent is None and means.about is not None:
        return NewLetter(mail.at, mail.hash, mail.request_id, means.kind, MATCHED)
    clear = sent is not None and means.kind != "unclear"
    return NewLetter(
        at=mail.at,
        hash=mail.hash,
        request_id=mail.request_id,
        kind=means.kind,
        state=MATCHED if clear else UNMATCHED,
        person_id=sent.person_id if sent else None,
        message_id=sent.message_id if sent else None,
        sender=mail.sender,
        subject=mail.subject,
        text=mail.text,
        ref=mail.ref,
        refs=mail.refs,
        detail=mail.detail,
        left_out=mail.left_out,
    )


def _receipt(means: Meaning, sent: Addressee) -> Receipt:
    if means.kind == "complaint":
        return made.complained(sent.message_id, means.sign)
    if means.fate is None or means.kind == "delivered":
        return made.delivered(sent.message_id)
    verdict = means.fate.verdict
    how: Bounce = "soft" if verdict.kind == "transient" else verdict.kind
    code = means.fate.enhanced or str(means.fate.code or "")
    return made.bounced(sent.message_id, how, code, means.fate.text)


def _replied(tx: Tx, number: int, mail: Arrived, sent: Addressee) -> Happening:
    answer = Answer(number, mail.at, mail.subject, mail.text)
    conversation = take_answer(tx, answer, sent)
    receipts.set_mark(tx, sent.message_id, returns.REPLIED)
    props = {**about(sent), "conversation": conversation, "text": mail.text[:SHOWN_CHARS]}
    if is_stop(mail.text) or (not mail.text and is_stop(mail.subject)):
        who = FromMessage(sent.message_id)
        unsubscribe_in(tx, who, mail.at, topic=ALL, channel=sent.channel, source="reply")
        props["stop"] = True
    return sent.person_id, "Message Replied", props, mail.at


def _message(means: Meaning) -> int:
    return means.about.message if means.about is not None else 0
