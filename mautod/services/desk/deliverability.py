"""What happens to messages after they left."""

from __future__ import annotations

from mautod import wire
from mautod.services.desk.base import Base
from mautod.services.intake.visits import rejudge, suspects_of
from mautod.store.delivery import visits
from mautod.store.delivery.visits import Kept


class DeliverabilityDesk(Base):
    """Visits to messages, and by which rule each is a machine's."""

    def visits(self, message: int) -> wire.Visits:
        """Who opened one message and followed its links, people and machines."""
        kept = visits.of_message(self._db.read(), message)
        return wire.Visits([_shape(one) for one in kept])

    def rejudge(self, ask: wire.RejudgeAsk) -> wire.Done:
        """Judge visits anew by the rules as they are now; what chains decided stays decided."""
        suspects = suspects_of(self._settings.config)
        count = rejudge(self._db, suspects, ask.since, self._tools.now())
        return wire.Done(count, f"The visits to {count} messages were judged anew.")


def _shape(kept: Kept) -> wire.Visit:
    visit = kept.visit
    return wire.Visit(
        id=kept.id,
        kind=visit.kind,
        at=visit.at,
        url=visit.url,
        agent=visit.agent,
        address=visit.address,
        method=visit.method,
        rule=kept.rule or "",
        judged=kept.rule is not None,
    )
