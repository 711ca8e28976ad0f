"""What people do over time."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class InsightsClient(Http):
    """Funnels, cohorts, stages."""

    async def funnel(self, ask: wire.FunnelAsk) -> wire.Funnel:
        return await self._post(wire.Funnel, "funnel", ask)

    async def retention(
        self, first: str, again: str = "", by: str = "week", spans: int = 12
    ) -> wire.Retention:
        events = {"first": first, "again": again}
        return await self._get(wire.Retention, "retention", **events, by=by, spans=spans)

    async def journey(self, since: int | None = None, until: int | None = None) -> wire.Journey:
        return await self._get(wire.Journey, "journey", since=since, until=until)
