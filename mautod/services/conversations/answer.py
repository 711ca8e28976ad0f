"""What an operator does in a conversation: answer, note, give away, let rest, close.

An answer is a message like any other: it is queued in the transaction that says it, passes the gate
when it leaves (as a letter that is no marketing), and leaves once.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mautod import wire
from mautod.core.mail.thread import Said, answer_subject, quoted, references
from mautod.core.templates import answer
from mautod.errors import BadInput, Conflict, NotFound
from mautod.services.conversations.thread import EMAIL
from mautod.store.conversations import chats, listing, threads
from mautod.store.conversations.threads import NewPart, Part
from mautod.store.db import Tx
from mautod.store.delivery import messages
from mautod.store.people import cards

LONGEST_TEXT: Final = 64 * 1024
LONGEST_NAME: Final = 80
LONGEST_REF: Final = 100
MOST_QUOTED: Final = 10
LONGEST_SNOOZE_MS: Final = 366 * 24 * 3_600_000


def reply(tx: Tx, conversation: int, ask: wire.SayAsk, house: str, now: int) -> wire.Done:
    """Queue an answer by the channel of the conversation; the same `ref` again changes nothing.

    In a chat whose person is there, or has no email, it is shown in the widget, and told by a
    letter if they leave before they read it. `house`: what the workspace is called, where the
    operator gives no name. Inside `write`.

    Raises:
        NotFound: there is no such conversation.
        Conflict: its person has no address, or is erased.
        BadInput: there is nothing to say, or too much.
    """
    chat = found(tx, conversation, now)
    text, ref = _checked(ask), _ref(ask)
    said = threads.by_ref(tx, ref) if ref else None
    if said is not None:
        return wire.Done(0, f"This was said already, in conversation {said[1]}.")
    author = ask.operator.strip()
    person = cards.person(tx, chat.person_id, now)
    address = person[0].email if person is not None else None
    if chat.channel == chats.CHANNEL and (chat.online or not address):
        done = _show(tx, chat, NewPart(now, "out", author, text, ref=ref or None))
    elif person is None or not address:
        raise Conflict(
            f"{chat.person} has no email address", hint="Add one: mautod people set PERSON email=…"
        )
    else:
        channel = EMAIL if chat.channel == chats.CHANNEL else chat.channel
        message = messages.write(tx, chat.person_id, channel, answer.KEY, now)
        letter = letter_of(tx, chat, text, author or house, person[0].language)
        part = NewPart(now, "out", author, text, message_id=message, letter=letter, ref=ref or None)
        threads.say(tx, conversation, part)
        done = wire.Done(1, f"Message {message} to {address} is queued.")
    if chat.state == threads.SNOOZED:
        threads.set_state(tx, conversation, threads.OPEN, None, now)
    return done


def _show(tx: Tx, chat: wire.Chat, part: NewPart) -> wire.Done:
    threads.say(tx, chat.id, part)
    chats.owe(tx, chat.id)
    if chat.online:
        return wire.Done(1, "It is in the open chat; a letter follows if they go without reading.")
    return wire.Done(1, "It waits in the chat: its person is away and has no email.")


def typing(tx: Tx, conversation: int, operator: str, now: int) -> wire.Done:
    """Show in the widget that an operator types, for some seconds; inside `write`.

    Raises:
        NotFound: there is no such conversation.
        BadInput: this is no name.
    """
    found(tx, conversation, now)
    chats.typing(tx, conversation, checked_name(operator), now)
    return wire.Done(1, f"Conversation {conversation} shows that you type.")


def read(tx: Tx, conversation: int, now: int) -> wire.Done:
    """Show in the widget that all of it was read; inside `write`.

    Raises:
        NotFound: there is no such conversation.
    """
    found(tx, conversation, now)
    changed = chats.seen(tx, conversation)
    return wire.Done(int(changed), f"Conversation {conversation} is read.")


def note(tx: Tx, conversation: int, ask: wire.SayAsk, now: int) -> wire.Done:
    """Add a note that only colleagues see; inside `write`.

    Raises:
        NotFound: there is no such conversation.
        BadInput: there is nothing to say, or too much.
    """
    found(tx, conversation, now)
    text, ref = _checked(ask), _ref(ask)
    if ref and threads.by_ref(tx, ref) is not None:
        return wire.Done(0, "This was noted already.")
    threads.say(tx, conversation, NewPart(now, "note", ask.operator.strip(), text, ref=ref or None))
    return wire.Done(1, f"Noted in conversation {conversation}.")


def give(tx: Tx, conversation: int, operator: str, now: int) -> wire.Done:
    """Make it an operator's, or nobody's; inside `write`.

    Raises:
        NotFound: there is no such conversation.
        BadInput: this is no name.
    """
    found(tx, conversation, now)
    name = checked_name(operator)
    changed = threads.set_operator(tx, conversation, name)
    whose = f"{name}'s" if name else "nobody's"
    return wire.Done(int(changed), f"Conversation {conversation} is {whose} now.")


def close(tx: Tx, conversation: int, now: int) -> wire.Done:
    """Close it until its person writes again; inside `write`.

    Raises:
        NotFound: there is no such conversation.
    """
    found(tx, conversation, now)
    changed = threads.set_state(tx, conversation, threads.CLOSED, None, now)
    return wire.Done(int(changed), f"Conversation {conversation} is closed.")


def reopen(tx: Tx, conversation: int, now: int) -> wire.Done:
    """Open it again, closed or at rest; inside `write`.

    Raises:
        NotFound: there is no such conversation.
    """
    found(tx, conversation, now)
    changed = threads.set_state(tx, conversation, threads.OPEN, None, now)
    return wire.Done(int(changed), f"Conversation {conversation} is open.")


def snooze(tx: Tx, conversation: int, until: int, now: int) -> wire.Done:
    """Let it rest until an instant, or until its person writes; inside `write`.

    Raises:
        NotFound: there is no such conversation.
        BadInput: the instant is past, or further than a year.
    """
    found(tx, conversation, now)
    if not now < until <= now + LONGEST_SNOOZE_MS:
        raise BadInput(
            "a conversation rests until a time to come, within a year",
            field="until",
            hint='Give "2h", "3d" or a date.',
        )
    changed = threads.set_state(tx, conversation, threads.SNOOZED, until, now)
    return wire.Done(int(changed), f"Conversation {conversation} rests.")


def found(tx: Tx, conversation: int, now: int) -> wire.Chat:
    """One conversation.

    Raises:
        NotFound: there is no such conversation.
    """
    chat = listing.conversation(tx, conversation, now)
    if chat is None:
        raise NotFound(
            f"there is no conversation {conversation}", field="chat", hint="See: mautod chat list"
        )
    return chat


def letter_of(
    tx: Tx,
    chat: wire.Chat,
    text: str,
    signed: str,
    language: str,
    without: Collection[int] = (),
) -> dict[str, object]:
    """What an answer's letter is filled with; it quotes what was said but for parts `without`."""
    said_parts = threads.parts(tx, chat.id)
    parts = [part for part in said_parts if part.direction != "note" and part.id not in without]
    mails = [part for part in parts if part.mail_ref]
    said = [Said(part.at, _who(part, chat, signed), part.text) for part in parts if part.text]
    return {
        "subject": answer_subject(chat.subject),
        "text": text,
        "quote": quoted(said[-MOST_QUOTED:][::-1], language),
        "references": references(mails[-1].mail_refs, mails[-1].mail_ref) if mails else [],
    }


def _who(part: Part, chat: wire.Chat, house: str) -> str:
    return chat.person if part.direction == "in" else part.author or house


def _checked(ask: wire.SayAsk) -> str:
    text = "".join(c for c in ask.text if c.isprintable() or c in "\n\t").strip()
    checked_name(ask.operator)
    if not text:
        raise BadInput("there is nothing to say", field="text")
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"{len(text)} characters are too many", hint=f"At most {LONGEST_TEXT}.")
    return text


def _ref(ask: wire.SayAsk) -> str:
    if len(ask.ref) > LONGEST_REF:
        raise BadInput(f"a ref has at most {LONGEST_REF} characters", field="ref")
    return ask.ref


def checked_name(operator: str) -> str:
    """The name of an operator, empty for nobody.

    Raises:
        BadInput: this is no name.
    """
    name = operator.strip()
    if len(name) > LONGEST_NAME or not (name.isprintable() or not name):
        raise BadInput(
            f"{operator[:40]!r} is no name", field="operator", hint=f"Up to {LONGEST_NAME} letters."
        )
    return name
