"""What people do over time."""

from __future__ import annotations

from mautod import wire
from mautod.services.desk.base import Base, Number
from mautod.services.reports import funnel, journey, retention
from mautod.services.reports.earned import Period


class InsightsDesk(Base):
    """Funnels, cohorts, stages."""

    def funnel(self, ask: wire.FunnelAsk) -> wire.Funnel:
        """How many people came from event to event, each after the one before."""
        period = Period(ask.since, ask.until, self._tools.now())
        return funnel.funnel(self._db.read(), ask, period, self._zone)

    def retention(
        self, first: str, again: str = "", by: str = "week", spans: Number = 12
    ) -> wire.Retention:
        """Who did `first` when, and how many of them did `again` later, or the same if empty."""
        asked = retention.Asked(first, again or first, by, spans)
        return retention.retention(self._db.read(), asked, self._tools.now(), self._zone)

    def journey(self, since: Number | None = None, until: Number | None = None) -> wire.Journey:
        """The stages of the journey: people, who moved on and when, the messages at work."""
        period = Period(since, until, self._tools.now())
        return journey.journey_map(self._db.read(), period)
