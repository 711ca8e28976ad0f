"""Segments and the rules behind them."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http, part


class SegmentsClient(Http):
    """Segments, who is in them and why; rules tried on everybody."""

    async def segments(self) -> wire.Segments:
        return await self._get(wire.Segments, "segments")

    async def segment(
        self, key: str, after: int | None = None, limit: int = 50
    ) -> wire.SegmentPage:
        return await self._get(wire.SegmentPage, f"segments/{part(key)}", after=after, limit=limit)

    async def define(self, key: str, ask: wire.DefineAsk) -> wire.Defined:
        return await self._post(wire.Defined, f"segments/{part(key)}", ask)

    async def create_segment(self, ask: wire.CreateAsk) -> wire.Done:
        return await self._post(wire.Done, "segments", ask)

    async def delete_segment(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"segments/{part(key)}/delete")

    async def list_people(self, key: str, ask: wire.ListAsk) -> wire.Listed:
        return await self._post(wire.Listed, f"segments/{part(key)}/list", ask)

    async def moves(self, key: str, after: str = "", limit: int = 50) -> wire.MovePage:
        path = f"segments/{part(key)}/moves"
        return await self._get(wire.MovePage, path, after=after, limit=limit)

    async def overlap(self, ask: wire.OverlapAsk) -> wire.Overlap:
        return await self._post(wire.Overlap, "overlap", ask)

    async def preview(self, ask: wire.PreviewAsk) -> wire.Preview:
        return await self._post(wire.Preview, "preview", ask)

    async def complete(self, ask: wire.CompleteAsk) -> wire.Candidates:
        return await self._post(wire.Candidates, "complete", ask)

    async def sql(self, ask: wire.SqlAsk) -> wire.Sql:
        return await self._post(wire.Sql, "sql", ask)

    async def explain(self, key: str, person: str) -> wire.Explanation:
        return await self._get(wire.Explanation, f"segments/{part(key)}/explain", person=person)
