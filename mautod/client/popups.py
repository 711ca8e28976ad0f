"""Pop-ups on the site."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class PopupsClient(Http):
    """Which pop-ups there are, and what came of them."""

    async def popups(self, since: int = 0) -> wire.Popups:
        return await self._get(wire.Popups, "popups", since=since)
