"""Who wants no more, and addresses never to be used."""

from __future__ import annotations

from typing import Final

from mautod import wire
from mautod.core.files.definition import label
from mautod.core.sending.consent import ALL, Proof
from mautod.core.sending.preferences import NO_WISHES
from mautod.core.sending.topics import Topic
from mautod.errors import BadInput, Conflict, NotFound
from mautod.services.definitions.topics import topics
from mautod.services.delivery import consent, optin
from mautod.services.delivery.consent import Who
from mautod.services.delivery.suppress_lines import take
from mautod.services.desk.base import After, Base, Limit
from mautod.services.people import find as people
from mautod.store import listing
from mautod.store.delivery import ledger, partings, preferences, suppressions
from mautod.store.people import cards

EVERY: Final = frozenset({"", "*", "all"})


class ConsentDesk(Base):
    """Topics, yeses and noes with their proof, and addresses never to be used."""

    def topics(self) -> wire.Topics:
        """Topics with how many people said what of them, and why they left."""
        tx = self._db.read()
        said, addresses = suppressions.people(tx), suppressions.addresses(tx)
        left, known = partings.counts(tx), topics(tx)
        language = self._settings.config.workspace.language
        everything = {ALL: Topic(ALL, {"": "everything"})} if ALL in {*said, *addresses} else {}
        return wire.Topics(
            [
                wire.TopicNumbers(
                    key,
                    topic.name(language),
                    topic.default,
                    topic.double,
                    **said.get(key, {}),
                    addresses=addresses.get(key, 0),
                    left=left.get(key, {}),
                )
                for key, topic in (everything | known).items()
            ]
        )

    def subscribe(self, ask: wire.SubscribeAsk) -> wire.Done:
        """Record that a person wants topics; one with double opt-in asks them by a letter first."""
        if not ask.source.strip():
            raise BadInput("where did they say so?", field="source", hint="Name the source.")
        wish = optin.Wish(
            tuple(ask.topics),
            label(ask.source),
            _one(ask.channel),
            Proof(text=ask.text),
            proven=True,
            confirmed=ask.confirmed,
        )
        person = people.resolve(self._db.read(), ask.person)
        answer = optin.subscribe(self._db, person, wish, self._tools.now())
        return wire.Done(len(answer.subscribed), _told(ask.person, answer))

    def consent(self, person: str) -> wire.PersonConsent:
        """What a person may be written to about, and the ledger of how it came about."""
        tx = self._db.read()
        found = people.resolve(tx, person)
        wishes = preferences.of_people(tx, [found]).get(found, NO_WISHES)
        return wire.PersonConsent(
            found,
            cards.consent(tx, found),
            ledger.of_person(tx, found),
            dict(wishes.frequency),
            wishes.pause_until,
        )

    def consents(self, topic: str = "", after: After = None, limit: Limit = 50) -> wire.SaidPage:
        """The ledger of consent, of one topic or of all, in its order."""
        found = ledger.page(self._db.read(), after or 0, limit + 1, topic)
        items, more = listing.page(found, limit)
        return wire.SaidPage(items, items[-1].id if more else None)

    def unsuppress(self, ask: wire.UnsuppressAsk) -> wire.Done:
        """Let an address, or a domain, be used again."""
        consent.unsuppress(self._db, ask.address, _one(ask.channel), self._tools.now())
        channel = _word("channel", ask.channel)
        return wire.Done(1, f"{ask.address} is not suppressed on {channel} any more.")

    def suppressions_whole(self, after: str = "", limit: Limit = 50) -> wire.SuppressionPage:
        """The whole list, page by page; of erased people there is no address."""
        return wire.SuppressionPage(*suppressions.page(self._db.read(), after, limit))

    def suppress_lines(self, ask: wire.SuppressRows) -> wire.SuppressOutcomes:
        """Take in lines of a list; what became of each."""
        return wire.SuppressOutcomes(take(self._db, ask, self._tools.now()))

    def suppressions(self, limit: Limit = 50) -> wire.Suppressions:
        """Addresses never to be used, the latest first."""
        return wire.Suppressions(listing.suppressions(self._db.read(), limit))

    def suppress(self, ask: wire.SuppressAsk) -> wire.Done:
        """Never send to an address again."""
        new = consent.suppress(
            self._db, ask.address, _one(ask.channel), ask.reason, self._tools.now(), ask.note
        )
        already = "" if new else " already"
        channel = _word("channel", ask.channel)
        return wire.Done(int(new), f"{ask.address} is{already} suppressed on {channel}.")

    def unsubscribe(self, ask: wire.UnsubscribeAsk) -> wire.Done:
        """Take a person off a topic, or off all."""
        done = consent.unsubscribe(
            self._db,
            self._meant(ask.person),
            self._tools.now(),
            topic=_one(ask.topic) or ALL,
            channel=_one(ask.channel) or ALL,
            source="operator",
        )
        already = "" if done.new else " already"
        topic, channel = _word("topic", done.topic), _word("channel", done.channel)
        return wire.Done(
            int(done.new), f"{ask.person} is{already} unsubscribed from {topic} on {channel}."
        )

    def _meant(self, person: str) -> Who:
        try:
            return consent.FromPerson(people.resolve(self._db.read(), person))
        except (NotFound, Conflict):
            if "@" not in person:
                raise
            return consent.FromAddress(person)


def _told(person: str, answer: optin.Answer) -> str:
    """What a wish came to, in words."""
    parts = [
        f"is {verb} {', '.join(topics)}"
        for verb, topics in (
            ("subscribed to", answer.subscribed),
            ("already subscribed to", answer.already),
        )
        if topics
    ]
    if answer.waiting:
        letter = "a letter asks for it" if answer.letter else "no letter could be sent"
        parts.append(f"must confirm {', '.join(answer.waiting)}: {letter}")
    return f"{person} {', and '.join(parts)}."


def _one(text: str) -> str:
    return "" if text in EVERY else text


def _word(what: str, text: str) -> str:
    return f"every {what}" if text in EVERY else text
