"""What an operator writes on a person's card: checked at once, done by the digest.

The change takes the road of every other, through the inbox, so that segments and chains follow it
in the same transaction; `Person Edited` tells the timeline what an operator did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mautod import wire
from mautod.core.envelope import EDITED, Reject, Request, split
from mautod.core.people.person import LONGEST_NAME, TAGS, Card, apply_traits
from mautod.errors import BadInput, NotFound
from mautod.store import inbox
from mautod.store.db import Tx
from mautod.store.people import identities as people

"""The property that holds a person's tags, a list."""


def edit(tx: Tx, person_id: int, ask: wire.ChangeAsk, now: int) -> wire.Done:
    """Leave the change of one living person for the digest; inside `write`.

    Raises:
        BadInput: something in it cannot be taken; nothing of it was kept.
        NotFound: the person was erased.
    """
    told = check(ask)
    card = people.load(tx, [person_id])[person_id]
    if card.erased_at is not None:
        raise NotFound(f"person {person_id} was erased", field="person")
    return _leave(tx, card, told, now)


def edit_all(tx: Tx, ids: Sequence[int], ask: wire.ChangeAsk, now: int) -> int:
    """Leave the same change of many living people for the digest; how many it changes.

    Whom it would not change, and whose data cannot take it, are passed over. Inside `write`.

    Raises:
        BadInput: something in it cannot be taken by anybody.
    """
    told = check(ask)
    for traits in _traits(told):
        _check_shape(traits, now)
    cards = people.load(tx, ids)
    return sum(_leave_if_new(tx, cards[person], told, now) for person in ids)


def _leave_if_new(tx: Tx, card: Card, told: Mapping[str, Any], now: int) -> bool:
    parts = _traits(told)
    refusals = [refusal for traits in parts for refusal in apply_traits(card, traits)[1]]
    if refusals or not card.changed:
        return False
    for traits in parts:
        inbox.change(tx, now, card.id, traits)
    inbox.post(tx, now, card.id, EDITED, told)
    return True


def check(ask: wire.ChangeAsk) -> dict[str, Any]:
    """What of it is to be done, as the timeline will tell it.

    Raises:
        BadInput: it changes nothing, or a tag is none.
    """
    told = {"set": ask.set, "tag": _tags(ask.tag), "untag": _tags(ask.untag)}
    told = {what: value for what, value in told.items() if value}
    if not told:
        raise BadInput("nothing to change", field="set", hint="Name a property or a tag.")
    both = set(ask.tag).intersection(ask.untag)
    if both:
        raise BadInput(f"the tag {min(both)!r} is both to be put on and taken off", field="tag")
    return told


def _leave(tx: Tx, card: Card, told: Mapping[str, Any], now: int) -> wire.Done:
    parts = _traits(told)
    for traits in parts:
        _check_shape(traits, now)
        _, refusals = apply_traits(card, traits)
        for refusal in refusals:
            raise BadInput(f"{refusal.prop}: {refusal.reason}", field=refusal.prop)
    for traits in parts:
        inbox.change(tx, now, card.id, traits)
    inbox.post(tx, now, card.id, EDITED, told)
    names = ", ".join(sorted(card.changed))
    text = f"person {card.id}: {names} set" if names else f"person {card.id} is so already"
    return wire.Done(len(card.changed), f"{text}.")


def _traits(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    tags = {
        operation: {TAGS: told[what]}
        for what, operation in (("tag", "$union"), ("untag", "$remove"))
        if what in told
    }
    return [traits for traits in (told.get("set", {}), tags) if traits]


def _tags(given: Iterable[str]) -> list[str]:
    tags = list(dict.fromkeys(given))
    for tag in tags:
        if not (tag.strip() == tag and tag.isprintable() and 0 < len(tag.encode()) <= LONGEST_NAME):
            raise BadInput(
                f"{tag!r} is no tag", field="tag", hint=f"1 to {LONGEST_NAME} bytes of plain text."
            )
    return tags


def _check_shape(traits: Mapping[str, Any], now: int) -> None:
    """Hold an operator's values to the bounds of everybody's: size, depth, names."""
    item = {"type": "identify", "userId": "operator", "traits": traits}
    body = msgspec.json.encode({"batch": [item]})
    (part,) = split(Request(now, "", "batch", "", body))
    if isinstance(part, Reject):
        raise BadInput(part.reason, field=part.field or "set")
