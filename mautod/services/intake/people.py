"""Take one batch of decoded events into people: who, what changed, what happened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from mautod.core.envelope import RawEvent
from mautod.core.event import Touched
from mautod.core.people.identity import Claim, Directory, Refused, proves, trusted_email
from mautod.core.people.person import Card, apply_traits
from mautod.core.people.session import (
    has_campaign,
    note_origin,
    note_place,
    origin,
    page_path,
    place,
    visit,
)
from mautod.core.people.shop import apply_commerce
from mautod.core.sending.caps import Cap
from mautod.core.sending.machines import Suspects
from mautod.duration import DAY
from mautod.store import events
from mautod.store.db import Tx
from mautod.store.events import Fresh, SeenKey
from mautod.store.people import identities as people
from mautod.store.people import merges
from mautod.store.state import Aside

NAMES: Final = {"page": "Page Viewed", "screen": "Screen Viewed"}
VISITS: Final = frozenset({"track", "identify", "page", "screen"})


class Item(msgspec.Struct, frozen=True, gc=False):
    """One decoded event with where it came from; `person_id` is set for events of our own.

    `facts`: what changed about that person, if it is news of those alone.
    """

    raw: RawEvent
    source: str
    source_id: int
    trusted: bool
    received_at: int
    person_id: int | None = None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the intake must know of the configuration."""

    session_ms: int
    currency: str
    identity_secret: str = field(default="", repr=False)
    soft_bounces: Cap | None = None
    suspects: Suspects = field(default_factory=Suspects)


@dataclass(slots=True)
class Intake:
    """What one batch came to; `fresh` in order of arrival."""

    rules: Rules
    directory: Directory
    fresh: list[Fresh] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    touched: Touched = field(default_factory=Touched)

    def take(self, item: Item, now: int) -> None:
        """Apply one event to its person; what cannot be believed is set aside.

        Nothing more is known of who is erased.
        """
        try:
            card = self._who(item, now)
        except Refused as error:
            self.asides.append(_refused(item, str(error), "userId"))
            return
        if card.erased_at is not None:
            return
        raw = item.raw
        if raw.kind in VISITS and item.person_id is None and not item.trusted:
            self._visit(card, item)
        if raw.traits and raw.kind != "group":
            self._traits(card, item, raw.traits)
        elif item.person_id is not None and not raw.name:
            self._recheck(card, item.facts)
        if raw.kind == "group":
            card.put("group_id", raw.group_id)
        if raw.kind in NAMES or raw.kind == "track":
            name = NAMES.get(raw.kind, raw.name)
            props = {"name": raw.name, **raw.props} if raw.name and raw.kind in NAMES else raw.props
            apply_commerce(card, name, props, raw.ts, self.rules.currency)
            self._happen(card, item, name, props)

    def _who(self, item: Item, now: int) -> Card:
        raw = item.raw
        if item.person_id is not None:
            return self.directory.living(item.person_id)
        claim = self._claim(item)
        if raw.kind == "alias" and raw.previous_id and raw.previous_id != raw.user_id:
            return self.directory.alias(raw.previous_id, claim, now)
        return self.directory.resolve(claim, now)

    def _claim(self, item: Item) -> Claim:
        raw, secret = item.raw, self.rules.identity_secret
        believed = item.trusted or not secret or not raw.user_id
        return Claim(
            user_id=raw.user_id,
            anonymous_id=raw.anonymous_id,
            email=trusted_email(raw.traits, trusted=item.trusted),
            trusted=item.trusted,
            proven=believed or proves(secret, raw.user_id, raw.user_hash),
        )

    def _visit(self, card: Card, item: Item) -> None:
        raw = item.raw
        begins = visit(card, raw.ts, self.rules.session_ms)
        note_place(card, place(raw.context))
        path = page_path(raw.context, raw.props)
        if path and raw.ts == card.last_seen:
            card.put("page", path)
        if not (begins or has_campaign(raw.context, raw.props)):
            return
        found = origin(raw.context, raw.props)
        note_origin(card, found, begins=begins)
        if begins:
            where = {"page": path} if path else {}
            self._happen(card, item, "Session Started", {**found, **where})

    def _traits(self, card: Card, item: Item, traits: Mapping[str, Any]) -> None:
        changes, refusals = apply_traits(card, traits)
        for change in changes:
            self._happen(card, item, change.event, {"old": change.old, "new": change.new})
        self.asides.extend(
            Aside("property", refusal.reason, refusal.prop, item.source) for refusal in refusals
        )

    def _recheck(self, card: Card, facts: Iterable[str]) -> None:
        for fact in facts:
            self.touched.fact(fact, card.id)
        if not facts:
            self.touched.everything.add(card.id)

    def _happen(self, card: Card, item: Item, name: str, props: Mapping[str, Any]) -> None:
        fresh = Fresh(card.id, name, item.raw.ts, item.received_at, item.source_id, dict(props))
        self.fresh.append(fresh)

    def save(self, tx: Tx, now: int) -> list[Fresh]:
        """Write people, identities and merges; the events to store, each at its living person."""
        cards = self.directory.cards.values()
        people.save(tx, cards)
        people.attach(tx, self.directory.attached.items(), now)
        absorbed: dict[int, tuple[int, int]] = {}
        for merge in self.directory.merges:
            absorbed[merge.loser_id] = merge.winner_id, merges.merge(tx, merge, now)
            self.touched.everything.add(self.directory.living(merge.winner_id).id)
        events.add_counter(tx, "people", self._newcomers())
        for card in cards:
            for prop in card.changed if card.merged_into is None else ():
                self.touched.prop(prop, card.id)
            if card.fresh and card.merged_into is None:
                self.touched.everything.add(card.id)
        return [_settled(fresh, absorbed) for fresh in self.fresh]

    def _newcomers(self) -> int:
        made = sum(card.fresh for card in self.directory.cards.values())
        return made - len(self.directory.merges)


