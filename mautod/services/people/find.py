"""Finding people, and one person's card."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod import clock, wire
from mautod.core.people.words import terms
from mautod.core.rules import printer
from mautod.core.rules.tree import Rule
from mautod.errors import BadInput, Conflict, NotFound, RuleError, Unavailable
from mautod.services.people import merging
from mautod.services.segments import refresh, rules, scores
from mautod.store import listing
from mautod.store.db import Tx
from mautod.store.delivery import consent
from mautod.store.listing import MessageFilter
from mautod.store.people import cards, wordless, words
from mautod.store.people import duplicates as shared
from mautod.store.rules import crowd, predicate

SHOWN: Final = 50
"""How many events, runs and messages a card shows."""

MANY: Final = 5000
"""People of a page that nobody looks at."""

LONGEST_ID: Final = 15
"""Digits of an id; longer numbers are somebody's user id or phone."""

MOST_WORDS: Final = 16
"""Typed words that are looked for; those beyond are left out."""

_NEWEST: Final = 2**53
"""A place in the order of ids before everybody's."""

_WORDS: Final = re.compile(r"[\w@.+\-' ()&,\u2019]*")
_RULE_WORDS: Final = re.compile(
    r"\b(after|and|before|contains|did|in|is|known|not|or|segment|unknown)\b"
)
_SHOP: Final = re.compile(
    r"cart|cart_items|cart_amount|viewed_products|orders_count|order_ids|last_order_(id|amount)"
    r"|revenue(_[A-Z]{3})?"
)
_ORIGIN: Final = re.compile(r"(first_)?(utm_(source|medium|campaign|term|content)|referrer)")


def resolve(tx: Tx, text: str) -> int:
    """The living person meant by `text`: an id, a user or anonymous id, or an email.

    Raises:
        NotFound: nobody is known by it.
        Conflict: several people have that address.
    """
    wanted = text.strip()
    asked = asked_id(tx, wanted)
    if asked is not None:
        return _not_erased(tx, cards.living(tx, asked) or asked)
    people = cards.by_identity(tx, wanted) or cards.by_email(tx, wanted)
    if len(people) > 1:
        ids = ", ".join(map(str, people))
        raise Conflict(
            f"{wanted} belongs to several people: {ids}", field="person", hint="Name one by id."
        )
    if not people:
        raise NotFound(
            f"nobody is known as {wanted!r}",
            field="person",
            hint="Give an id, a user id, an anonymous id or an email.",
        )
    return _not_erased(tx, cards.living(tx, people[0]) or people[0])


def _not_erased(tx: Tx, person_id: int) -> int:
    if cards.is_erased(tx, person_id):
        raise NotFound(f"person {person_id} was erased", field="person")
    return person_id


def asked_id(tx: Tx, text: str) -> int | None:
    """The id that `text` is, of a living or an absorbed person; None if it is no id."""
    wanted = text.strip()
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= LONGEST_ID):
        return None
    return int(wanted) if cards.living(tx, int(wanted)) is not None else None


def card(tx: Tx, person_id: int, asked_id: int, now: int) -> wire.Card:
    """All about one person.

    Raises:
        NotFound: there is no such person.
    """
    found = cards.person(tx, person_id, now)
    if found is None:
        raise NotFound(f"there is no person {person_id}", field="person")
    person, props = found
    memberships = cards.memberships(tx, person_id)
    events = listing.events(tx, name="", person=person_id, after=None, limit=SHOWN)
    return wire.Card(
        person=person,
        asked_id=asked_id,
        merged_from=cards.absorbed(tx, person_id),
        identities=cards.identities(tx, person_id),
        shop=_those(props, _SHOP),
        origin=_those(props, _ORIGIN),
        props={k: v for k, v in props.items() if not (_SHOP.fullmatch(k) or _ORIGIN.fullmatch(k))},
        segments=memberships,
        consent=cards.consent(tx, person_id),
        suppressed=_suppressed(tx, person),
        runs=listing.runs_of(tx, person_id, SHOWN),
        messages=listing.messages(tx, MessageFilter(person=person_id), None, SHOWN),
        timeline=events,
        earned=cards.earned(tx, person_id),
        events=cards.event_count(tx, person_id),
        merges=merging.merges_of(tx, person_id),
        scores=scores.on_card(tx, person_id),
        stage=_stage(memberships),
    )


def _stage(memberships: Sequence[wire.Membership]) -> str:
    staged = [(each.stage, each.key) for each in memberships if each.stage is not None]
    return max(staged)[1] if staged else ""


def _those(props: Mapping[str, Any], names: re.Pattern[str]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if names.fullmatch(key)}


def _suppressed(tx: Tx, person: wire.Person) -> dict[str, str]:
    if not person.email:
        return {}
    found = next(iter(consent.suppressed(tx, "email", [person.email]).values()), None)
    return {"email": found.reason} if found else {}


