"""Who wants no more, and addresses never to be used."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http, part


class ConsentClient(Http):
    """Topics, yeses and noes with their proof, and addresses never to be used."""

    async def topics(self) -> wire.Topics:
        return await self._get(wire.Topics, "topics")

    async def subscribe(self, ask: wire.SubscribeAsk) -> wire.Done:
        return await self._post(wire.Done, "subscribe", ask)

    async def consent(self, person: str) -> wire.PersonConsent:
        return await self._get(wire.PersonConsent, f"people/{part(person)}/consent")

    async def consents(
        self, topic: str = "", after: int | None = None, limit: int = 50
    ) -> wire.SaidPage:
        return await self._get(wire.SaidPage, "consents", topic=topic, after=after, limit=limit)

    async def unsuppress(self, ask: wire.UnsuppressAsk) -> wire.Done:
        return await self._post(wire.Done, "suppressions/lift", ask)

    async def suppressions_whole(self, after: str = "", limit: int = 50) -> wire.SuppressionPage:
        path = "suppressions/whole"
        return await self._get(wire.SuppressionPage, path, after=after, limit=limit)

    async def suppress_lines(self, ask: wire.SuppressRows) -> wire.SuppressOutcomes:
        return await self._post(wire.SuppressOutcomes, "suppressions/lines", ask)

    async def suppressions(self, limit: int = 50) -> wire.Suppressions:
        return await self._get(wire.Suppressions, "suppressions", limit=limit)

    async def suppress(self, ask: wire.SuppressAsk) -> wire.Done:
        return await self._post(wire.Done, "suppressions", ask)

    async def unsubscribe(self, ask: wire.UnsubscribeAsk) -> wire.Done:
        return await self._post(wire.Done, "unsubscribe", ask)
