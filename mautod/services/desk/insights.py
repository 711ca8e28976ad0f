"""What people do over time."""

from __future__ import annotations

from mautod import wire
from mautod.services import funnel
from mautod.services.desk.base import Base
from mautod.services.report import Period


class InsightsDesk(Base):
    """Funnels, cohorts, stages."""

    def funnel(self, ask: wire.FunnelAsk) -> wire.Funnel:
        """How many people came from event to event, each after the one before."""
        period = Period(ask.since, ask.until, self._tools.now())
        return funnel.funnel(self._db.read(), ask, period, self._zone)