def duplicates(tx: Tx, by: str, after: str, limit: int, now: int) -> wire.DuplicatePage:
    """Groups of living people who share an email, a phone or a name, in its order.

    Raises:
        BadInput: `by` is none of these.
    """
    if by not in shared.KEYS:
        known = ", ".join(shared.KEYS)
        raise BadInput(f"people are not compared by {by!r}", field="by", hint=f"One of: {known}.")
    items, more = listing.page(shared.shared(tx, by, after, limit + 1, now), limit)
    return wire.DuplicatePage(items, items[-1].value if more else None)


@dataclass(frozen=True, slots=True)
class Finder:
    """Searches at one instant; `zone` is the workspace's."""

    tx: Tx
    zone: str
    now: int

    def page(self, query: str, after: int | None, limit: int) -> wire.PersonPage:
        """People found by a rule; by plain words, those of whose words each begins one.

        Whose identity the whole text is stands first.

        Raises:
            RuleError: `query` looks like a rule and does not parse.
        """
        rule = _rule(self.tx, query)
        if rule is None:
            return self._spoken(query.strip(), after, limit)
        chosen = crowd.for_a_page(self.tx, rule, zone=self.zone, now=self.now)
        ids = predicate.select_people(
            self.tx, chosen, None, self.now, after=after or 0, limit=limit + 1
        )
        items, more = listing.page(listing.people_by_id(self.tx, ids, self.now), limit)
        warnings = refresh.warnings(self.tx, rule)
        return wire.PersonPage(items, items[-1].id if more else None, printer.show(rule), warnings)

    def _spoken(self, text: str, after: int | None, limit: int) -> wire.PersonPage:
        """A page of those whom plain words find, of everybody where there are none."""
        if not text:
            people = listing.people(self.tx, after, limit + 1, self.now)
            items, more = listing.page(people, limit)
            return wire.PersonPage(items, items[-1].id if more else None)
        first = self._exactly(text)[:limit]
        shown = len(first) if after is None else 0
        typed = terms(text)[:MOST_WORDS]
        sought = limit - shown + len(first) + 1
        found = words.find(self.tx, typed, after, sought) if typed else []
        ids, more = listing.page([each for each in found if each not in first], limit - shown)
        page = ids if after is not None else [*first, *ids]
        told = {each.id: each for each in listing.people_by_id(self.tx, page, self.now)}
        last = ids[-1] if ids else after or _NEWEST
        people = [told[each] for each in page]
        return wire.PersonPage(people, last if more else None, warnings=self._behind())

    def _behind(self) -> list[str]:
        left = wordless.count(self.tx)
        text = f"{left:,} people of an import are not found by words yet".replace(",", " ")
        return [text] if left else []

    def _exactly(self, text: str) -> list[int]:
        """Living people who have `text` for an id or another identity, whole."""
        asked = asked_id(self.tx, text)
        found = [] if asked is None else [cards.living(self.tx, asked) or asked]
        found += cards.by_identity(self.tx, text) + cards.by_email(self.tx, text)
        return [each for each in dict.fromkeys(found) if cards.exists(self.tx, each)]

    def ids(self, query: str) -> list[int]:
        """Everybody whom `page` would list, all pages of it.

        Raises:
            RuleError: `query` looks like a rule and does not parse.
            Unavailable: by words some are not found yet.
        """
        rule = _rule(self.tx, query)
        if rule is None and query.strip() and (behind := self._behind()):
            raise Unavailable(behind[0], hint="A worker sees to it; try again soon.")
        if rule is not None:
            chosen = crowd.for_everybody(self.tx, rule, zone=self.zone, now=self.now)
            return predicate.select_people(self.tx, chosen, None, self.now)
        found = self.page(query, None, MANY)
        people = [person.id for person in found.items]
        while found.next is not None:
            found = self.page(query, found.next, MANY)
            people += [person.id for person in found.items]
        return people

    def preview(self, text: str, limit: int) -> wire.Preview:
        """How many people a rule finds, and some of them.

        Raises:
            RuleError: it does not parse.
        """
        began = clock.monotonic_s()
        found = refresh.preview(self.tx, text, self.now, limit, self.zone)
        took_ms = round((clock.monotonic_s() - began) * 1000, 1)
        sample = listing.people_by_id(self.tx, found.sample, self.now)
        rule = printer.show(rules.read(self.tx, text))
        return wire.Preview(rule, found.count, sample, found.warnings, took_ms)


def _rule(tx: Tx, query: str) -> Rule | None:
    """The rule that `query` is; None when it is words to look for."""
    if not query.strip():
        return None
    try:
        return rules.read(tx, query)
    except RuleError:
        if _WORDS.fullmatch(query) and not _RULE_WORDS.search(query):
            return None
        raise
