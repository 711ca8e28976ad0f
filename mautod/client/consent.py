"""Who wants no more, and addresses never to be used."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class ConsentClient(Http):
    """Suppressions and unsubscribes."""

    async def suppressions(self, limit: int = 50) -> wire.Suppressions:
        return await self._get(wire.Suppressions, "suppressions", limit=limit)

    async def suppress(self, ask: wire.SuppressAsk) -> wire.Done:
        return await self._post(wire.Done, "suppressions", ask)

    async def unsubscribe(self, ask: wire.UnsubscribeAsk) -> wire.Done:
        return await self._post(wire.Done, "unsubscribe", ask)
