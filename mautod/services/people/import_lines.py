"""Lines of a file become people: who each line is, what changes of them, who is refused and why.

It reads storage and writes nothing: what came of it is in its fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mautod import wire
from mautod.core.files.sheet import TAGS, Told, Unfit
from mautod.core.people.identity import Key
from mautod.core.people.person import COLUMNS, Card, apply_traits
from mautod.core.people.words import digits
from mautod.core.sending.consent import address_key
from mautod.store.db import Tx
from mautod.store.people import identities as people
from mautod.store.people import imports
from mautod.store.people.imports import ERASED

SKIP: Final = "skip"
UPDATE: Final = "update"

_PLAIN: Final = frozenset(COLUMNS)


@dataclass(frozen=True, slots=True)
class Change:
    """A contact of somebody known took another value."""

    person_id: int
    event: str
    old: str | None
    new: str | None


@dataclass(slots=True)
class Lines:
    """One step of an import; every line is taken alone, and none stops the others.

    `made` are the ids of those who are new and what their lines tell, `cards` all others whom the
    lines name, and new ones of whom a second line tells. `changed` are the ids of those who are
    known and not as they were, `noted` of whom each line made or changed, `meant` of everybody who
    was taken. `outcomes`: a line, what became of it, and by what a new one is known.
    """

    tx: Tx
    ask: wire.ImportAsk
    now: int
    refused: list[wire.Refused] = field(default_factory=list)
    cards: dict[int, Card] = field(default_factory=dict)
    attached: dict[Key, int] = field(default_factory=dict)
    made: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    outcomes: list[tuple[int, str, Key | None]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    noted: list[int] = field(default_factory=list)
    meant: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _owners: dict[Key, int] = field(default_factory=dict)
    _typed: dict[Key, list[int]] = field(default_factory=dict)
    _suppressed: Mapping[str, str] = field(default_factory=dict)
    _next_id: int = 0

    def take(self, lines: list[Told]) -> None:
        """Settle who each line is and what it changes."""
        self._look_up(lines)
        for told in lines:
            try:
                self._take(told)
            except Unfit as error:
                self.refused.append(wire.Refused(told.line, error.field, error.reason))
        self.noted += list(self.made)
        self.meant.update(self.made)
        self.refused.sort(key=lambda refused: refused.line)
        self.counts["refused"] = len(self.refused)

    def _look_up(self, lines: list[Told]) -> None:
        self._owners = people.find_owners(self.tx, {key for told in lines for key in told.keys})
        if self.ask.typed:
            self._look_up_typed({told.key for told in lines} - self._owners.keys())
        ids = {*self._owners.values(), *(one for some in self._typed.values() for one in some)}
        if ids:
            self.cards = people.load(self.tx, ids)
        addresses = (address for told in lines for address in _addresses(told.values))
        self._suppressed = imports.suppressed(self.tx, addresses)
        self._next_id = people.next_id(self.tx)

    def _look_up_typed(self, keys: set[Key]) -> None:
        """Who has an address that nobody has proven."""
        if self.ask.key == "email":
            for address, person in imports.with_email(self.tx, (value for _, value in keys)):
                self._typed.setdefault(("email", address), []).append(person)
        elif self.ask.key == "phone":
            numbers = {digits(value): ("phone", value) for _, value in keys}
            for number, person in imports.with_phone(self.tx, numbers):
                self._typed.setdefault(numbers[number], []).append(person)

    def _take(self, told: Told) -> None:
        noes = self._suppressed
        if noes and any(noes.get(address) == ERASED for address in _addresses(told.values)):
            raise Unfit("", "was erased, and may come back of their own will alone")
        card = self._who(told)
        if card is None:
            self._make(told)
        elif card.erased_at is not None:
            raise Unfit("", "was erased")
        elif self.ask.known == SKIP:
            self._count(told, "skipped")
        else:
            self._update(card, told)

    def card(self, person: int) -> Card:
        """The card of one of them; of a new one it is made when it is asked for."""
        found = self.cards.get(person)
        if found is None:
            values = self.made[person]
            plain = {prop: value for prop, value in values.items() if prop in _PLAIN}
            props = {prop: value for prop, value in values.items() if prop not in _PLAIN}
            found = Card(person, self.now, props=props, fresh=True, **plain)
            self.cards[person] = found
        return found

    def told(self, person: int) -> Mapping[str, Any]:
        """What is known of one of them, by property."""
        card = self.cards.get(person)
        if card is None:
            return self.made[person]
        return {**card.props, **{prop: getattr(card, prop) for prop in COLUMNS}}

    # --- who ---

    def _who(self, told: Told) -> Card | None:
        """Whom the line is about, if they are known.

        Raises:
            Unfit: what it names belongs to several people.
        """
        if self._owners.keys().isdisjoint(told.keys) and told.key not in self._typed:
            return None
        owner = self._owner(told.key) or self._typer(told.key)
        for key in told.keys[1:]:
            other = self._owner(key)
            if other is None or other is owner:
                continue
            if owner is not None:
                raise Unfit(_prop(key), _parted(owner, other, told.key))
            owner = other
        user = told.values.get("user_id")
        another = owner is not None and user is not None and owner.user_id not in {None, user}
        if owner is not None and another and self._owner(("user", user or "")) is not owner:
            raise Unfit("user_id", f"is another than that of person {owner.id}")
        return owner

    def _owner(self, key: Key) -> Card | None:
        person = self._owners.get(key)
        return None if person is None else self._living(person)

    def _living(self, person: int) -> Card:
        card = self.card(person)
        while card.merged_into is not None:
            card = self.cards[card.merged_into]
        return card

    def _typer(self, key: Key) -> Card | None:
        """Who alone has the address on their card.

        Raises:
            Unfit: several people have.
        """
        found = [self._living(person) for person in self._typed.get(key, ())]
        if key[0] == "phone":
            found = [card for card in found if digits(card.phone or "") == digits(key[1])]
        if len({card.id for card in found}) > 1:
            ids = ", ".join(sorted({str(card.id) for card in found}))
            raise Unfit(_prop(key), f"belongs to several people: {ids}")
        return found[0] if found else None

    # --- what ---

    def _make(self, told: Told) -> None:
        person, values = self._next_id, told.values
        self._next_id += 1
        if self.ask.tags:
            tags = list(dict.fromkeys([*values.get(TAGS, ()), *self.ask.tags]))
            values = {**values, TAGS: tags}
        self.made[person] = values
        for key in told.keys:
            self._owners[key] = self.attached[key] = person
        self._count(told, "new")

    def _count(self, told: Told, what: str) -> None:
        self.counts[what] += 1
        if self.ask.dry:
            self.outcomes.append((told.line, what, told.key if what == "new" else None))

    def _attach(self, told: Told, person: int) -> bool:
        """Give the person what the line names them by; whether any of it was nobody's."""
        free = [key for key in told.keys if key not in self._owners]
        for key in free:
            self._owners[key] = self.attached[key] = person
        return bool(free)

    def _update(self, card: Card, told: Told) -> None:
        trial = replace(card, props=dict(card.props), changed=set())
        changes, refusals = apply_traits(trial, self._traits(card, told.values))
        for refusal in refusals:
            raise Unfit(refusal.prop, refusal.reason)
        if trial.user_id is None and "user_id" in told.values:
            trial.put("user_id", told.values["user_id"])
        self.cards[card.id] = trial
        is_news = bool(trial.changed) | self._attach(told, card.id)
        trial.changed |= card.changed
        self.meant.add(card.id)
        if not is_news:
            self._count(told, "same")
            return
        self._count(told, "updated")
        self.changed.add(card.id)
        self.noted.append(card.id)
        self.changes += (Change(card.id, each.event, each.old, each.new) for each in changes)

    def _traits(self, card: Card, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the line changes; another writing of the same address changes nothing."""
        traits = {prop: value for prop, value in values.items() if prop not in {"user_id", TAGS}}
        email = traits.get("email")
        if email and card.email and address_key(email) == address_key(card.email):
            del traits["email"]
        tags = [*values.get(TAGS, ()), *self.ask.tags]
        return {**traits, "$union": {TAGS: tags}} if tags else traits


def _addresses(values: Mapping[str, Any]) -> Iterable[str]:
    """As they are compared."""
    return (address_key(values[prop]) for prop in ("email", "phone") if prop in values)


def _prop(key: Key) -> str:
    return {"user": "user_id"}.get(key[0], key[0])


def _parted(owner: Card, other: Card, key: Key) -> str:
    return (
        f"belongs to person {other.id}, and the {_prop(key)} to person {owner.id};"
        f" if they are one: mautod people merge {owner.id} {other.id}"
    )
