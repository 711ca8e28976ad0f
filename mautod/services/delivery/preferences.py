"""What people choose for themselves on the page that a letter leads to.

The link is the proof of who they are; it came to their mailbox. What they see and what they save is
compared inside one transaction, so that saving a page twice, or an old one, says nothing new about
what it did not show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mautod.core.sending.consent import (
    ALL,
    Consent,
    Proof,
    address_key,
    against,
    first_of,
    says_yes,
)
from mautod.core.sending.preferences import (
    ALWAYS,
    LONGEST_NOTE,
    LONGEST_PAUSE,
    NO_WISHES,
    OFFERED,
    REASONS,
    Preferences,
)
from mautod.core.sending.topics import OUT, Topic
from mautod.errors import BadInput, NotFound
from mautod.services.definitions.topics import topics as topics_in_force
from mautod.services.delivery.consent import FromMessage, unsubscribe_in
from mautod.services.delivery.optin import Answer, Wish, subscribe_in
from mautod.store import inbox
from mautod.store.db import Database, Tx
from mautod.store.delivery import consent, messages, partings, preferences
from mautod.store.delivery.messages import Recipient
from mautod.store.people import cards
from mautod.store.people import identities as people

SOURCE: Final = "preferences"
CHANGED: Final = "Preferences Changed"

Place = tuple[str, str]
"""(topic, channel)"""


@dataclass(frozen=True, slots=True)
class Choice:
    """One topic on one channel: `on` if it comes, `waiting` if it comes when it is confirmed."""

    topic: Topic
    channel: str
    on: bool
    waiting: bool

    @property
    def place(self) -> Place:
        return self.topic.key, self.channel


@dataclass(frozen=True, slots=True)
class Chosen:
    """All that somebody's page shows; times are instants in UTC ms, `zone` is theirs or empty."""

    person_id: int
    address: str
    language: str
    zone: str
    choices: tuple[Choice, ...]
    wishes: Preferences


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page was saved with.

    `shown` are the places that it offered, `on` those of them that were ticked, each with the words
    beside it. `pause_until` is None to leave the pause alone, 0 to end it; an empty language leaves
    that alone.
    """

    shown: Mapping[Place, str]
    on: frozenset[Place]
    frequency: Mapping[str, str] = field(default_factory=dict)
    pause_until: int | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """`waiting`: topics that must be confirmed; `asked`: a letter about it is on its way."""

    waiting: tuple[str, ...] = ()
    asked: bool = False


def chosen(db: Database, message_id: int, channels: Sequence[str]) -> Chosen:
    """The page of whoever got this message.

    Raises:
        NotFound: no such message, or its person is gone.
    """
    tx = db.read()
    sent = _recipient(tx, message_id)
    card = people.load(tx, [sent.person_id])[sent.person_id]
    wishes = preferences.of_people(tx, [sent.person_id]).get(sent.person_id, NO_WISHES)
    return Chosen(
        sent.person_id,
        sent.address or sent.email,
        card.language or "",
        card.timezone or "",
        tuple(_choices(tx, sent, channels)),
        wishes,
    )


def save(db: Database, message_id: int, asked: Asked, proof: Proof, now: int) -> Saved:
    """Record what differs from what holds, in one transaction; idempotent.

    Raises:
        NotFound: as `chosen`.
        BadInput: a frequency or a pause that is not offered.
    """
    _check(asked, now)
    with db.write() as tx:
        sent = _recipient(tx, message_id)
        known = {each.place: each for each in _choices(tx, sent, _channels(asked))}
        answers: list[Answer] = []
        for place, words in asked.shown.items():
            if (choice := known.get(place)) is not None:
                told = replace(proof, text=words, message=message_id)
                answers += _decide(tx, sent, _Wanted(choice, place in asked.on, told), now)
        _wishes(tx, sent.person_id, asked, now)
    waiting = tuple(topic for answer in answers for topic in answer.waiting)
    return Saved(waiting, any(answer.letter is not None for answer in answers))


def stop(db: Database, message_id: int, proof: Proof, now: int) -> None:
    """Say no to everything, for the person and for their addresses.

    Raises:
        NotFound: as `chosen`.
    """
    with db.write() as tx:
        _recipient(tx, message_id)
        who = FromMessage(message_id)
        unsubscribe_in(tx, who, now, topic=ALL, channel=ALL, source=SOURCE, proof=proof)


def part(db: Database, message_id: int, reason: str, note: str, now: int) -> None:
    """Note why somebody left by this message; the last word counts.

    Raises:
        NotFound: as `chosen`.
        BadInput: no reason that is offered.
    """
    if reason not in REASONS:
        raise BadInput("no such reason", field="reason")
    with db.write() as tx:
        sent = _recipient(tx, message_id)
        partings.put(tx, message_id, sent, reason, note.strip()[:LONGEST_NOTE], now)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One place of a page as it was saved, with the words that stood beside it."""

    choice: Choice
    on: bool
    proof: Proof


