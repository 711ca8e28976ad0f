"""People: found, shown, changed."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http, part


class PeopleClient(Http):
    """One card per person."""

    async def people(
        self, query: str = "", after: int | None = None, limit: int = 50
    ) -> wire.PersonPage:
        return await self._get(wire.PersonPage, "people", query=query, after=after, limit=limit)

    async def people_whole(
        self, query: str = "", after: int | None = None, limit: int = 50
    ) -> wire.WholePage:
        return await self._get(wire.WholePage, "export", query=query, after=after, limit=limit)

    async def person(self, person: str) -> wire.Card:
        return await self._get(wire.Card, f"people/{part(person)}")

    async def timeline(
        self, person: str, kind: str = "", after: str = "", limit: int = 50
    ) -> wire.Timeline:
        path = f"people/{part(person)}/timeline"
        return await self._get(wire.Timeline, path, kind=kind, after=after, limit=limit)

    async def duplicates(
        self, by: str = "email", after: str = "", limit: int = 50
    ) -> wire.DuplicatePage:
        return await self._get(wire.DuplicatePage, "duplicates", by=by, after=after, limit=limit)

    async def quality(self, stale: str = "180d", age: str = "2h") -> wire.Quality:
        return await self._get(wire.Quality, "quality", stale=stale, age=age)

    async def quality_people(
        self, group: str, after: int | None = None, limit: int = 50, stale: str = "180d"
    ) -> wire.PersonPage:
        path = f"quality/{part(group)}"
        return await self._get(wire.PersonPage, path, after=after, limit=limit, stale=stale)

    async def change(self, person: str, ask: wire.ChangeAsk) -> wire.Done:
        return await self._post(wire.Done, f"people/{part(person)}/change", ask)

    async def merge(self, person: str, ask: wire.MergeAsk) -> wire.Done:
        return await self._post(wire.Done, f"people/{part(person)}/merge", ask)

    async def unmerge(self, person: str, ask: wire.UnmergeAsk) -> wire.Done:
        return await self._post(wire.Done, f"people/{part(person)}/unmerge", ask)

    async def erase(self, person: str, ask: wire.EraseAsk) -> wire.Erasure:
        return await self._post(wire.Erasure, f"people/{part(person)}/erase", ask)

    async def erasures(self, after: int | None = None, limit: int = 50) -> wire.Erasures:
        return await self._get(wire.Erasures, "erasures", after=after, limit=limit)

    async def searches(self) -> wire.Searches:
        return await self._get(wire.Searches, "searches")

    async def save_search(self, ask: wire.SaveAsk) -> wire.Done:
        return await self._post(wire.Done, "searches", ask)

    async def delete_search(self, name: str) -> wire.Done:
        return await self._post(wire.Done, f"searches/{part(name)}/delete")

    async def bulk(self, ask: wire.BulkAsk) -> wire.Bulk:
        return await self._post(wire.Bulk, "bulk", ask)

    async def bulk_step(self, bulk: int) -> wire.Bulk:
        return await self._post(wire.Bulk, f"bulk/{bulk}/step")

    async def bulks(self, after: int | None = None, limit: int = 50) -> wire.BulkPage:
        return await self._get(wire.BulkPage, "bulk", after=after, limit=limit)

    async def dossier(self, person: str) -> wire.Dossier:
        return await self._get(wire.Dossier, f"people/{part(person)}/dossier")

    async def why(self, person: str, template: str = "", chain: str = "") -> wire.Why:
        asked = {"chain": chain} if chain else {"template": template}
        return await self._get(wire.Why, "why", person=person, **asked)
