"""Who wants no more, and addresses never to be used."""

from __future__ import annotations

from typing import Final

from mautod import wire
from mautod.core.sending.consent import ALL
from mautod.errors import Conflict, NotFound
from mautod.services.delivery import consent
from mautod.services.desk.base import Base, Limit
from mautod.services.people import find as people
from mautod.store import listing

EVERY: Final = frozenset({"", "*", "all"})


class ConsentDesk(Base):
    """Suppressions and unsubscribes."""

    def suppressions(self, limit: Limit = 50) -> wire.Suppressions:
        """Addresses never to be used, the latest first."""
        return wire.Suppressions(listing.suppressions(self._db.read(), limit))

    def suppress(self, ask: wire.SuppressAsk) -> wire.Done:
        """Never send to an address again."""
        new = consent.suppress(
            self._db, ask.address, _one(ask.channel), ask.reason, self._tools.now()
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

    def _meant(self, person: str) -> consent.Who:
        try:
            return consent.FromPerson(people.resolve(self._db.read(), person))
        except (NotFound, Conflict):
            if "@" not in person:
                raise
            return consent.FromAddress(person)


def _one(text: str) -> str:
    return "" if text in EVERY else text


def _word(what: str, text: str) -> str:
    return f"every {what}" if text in EVERY else text
