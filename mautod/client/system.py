"""The installation: what is there, what waits, what went wrong."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class SystemClient(Http):
    """Counts, who is here, what was set aside."""

    async def status(self) -> wire.Status:
        return await self._get(wire.Status, "status")

    async def live(self, limit: int = 200) -> wire.LivePage:
        return await self._get(wire.LivePage, "live", limit=limit)

    async def problems(self, after: int | None = None, limit: int = 50) -> wire.Problems:
        return await self._get(wire.Problems, "problems", after=after, limit=limit)

    async def doctor(self) -> wire.Checkup:
        return await self._get(wire.Checkup, "doctor")

    async def log(self, limit: int = 200) -> wire.LogPage:
        return await self._get(wire.LogPage, "log", limit=limit)

    async def retry_problem(self, problem: int) -> wire.Done:
        return await self._post(wire.Done, f"problems/{problem}/retry")

    async def drop_problem(self, problem: int) -> wire.Done:
        return await self._post(wire.Done, f"problems/{problem}/drop")
