"""Events: what happened, and what is said to have."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class EventsClient(Http):
    """Events listed, counted and sent."""

    async def events(
        self, name: str = "", person: int | None = None, after: int | None = None, limit: int = 50
    ) -> wire.EventPage:
        query = {"name": name, "person": person, "after": after, "limit": limit}
        return await self._get(wire.EventPage, "events", **query)

    async def event_names(self) -> wire.EventNames:
        return await self._get(wire.EventNames, "events/names")

    async def count(self, name: str) -> wire.Count:
        return await self._get(wire.Count, "events/count", name=name)

    async def send(self, ask: wire.NewEvents) -> wire.Accepted:
        return await self._post(wire.Accepted, "events", ask)
