"""The mail servers."""

from __future__ import annotations

from mautod import wire
from mautod.client.http import Http


class ServersClient(Http):
    """How the servers of a channel stand."""

    async def servers(self, channel: str = "email") -> wire.MailServers:
        return await self._get(wire.MailServers, "servers", channel=channel)

    async def landed(
        self, by: str = "domain", since: int | None = None, channel: str = "email"
    ) -> wire.LandedReport:
        return await self._get(
            wire.LandedReport, "servers/landed", by=by, since=since, channel=channel
        )
