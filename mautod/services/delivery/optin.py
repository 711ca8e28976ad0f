"""Saying yes: at once where that is enough, by a click in a letter where it must be confirmed.

A request confirms nothing. It changes what somebody gets in one case alone: where they had said
nothing, the topic is held back until they confirm. Only who can read the mailbox says yes for its
address, so a no that was said there is lifted by a confirmation, by the page that a letter leads
to, or by an operator, and never by a form or a file.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mautod.core.files.definition import nearest
from mautod.core.sending.consent import (
    ALL,
    NO_PROOF,
    Consent,
    Proof,
    address_key,
    against,
    says_yes,
)
from mautod.core.sending.topics import Topic
from mautod.duration import DAY, HOUR
from mautod.errors import BadInput, NotFound
from mautod.services.definitions.topics import topics as topics_in_force
from mautod.store import inbox
from mautod.store.db import Database, Tx
from mautod.store.delivery import consent as store
from mautod.store.delivery import ledger, messages, optin
from mautod.store.people import cards

CONFIRM: Final = "confirm"
"""The template of the letter that asks for the click."""
CHANNEL: Final = "email"
SUBSCRIBED: Final = "Subscribed"
LASTS: Final = 30 * DAY
"""So long a request may be confirmed."""
MOST_LETTERS: Final = 3
"""So many letters an address is sent in that time, whoever asks and however often."""
MOST_TOPICS: Final = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, and how it came about.

    `proven`: by whoever reads the mailbox, or by an operator's word. `confirmed`: no letter asks
    again, whatever the topic says; `asks`: one does, whatever it says. An empty channel means every
    one.
    """

    topics: tuple[str, ...]
    source: str
    channel: str = ""
    proof: Proof = NO_PROOF
    proven: bool = False
    confirmed: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a wish came to, topic by topic.

    `letter` is the message that asks for the click, None if none was sent: nothing waits, there is
    no address, or it has had enough of them.
    """

    subscribed: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    letter: int | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The topics that a click in a letter confirmed; `new` if it was the first."""

    topics: tuple[str, ...]
    new: bool


def subscribe(db: Database, person_id: int, wish: Wish, now: int) -> Answer:
    """Let a living person have what they wish, in one transaction; asked again it is no news.

    Raises:
        NotFound: no such person.
        BadInput: there is no such topic, or none is named.
    """
    with db.write() as tx:
        person = cards.living(tx, person_id)
        if person is None or not cards.exists(tx, person):
            raise NotFound(f"there is no person {person_id}")
        known = topics_in_force(tx)
        for topic in wish.topics:
            if topic not in known and topic != ALL:
                hint = nearest(topic, known) or "They are the tables of topics.toml."
                raise BadInput(f"there is no topic {topic!r}", field="topic", hint=hint)
        return subscribe_in(tx, person, wish, now)


def subscribe_in(tx: Tx, person_id: int, wish: Wish, now: int) -> Answer:
    """As `subscribe`, inside a `write` of the caller's; topics that are not there are passed over.

    Raises:
        BadInput: no topic is named that there is.
    """
    known = topics_in_force(tx)
    named = [topic for topic in dict.fromkeys(wish.topics) if topic in known or topic == ALL]
    if not named:
        raise BadInput("no topic is named", field="topic")
    email = address_key(messages.email_of(tx, person_id) or "")
    said = [*store.of_person(tx, person_id), *(store.of_address(tx, email) if email else ())]
    channel = wish.channel or ALL
    already = tuple(each for each in named if _is_subscribed(said, channel, each))
    open_ = [each for each in named if each not in already]
    waiting = tuple(
        each for each in open_ if _must_be_confirmed(known.get(each), said, channel, each, wish)
    )
    at_once = tuple(each for each in open_ if each not in waiting)
    _say_yes(tx, person_id, email, at_once, wish, now)
    for each in already:
        if not _must_be_confirmed(known.get(each), said, channel, each, wish):
            store.say_again(tx, person_id, Consent(channel, each, "subscribed", now, wish.source))
    letter = _ask(tx, person_id, email, waiting, wish, now) if waiting else None
    return Answer(at_once, already, waiting, letter)


