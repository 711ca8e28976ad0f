"""What happens to messages after they left."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class DeliverabilityClient(Http):
    """Visits to messages, and by which rule each is a machine's."""

    async def visits(self, message: int) -> wire.Visits:
        return await self._get(wire.Visits, f"messages/{message}/visits")

    async def rejudge(self, ask: wire.RejudgeAsk) -> wire.Done:
        return await self._post(wire.Done, "messages/rejudge", ask)
