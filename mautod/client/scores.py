"""Scores, who has how many points of them, and why."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http, part


class ScoresClient(Http):
    """Scores and the points that people have."""

    async def scores(self) -> wire.Scores:
        return await self._get(wire.Scores, "scores")

    async def score(self, key: str) -> wire.Distribution:
        return await self._get(wire.Distribution, f"scores/{part(key)}")

    async def score_people(
        self, key: str, least: int = -1_000_000_000, after: str = "", limit: int = 50
    ) -> wire.ScorerPage:
        path = f"scores/{part(key)}/people"
        return await self._get(wire.ScorerPage, path, least=least, after=after, limit=limit)

    async def score_explain(self, key: str, person: str) -> wire.ScoreExplanation:
        path = f"scores/{part(key)}/explain"
        return await self._get(wire.ScoreExplanation, path, person=person)