def _settled(fresh: Fresh, absorbed: Mapping[int, tuple[int, int]]) -> Fresh:
    """The event at whoever absorbed its person later in the batch, with the merges on the way."""
    person_id, through = fresh.person_id, []
    while person_id in absorbed:
        person_id, merge_id = absorbed[person_id]
        through.append(merge_id)
    if not through:
        return fresh
    return msgspec.structs.replace(fresh, person_id=person_id, merges=tuple(through))


def open_intake(tx: Tx, rules: Rules, items: Sequence[Item]) -> Intake:
    """An intake that knows everybody whom `items` may speak of; call inside `write`."""
    keys = {key for item in items for key in _keys(item)}
    ids = people.find_identities(tx, keys) if keys else {}
    named = {item.person_id for item in items if item.person_id is not None}
    cards = people.load(tx, named.union(ids.values()))
    directory = Directory(
        ids=ids, cards=cards, next_id=people.next_id(tx), parted=merges.parted(tx)
    )
    return Intake(rules, directory)


def _keys(item: Item) -> Iterable[tuple[str, str]]:
    raw = item.raw
    if raw.previous_id:
        yield from (("user", raw.previous_id), ("anonymous", raw.previous_id))
    email = trusted_email(raw.traits, trusted=item.trusted)
    yield from Claim(raw.user_id, raw.anonymous_id, email).keys()


def new_items(tx: Tx, items: Sequence[Item], received_at: int) -> list[Item]:
    """`items` without those whose message id was taken before; marks the others as taken."""
    keys = [_seen_key(item) for item in items]
    yesterday = events.seen_of(tx, _the_day_before(items, keys))
    fresh = events.mark_seen(tx, (key for key in keys if key is not None), received_at // DAY)
    kept = []
    for item, key in zip(items, keys, strict=True):
        if key is None:
            kept.append(item)
        elif key in fresh:
            fresh.discard(key)
            if item.raw.day_key is not None or (key[0] - 1, key[1]) not in yesterday:
                kept.append(item)
    return kept


def _the_day_before(items: Sequence[Item], keys: Sequence[SeenKey | None]) -> Iterator[SeenKey]:
    """Where a first try just before midnight left its mark: no timestamp of the client tells."""
    for item, key in zip(items, keys, strict=True):
        if key is not None and item.raw.day_key is None:
            yield key[0] - 1, key[1]


def _seen_key(item: Item) -> SeenKey | None:
    raw = item.raw
    if not raw.message_id:
        return None
    text = f"{item.source}\0{raw.message_id}".encode()
    digest = hashlib.blake2b(text, digest_size=8).digest()
    day = item.received_at // DAY if raw.day_key is None else raw.day_key
    return day, int.from_bytes(digest, signed=True)


def _refused(item: Item, reason: str, what: str) -> Aside:
    raw = item.raw
    return Aside("event", reason, what, item.source, f"{raw.kind} {raw.name} {raw.message_id}")
