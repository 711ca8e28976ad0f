"""What people do over time."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class InsightsClient(Http):
    """Funnels, cohorts, stages."""

    async def funnel(self, ask: wire.FunnelAsk) -> wire.Funnel:
        return await self._post(wire.Funnel, "funnel", ask)
