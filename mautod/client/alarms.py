"""Alarms, and channels whose marketing waits."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class AlarmsClient(Http):
    """What operators were told of, and letting a channel go on."""

    async def alarms(self, after: int | None = None, limit: int = 50) -> wire.Alarms:
        return await self._get(wire.Alarms, "alarms", after=after, limit=limit)

    async def pause_channel(self, channel: str) -> wire.Done:
        return await self._post(wire.Done, f"channels/{channel}/pause")

    async def resume_channel(self, channel: str) -> wire.Done:
        return await self._post(wire.Done, f"channels/{channel}/resume")
