"""Chains, their runs and messages, and what they reached."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http, part


class CampaignsClient(Http):
    """Chains shown, held and resumed; runs, messages, goals."""

    async def chains(self) -> wire.Chains:
        return await self._get(wire.Chains, "chains")

    async def calls(
        self, chain: str = "", state: str = "", after: int | None = None, limit: int = 50
    ) -> wire.CallPage:
        query = {"chain": chain, "state": state, "after": after, "limit": limit}
        return await self._get(wire.CallPage, "calls", **query)

    async def codes(self) -> wire.CodePools:
        return await self._get(wire.CodePools, "codes")

    async def chain(self, key: str) -> wire.Chain:
        return await self._get(wire.Chain, f"chains/{part(key)}")

    async def pause(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"chains/{part(key)}/pause")

    async def resume(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"chains/{part(key)}/resume")

    async def shift(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"chains/{part(key)}/shift")

    async def stop(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"chains/{part(key)}/stop")

    async def runs(
        self,
        chain: str = "",
        state: str = "",
        step: str = "",
        after: int | None = None,
        limit: int = 50,
    ) -> wire.RunPage:
        query = {"chain": chain, "state": state, "step": step, "after": after, "limit": limit}
        return await self._get(wire.RunPage, "runs", **query)

    async def messages(
        self,
        state: str = "",
        reason: str = "",
        chain: str = "",
        person: int | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> wire.MessagePage:
        query = {"state": state, "reason": reason, "chain": chain, "person": person}
        return await self._get(wire.MessagePage, "messages", **query, after=after, limit=limit)

    async def message(self, message: int) -> wire.Message:
        return await self._get(wire.Message, f"messages/{message}")

    async def goals(
        self,
        chain: str = "",
        since: int | None = None,
        until: int | None = None,
        by: str = "",
        attribution: str = "",
    ) -> wire.GoalReport:
        query = {"chain": chain, "since": since, "until": until}
        more = {"by": by, "attribution": attribution}
        return await self._get(wire.GoalReport, "goals", **query, **more)
