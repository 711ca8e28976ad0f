"""Alarms, and channels whose marketing waits."""

from __future__ import annotations

from mautod import wire
from mautod.errors import NotFound
from mautod.services.delivery import alarms
from mautod.services.desk.base import After, Base, Limit
from mautod.store import listing


class AlarmsDesk(Base):
    """What operators were told of, and letting a channel go on."""

    def alarms(self, after: After = None, limit: Limit = 50) -> wire.Alarms:
        """Alarms about letters that come back, newest first, and channels that wait."""
        tx = self._db.read()
        items, more = listing.page(alarms.shown(tx, after, limit + 1), limit)
        return wire.Alarms(items, alarms.held(tx), items[-1].id if more else None)

    def pause_channel(self, channel: str) -> wire.Done:
        """Let all marketing by a channel wait until it is resumed; other letters go on."""
        self._known(channel)
        with self._db.write() as tx:
            return alarms.pause(tx, channel, self._tools.now())

    def resume_channel(self, channel: str) -> wire.Done:
        """Let marketing by a channel go on; alarms count from now on."""
        self._known(channel)
        with self._db.write() as tx:
            return alarms.resume(tx, channel, self._tools.now())

    def _known(self, channel: str) -> None:
        channels = self._settings.config.channels
        if channel not in channels:
            known = ", ".join(channels) or "none is configured"
            hint = f"Known: {known}."
            raise NotFound(f"there is no channel {channel!r}", field="channel", hint=hint)
