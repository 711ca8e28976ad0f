"""The mail servers."""

from __future__ import annotations

from mautod import wire
from mautod.duration import DAY
from mautod.services.delivery import landed, servers
from mautod.services.desk.base import Base, Number


class ServersDesk(Base):
    """How the servers of a channel stand."""

    def servers(self, channel: str = "email") -> wire.MailServers:
        """The mail servers: state, breaker, rate, warm-up, last error, and their last 24 hours."""
        found = servers.listed(self._db.read(), channel, self._tools.now())
        return wire.MailServers(channel, found)

    def landed(
        self, by: str = "domain", since: Number | None = None, channel: str = "email"
    ) -> wire.LandedReport:
        """How letters fared by domain, server, code or hour, the last seven days without `since`.

        What the marketing letters of that time came to is told too, of 45 days at most.
        """
        now = self._tools.now()
        begun = now - 7 * DAY if since is None else since
        return landed.report(self._db.read(), channel, by, begun, now)
