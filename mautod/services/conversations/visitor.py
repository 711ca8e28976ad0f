"""The visitor's side of a chat: who may read what, what they say, what is new for them.

A device reads its own conversation by the token that we signed for it; a person who is known reads
their own by a proven user id, on any device. An anonymous id alone reads nothing: it only says
whose a new conversation is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.core.envelope import CHAT_MESSAGE
from mautod.core.people.person import Card
from mautod.errors import BadInput, TooLarge
from mautod.store import inbox
from mautod.store.conversations import chats, threads
from mautod.store.conversations.chats import Shown, Standing
from mautod.store.conversations.threads import NewPart
from mautod.store.db import Tx
from mautod.store.people import cards, identities

LONGEST_TEXT: Final = 4000
SHOWN_CHARS: Final = 1000
"""How much of what was said its event holds; the conversation holds all of it."""
SUBJECT: Final = "Chat"
_REF: Final = re.compile(r"[A-Za-z0-9_\-]{16,64}")


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks: `visitor` is by a token of ours, `user_id` is proven; both may be empty."""

    anonymous_id: str
    visitor: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What a visitor says; the same `ref` again is the same words. `url`: on which page."""

    text: str
    ref: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What a widget has not shown yet, the oldest first, and how the conversation stands.

    `read`: up to which part operators have read; `typist`: who types, since `typing_at`, 0 if
    nobody.
    """

    parts: Sequence[Shown]
    read: int = 0
    typist: str = ""
    typing_at: int = 0


def audience(tx: Tx, claim: Claim) -> list[int]:
    """The conversations that whoever asks may read, that of the device first."""
    device = chats.of_visitor(tx, claim.visitor) if claim.visitor else None
    person = _known(tx, claim)
    own = threads.latest(tx, person, chats.OWN) if person is not None else None
    return [each for each in (device and device[0], own) if each is not None]


def news(tx: Tx, conversations: Sequence[int], after: int) -> News:
    """What was said later than part `after`; with 0 the latest 200."""
    if not conversations:
        return News(())
    return told(chats.standing(tx, conversations), chats.shown(tx, conversations, after))


def told(standing: Iterable[Standing], parts: Sequence[Shown]) -> News:
    """Parts, with how their conversations stand together."""
    stand = list(standing)
    typing = max(stand, key=lambda each: each.typing_at, default=None)
    seen = max((each.seen_id for each in stand), default=0)
    if typing is None or not typing.typing_at:
        return News(parts, seen)
    return News(parts, seen, typing.typist, typing.typing_at)


def say(tx: Tx, claim: Claim, words: Words, now: int) -> int:
    """Put what a visitor says into their conversation, once for each `ref`; its number.

    Someone unknown becomes a person. Inside `write`.

    Raises:
        BadInput: there is nothing to say, no ref, or nobody to say it.
        TooLarge: there is too much to say.
    """
    text, ref = _checked(words)
    found = threads.by_ref(tx, ref)
    if found is not None:
        return found[1]
    conversation, person = _place(tx, claim, now)
    threads.say(tx, conversation, NewPart(now, "in", text=text, ref=ref))
    chats.present(tx, [conversation], now)
    props = {"conversation": conversation, "text": text[:SHOWN_CHARS], "url": words.url}
    inbox.post(tx, now, person, CHAT_MESSAGE, props)
    return conversation


def check(words: Words) -> None:
    """Refuse what cannot be said, before anything is written.

    Raises:
        BadInput: there is nothing to say, or no ref.
        TooLarge: there is too much to say.
    """
    _checked(words)


def _place(tx: Tx, claim: Claim, now: int) -> tuple[int, int]:
    """Where it is said, and by whom: a known person is never heard in a stranger's chat."""
    person = _known(tx, claim)
    device = chats.of_visitor(tx, claim.visitor) if claim.visitor else None
    if device is not None and person in (None, device[1]):
        return device
    if person is not None:
        own = threads.latest(tx, person, chats.OWN)
        return own or chats.start(tx, person, SUBJECT, None, now), person
    if not claim.visitor:
        raise BadInput("a first word needs a token", field="token", hint="Ask with begin first.")
    person = _somebody(tx, claim.anonymous_id, now)
    return chats.start(tx, person, SUBJECT, claim.visitor, now), person


def _known(tx: Tx, claim: Claim) -> int | None:
    return _living(tx, ("user", claim.user_id)) if claim.user_id else None


def _living(tx: Tx, key: tuple[str, str]) -> int | None:
    found = identities.find_identities(tx, [key]).get(key)
    person = cards.living(tx, found) if found is not None else None
    return person if person is not None and cards.exists(tx, person) else None


def _somebody(tx: Tx, anonymous_id: str, now: int) -> int:
    """Who has this anonymous id, made if there is nobody; their events join them later."""
    if not anonymous_id:
        raise BadInput("nobody says it", field="anonymousId")
    key = ("anonymous", anonymous_id)
    found = _living(tx, key)
    if found is not None:
        return found
    card = Card(identities.next_id(tx), now, first_seen=now, last_seen=now, fresh=True)
    identities.save(tx, [card])
    identities.attach(tx, [(key, card.id)], now)
    inbox.recheck(tx, now, card.id)
    return card.id


def _checked(words: Words) -> tuple[str, str]:
    text = "".join(c for c in words.text if c.isprintable() or c in "\n\t").strip()
    if not text:
        raise BadInput("there is nothing to say", field="text")
    if len(text) > LONGEST_TEXT:
        raise TooLarge(f"{len(text)} characters, at most {LONGEST_TEXT} are taken", field="text")
    if _REF.fullmatch(words.ref) is None:
        raise BadInput("a ref is 16 to 64 letters and digits", field="ref")
    return text, f"chat:{words.ref}"
