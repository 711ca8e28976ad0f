"""Events: what happened, and what is said to have."""

from __future__ import annotations

from mautod import wire
from mautod.services.desk.base import After, Base, Limit, Number
from mautod.services.intake import send
from mautod.store import listing


class EventsDesk(Base):
    """Events listed, counted and sent."""

    def events(
        self, name: str = "", person: Number | None = None, after: After = None, limit: Limit = 50
    ) -> wire.EventPage:
        """Events newest first, of one name or person or of all."""
        tx = self._db.read()
        found = listing.events(tx, name=name, person=person, after=after, limit=limit + 1)
        items, more = listing.page(found, limit)
        return wire.EventPage(items, items[-1].id if more else None)

    def event_names(self) -> wire.EventNames:
        """Every event name that was ever seen, with its count."""
        return wire.EventNames(listing.event_names(self._db.read()))

    def count(self, name: str) -> wire.Count:
        """How many events of one name are stored."""
        return wire.Count(name, listing.count_events(self._db.read(), name))

    def send(self, ask: wire.NewEvents) -> wire.Accepted:
        """Send events as a trusted server would; on disk when answered."""
        return send.send(self._journal, ask.events, self._tools.now(), self._tools.new_id)
