"""Files of people, taken in some lines at a time."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class ImportsClient(Http):
    """Imports begun, gone on with and listed."""

    async def begin_import(self, ask: wire.ImportAsk) -> wire.Import:
        return await self._post(wire.Import, "imports", ask)

    async def import_rows(self, number: int, ask: wire.ImportRows) -> wire.Import:
        return await self._post(wire.Import, f"imports/{number}/rows", ask)

    async def drop_import(self, number: int) -> wire.Import:
        return await self._post(wire.Import, f"imports/{number}/drop")

    async def settle_words(self) -> wire.Wordless:
        return await self._post(wire.Wordless, "words/settle")

    async def imports(self, after: int | None = None, limit: int = 50) -> wire.Imports:
        return await self._get(wire.Imports, "imports", after=after, limit=limit)
