"""Who an event belongs to: identities, proof, and merges.

Identities are unique (kind, value) → person. An unknown user id is attached to the anonymous
person, a known one absorbs it; two people with different user ids are never merged on their own.
Email merges only on trusted evidence: what a visitor types proves nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import msgspec

from mautod.core.people.person import Card, absorb, address_key, clean_email, may_merge

Key = tuple[str, str]

LONGEST: Final = 255


class Refused(Exception):
    """The event's claim about who it is cannot be believed; the text says why."""


class Claim(msgspec.Struct, frozen=True, gc=False):
    """Who an event says it is from; empty strings say nothing.

    `trusted`: a server said so. `proven`: the user id came with its valid hash, or needs none.
    """

    user_id: str = ""
    anonymous_id: str = ""
    email: str = ""
    trusted: bool = False
    proven: bool = True

    def keys(self) -> list[Key]:
        """Every identity that this claim may ask for."""
        named = (("user", self.user_id), ("anonymous", self.anonymous_id), ("email", self.email))
        return [(kind, value) for kind, value in named if value]


@dataclass(frozen=True, slots=True)
class Merge:
    """`winner_id` absorbed `loser_id`; `snapshot` is both cards as they were."""

    winner_id: int
    loser_id: int
    reason: str
    snapshot: Mapping[str, Any]


def trusted_email(traits: Mapping[str, Any], *, trusted: bool) -> str:
    """The address by which a server's word finds a person; empty for everybody else's."""
    address = clean_email(traits.get("email")) if trusted else None
    return address_key(address) if address else ""


def proves(secret: str, user_id: str, user_hash: str) -> bool:
    """Whether `user_hash` is the HMAC-SHA256 of `user_id` in hex; constant time."""
    right = hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, user_hash.lower())


@dataclass(slots=True)
class Directory:
    """The identities and cards that one batch needs, and what the batch made of them.

    `ids`, `cards` and `parted` come from storage: pairs that an operator told apart, never to be
    merged on their own again. `attached` and `merges` are to be written back in order.
    """

    ids: dict[Key, int]
    cards: dict[int, Card]
    next_id: int
    parted: Collection[tuple[int, int]] = ()
    attached: dict[Key, int] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)

    def find(self, key: Key) -> Card | None:
        """Whoever has this identity now."""
        person_id = self.ids.get(key) if key[1] else None
        return None if person_id is None else self.living(person_id)

    def living(self, person_id: int) -> Card:
        """The card of `person_id`, or of whoever absorbed it."""
        card = self.cards[person_id]
        while card.merged_into is not None:
            card = self.cards[card.merged_into]
        return card

    def resolve(self, claim: Claim, now: int) -> Card:
        """The person behind `claim`, made or merged if need be.

        Raises:
            Refused: the user id needs proof and has none.
        """
        card = self._by_user(claim, now) if claim.user_id else self._by_visit(claim, now)
        return self._by_email(claim, card) if claim.email else card

    def alias(self, previous: str, claim: Claim, now: int) -> Card:
        """Like `resolve`, and `previous` is the same person.

        Raises:
            Refused: that would merge two known users on a browser's word.
        """
        card = self.resolve(claim, now)
        known = self.find(("anonymous", previous)) or self.find(("user", previous))
        if known is None:
            self._attach(("anonymous", previous), card)
        elif known is not card:
            if not (claim.trusted or may_merge(card, known)):
                raise Refused("previousId belongs to another known user")
            if self._are_parted(card, known):
                raise Refused("previousId belongs to a person whom an operator told apart")
            self._merge(card, known, "alias")
        return card

    def _by_user(self, claim: Claim, now: int) -> Card:
        user = self.find(("user", claim.user_id))
        visitor = self.find(("anonymous", claim.anonymous_id))
        if not claim.proven and (user is None or user is not visitor):
            raise Refused("userId needs userHash, the HMAC-SHA256 of the id")
        card = user or self._newly_named(claim, visitor, now)
        if claim.anonymous_id and visitor is not card:
            if visitor and visitor.user_id is None and not self._are_parted(card, visitor):
                self._merge(card, visitor, "login")
            else:
                self._attach(("anonymous", claim.anonymous_id), card)
        return card

    def _newly_named(self, claim: Claim, visitor: Card | None, now: int) -> Card:
        nameless = (
            card
            for card in (visitor, self.find(("email", claim.email)))
            if card is not None and card.user_id is None
        )
        card = next(nameless, None) or self._create(now)
        card.put("user_id", claim.user_id)
        self._attach(("user", claim.user_id), card)
        return card

    def _by_visit(self, claim: Claim, now: int) -> Card:
        visitor = self.find(("anonymous", claim.anonymous_id))
        card = visitor or self.find(("email", claim.email)) or self._create(now)
        if claim.anonymous_id and visitor is None:
            self._attach(("anonymous", claim.anonymous_id), card)
        return card

    def _by_email(self, claim: Claim, card: Card) -> Card:
        owner = self.find(("email", claim.email))
        if owner is None:
            self._attach(("email", claim.email), card)
        elif owner is not card and may_merge(owner, card) and not self._are_parted(owner, card):
            winner, loser = (card, owner) if card.user_id else (owner, card)
            self._merge(winner, loser, "email")
            return winner
        return card

    def _create(self, now: int) -> Card:
        card = Card(id=self.next_id, created_at=now, fresh=True)
        self.next_id += 1
        self.cards[card.id] = card
        return card

    def _attach(self, key: Key, card: Card) -> None:
        self.ids[key] = card.id
        self.attached[key] = card.id

    def _merge(self, winner: Card, loser: Card, reason: str) -> None:
        self.merges.append(join(winner, loser, reason))

    def _are_parted(self, one: Card, other: Card) -> bool:
        return (one.id, other.id) in self.parted or (other.id, one.id) in self.parted


def join(winner: Card, loser: Card, reason: str) -> Merge:
    """Let `winner` absorb `loser`; the merge to record, with both as they were."""
    snapshot = {"winner": _picture(winner), "loser": _picture(loser)}
    absorb(winner, loser)
    return Merge(winner.id, loser.id, reason, snapshot)


def _picture(card: Card) -> dict[str, Any]:
    shown = asdict(card)
    del shown["changed"], shown["fresh"]
    return shown