def _decide(tx: Tx, sent: Recipient, wanted: _Wanted, now: int) -> list[Answer]:
    choice, proof = wanted.choice, wanted.proof
    if wanted.on == (choice.on or choice.waiting):
        return []
    topic, channel = choice.place
    if wanted.on:
        proven = address_key(sent.address) in {"", address_key(sent.email)}
        wish = Wish((topic,), SOURCE, channel, proof, proven=proven)
        return [subscribe_in(tx, sent.person_id, wish, now)]
    who = FromMessage(proof.message or 0)
    unsubscribe_in(tx, who, now, topic=topic, channel=channel, source=SOURCE, proof=proof)
    return []


def _wishes(tx: Tx, person_id: int, asked: Asked, now: int) -> None:
    told: dict[str, object] = {}
    for about, often in asked.frequency.items():
        is_new = preferences.put_frequency(tx, person_id, about, often, now)
        if is_new:
            told[f"frequency {about}"] = often
    if asked.pause_until is not None and preferences.put_pause(
        tx, person_id, asked.pause_until, now
    ):
        told["pause_until"] = asked.pause_until
    if told:
        inbox.post(tx, now, person_id, CHANGED, told)
    if asked.language:
        inbox.change(tx, now, person_id, {"language": asked.language})


def _check(asked: Asked, now: int) -> None:
    for often in asked.frequency.values():
        if often not in (ALWAYS, *OFFERED):
            raise BadInput(f"{often!r} is not offered", field="frequency")
    until = asked.pause_until
    if until and not now < until <= now + LONGEST_PAUSE:
        raise BadInput("a pause lasts at most a year", field="pause")


def _choices(tx: Tx, sent: Recipient, channels: Sequence[str]) -> list[Choice]:
    said = consent.of_person(tx, sent.person_id)
    for address in {address_key(each) for each in (sent.address, sent.email) if each}:
        said += consent.of_address(tx, address)
    return [
        _choice(topic, channel, said)
        for topic in topics_in_force(tx).values()
        for channel in channels
    ]


def _choice(topic: Topic, channel: str, said: Sequence[Consent]) -> Choice:
    is_open = next(against(said, channel, (topic.key,)), None) is None
    asked = topic.default != OUT or says_yes(said, channel, topic.key)
    refused = first_of(said, "unsubscribed", channel, (topic.key,)) is not None
    pending = first_of(said, "pending", channel, (topic.key,)) is not None
    return Choice(topic, channel, is_open and asked, pending and not refused)


def _channels(asked: Asked) -> list[str]:
    return list(dict.fromkeys(channel for _, channel in asked.shown))


def _recipient(tx: Tx, message_id: int) -> Recipient:
    sent = messages.recipient(tx, message_id)
    if sent is None or not cards.exists(tx, sent.person_id):
        raise NotFound("This message is not known any more.")
    return sent
