"""Scores, who has how many points of them, and why."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mautod import wire
from mautod.core.scoring import HIGHEST
from mautod.services.desk.base import Base, Limit
from mautod.services.people import find as people
from mautod.services.segments import scores
from mautod.store import listing
from mautod.store.segments import scoreboard
from mautod.store.segments.scores import list_scores

Points = Annotated[int, msgspec.Meta(ge=-HIGHEST, le=HIGHEST)]


class ScoresDesk(Base):
    """Scores and the points that people have."""

    def scores(self) -> wire.Scores:
        """Scores with how many people have reached what."""
        tx = self._db.read()
        return wire.Scores([scores.told(tx, kept) for kept in list_scores(tx)])

    def score(self, key: str) -> wire.Distribution:
        """One score, what gives points, and how they are spread."""
        return scores.distribution(self._db.read(), key)

    def score_people(
        self, key: str, least: Points = -HIGHEST, after: str = "", limit: Limit = 50
    ) -> wire.ScorerPage:
        """People who have `least` points of a score or more, the highest first."""
        tx = self._db.read()
        kept = scores.find(tx, key)
        found = scoreboard.people(tx, kept.id, least, after, limit + 1, self._tools.now())
        items, more = listing.page([wire.Scorer(*row) for row in found], limit)
        last = scoreboard.place(items[-1].person.id, items[-1].points) if more else None
        return wire.ScorerPage(kept.key, kept.name, items, last)

    def score_explain(self, key: str, person: str) -> wire.ScoreExplanation:
        """What a person has of a score, row by row, and when time alone will change it."""
        tx = self._db.read()
        found = people.resolve(tx, person)
        return scores.Accountant(tx, self._zone, self._tools.now(), found).explain(key)