def confirm(db: Database, message_id: int, proof: Proof, now: int) -> Confirmed:
    """Say yes to what was asked for before this letter; once, later clicks change nothing.

    Raises:
        NotFound: no such letter, its person is gone, or it is older than 30 days.
    """
    with db.write() as tx:
        person_id, address, requests = _requested(tx, message_id, now)
        fresh = [each for each in requests if each.confirmed_at is None]
        proof = replace(proof, address=address, message=message_id)
        for each in fresh:
            wish = Wish((each.topic,), _confirmed_by(each.source), each.channel, proof, proven=True)
            _say_yes(tx, person_id, address, (each.topic,), wish, now)
        optin.confirm(tx, fresh, now)
    return Confirmed(tuple(dict.fromkeys(each.topic for each in requests)), bool(fresh))


def to_confirm(db: Database, message_id: int, now: int) -> tuple[str, ...]:
    """The topics that a click in this letter would confirm, or has confirmed.

    Raises:
        NotFound: as `confirm`.
    """
    _, _, requests = _requested(db.read(), message_id, now)
    return tuple(dict.fromkeys(each.topic for each in requests))


def _requested(tx: Tx, message_id: int, now: int) -> tuple[int, str, list[optin.Request]]:
    sent = messages.recipient(tx, message_id)
    gone = NotFound("This letter is not known any more.", hint="Ask for another.")
    if sent is None or not cards.exists(tx, sent.person_id):
        raise gone
    address = address_key(sent.address or sent.email)
    found = optin.asked(tx, sent.person_id, address, now - LASTS, sent.queued_at)
    if not found:
        raise gone
    return sent.person_id, address, found


def _is_subscribed(said: Sequence[Consent], channel: str, topic: str) -> bool:
    """Whether there is a firm yes already, and nothing since that speaks against it."""
    firm = [each for each in said if each.firm]
    asked = topic == ALL or says_yes(firm, channel, topic)
    return asked and not _against(said, channel, topic)


def _must_be_confirmed(
    topic: Topic | None, said: Sequence[Consent], channel: str, key: str, wish: Wish
) -> bool:
    if wish.confirmed:
        return False
    if wish.asks or (topic is not None and topic.double):
        return True
    refused = any(each.by == "address" for each in _against(said, channel, key))
    return refused and not wish.proven


def _against(said: Sequence[Consent], channel: str, topic: str) -> list[Consent]:
    """What speaks against a topic on a channel; with `ALL` on whichever."""
    channels = {ALL, *(each.channel for each in said)} if channel == ALL else {channel}
    return [found for each in channels for found in against(said, each, (topic,))]


def _say_yes(
    tx: Tx, person_id: int, address: str, topics: Collection[str], wish: Wish, now: int
) -> None:
    """Record a firm yes of the person, and where it is proven, for the address too."""
    new = []
    proof = replace(wish.proof, address=wish.proof.address or address)
    for topic in topics:
        will = Consent(wish.channel or ALL, topic, "subscribed", now, wish.source)
        if store.put_consent(tx, person_id, will, proof):
            new.append(topic)
        if wish.proven and address:
            store.put_optout(tx, address, will)
    props = {"channel": wish.channel or ALL, "source": wish.source}
    inbox.post_all(tx, now, [(person_id, SUBSCRIBED, {"topic": topic, **props}) for topic in new])


def _ask(
    tx: Tx, person_id: int, address: str, topics: Sequence[str], wish: Wish, now: int
) -> int | None:
    """Hold the topics back, and ask for the click; the letter, if the address may have one."""
    channel = wish.channel or ALL
    proof = replace(wish.proof, address=wish.proof.address or address)
    known = {(each.channel, each.topic) for each in store.of_person(tx, person_id)}
    for topic in topics:
        will = Consent(channel, topic, "pending", now, wish.source)
        if (channel, topic) in known:
            ledger.note(tx, [person_id], will, proof, "asked")
        else:
            store.put_consent(tx, person_id, will, proof)
    if not address:
        return None
    letter = None
    if optin.letters(tx, address, now - LASTS) < MOST_LETTERS:
        letter = messages.queue(tx, person_id, CHANNEL, CONFIRM, now, now + LASTS - HOUR)
    optin.put(tx, optin.Asked(person_id, now, address, channel, wish.source, letter), topics)
    return letter


def _confirmed_by(source: str) -> str:
    return f"confirmed {source}"[:255]
