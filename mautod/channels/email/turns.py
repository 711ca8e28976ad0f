"""How many connections may carry letters to one domain at a time, over all servers together."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Final

from mautod.core.sending.domains import Domains

_LOOK_AGAIN_S: Final = 1.0


class Turns:
    """Who carries letters to which domain; sessions are told apart by their identity."""

    def __init__(self, domains: Domains) -> None:
        self._domains = domains
        self._carrying: dict[str, dict[int, int]] = defaultdict(dict)
        self._freed = asyncio.Event()

    def enter(self, address: str, session: object) -> bool:
        """Let a letter to `address` go by `session`, if its domain has a connection left."""
        lot = self._domains.lot(address)
        if not lot.limit.connections:
            return True
        carrying, who = self._carrying[lot.name], id(session)
        if who not in carrying and len(carrying) >= lot.limit.connections:
            return False
        carrying[who] = carrying.get(who, 0) + 1
        return True

    def leave(self, address: str, session: object) -> None:
        """The letter is settled, or waits again."""
        lot = self._domains.lot(address)
        if not lot.limit.connections:
            return
        carrying, who = self._carrying[lot.name], id(session)
        carrying[who] -= 1
        if not carrying[who]:
            del carrying[who]
            self._freed.set()
        if not carrying:
            del self._carrying[lot.name]

    async def wait(self) -> None:
        """Wait until a domain has a connection more."""
        self._freed.clear()
        try:
            async with asyncio.timeout(_LOOK_AGAIN_S):
                await self._freed.wait()
        except TimeoutError:
            return
