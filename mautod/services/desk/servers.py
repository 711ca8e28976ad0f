"""The mail servers."""

from __future__ import annotations

from mautod import wire
from mautod.services.delivery import servers
from mautod.services.desk.base import Base


class ServersDesk(Base):
    """How the servers of a channel stand."""

    def servers(self, channel: str = "email") -> wire.MailServers:
        """The mail servers: state, breaker, rate, warm-up, last error, and their last 24 hours."""
        found = servers.listed(self._db.read(), channel, self._tools.now())
        return wire.MailServers(channel, found)
