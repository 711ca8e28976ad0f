"""Broadcasts asked for, looked at, started, followed, held and cancelled."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http, part


class BroadcastsClient(Http):
    """One letter to many people."""

    async def broadcasts(self, after: int | None = None, limit: int = 20) -> wire.BroadcastPage:
        return await self._get(wire.BroadcastPage, "broadcasts", after=after, limit=limit)

    async def broadcast(self, key: str) -> wire.Broadcast:
        return await self._get(wire.Broadcast, f"broadcasts/{part(key)}")

    async def recipients(
        self, key: str, state: str = "", after: int | None = None, limit: int = 50
    ) -> wire.RecipientPage:
        path = f"broadcasts/{part(key)}/recipients"
        return await self._get(wire.RecipientPage, path, state=state, after=after, limit=limit)

    async def ask_broadcast(self, ask: wire.BroadcastAsk) -> wire.Broadcast:
        return await self._post(wire.Broadcast, "broadcasts", ask)

    async def check_broadcast(self, key: str, piece: int = 0) -> wire.BroadcastCheck:
        return await self._get(wire.BroadcastCheck, f"broadcasts/{part(key)}/check", piece=piece)

    async def start_broadcast(self, key: str) -> wire.Broadcast:
        return await self._post(wire.Broadcast, f"broadcasts/{part(key)}/start")

    async def drop_broadcast(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"broadcasts/{part(key)}/drop")

    async def pause_broadcast(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"broadcasts/{part(key)}/pause")

    async def resume_broadcast(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"broadcasts/{part(key)}/resume")

    async def cancel_broadcast(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"broadcasts/{part(key)}/cancel")
