"""Definition files of the daemon's workspace, and the work that is done with them."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http, part


class DefinitionsClient(Http):
    """Files compared, looked over, put in force and taken back; long work begun and asked after."""

    async def plan(self) -> wire.Plan:
        return await self._get(wire.Plan, "plan")

    async def drift(self) -> wire.Changes:
        return await self._get(wire.Changes, "drift")

    async def lint(self, most_a_week: int = 7) -> wire.Lints:
        return await self._get(wire.Lints, "lint", most_a_week=most_a_week)

    async def versions(self, kind: str, key: str, limit: int = 20) -> wire.Versions:
        path = f"versions/{part(kind)}/{part(key)}"
        return await self._get(wire.Versions, path, limit=limit)

    async def rollback(self, kind: str, key: str, ask: wire.RollbackAsk) -> wire.Rolled:
        path = f"versions/{part(kind)}/{part(key)}/rollback"
        return await self._post(wire.Rolled, path, ask)

    async def apply(self) -> wire.Work:
        return await self._post(wire.Work, "apply")

    async def test(self, ask: wire.SuiteAsk) -> wire.Work:
        return await self._post(wire.Work, "test", ask)

    async def simulate(self, ask: wire.SimulateAsk) -> wire.Work:
        return await self._post(wire.Work, "simulate", ask)

    async def replay(self, ask: wire.ReplayAsk) -> wire.Work:
        return await self._post(wire.Work, "replay", ask)

    async def work(self, work: int) -> wire.Work:
        return await self._get(wire.Work, f"work/{work}")

    async def stop_work(self, work: int) -> wire.Work:
        return await self._post(wire.Work, f"work/{work}/stop")
