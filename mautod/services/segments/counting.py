"""Scores counted at any instant, for forecasts: what is kept of them is true now alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from mautod.core.rules.checker import Depends, Frontier, scores_of
from mautod.core.scoring import Score
from mautod.errors import DefinitionError
from mautod.store.db import Tx
from mautod.store.rules.points import total_sql
from mautod.store.rules.values import Count
from mautod.store.segments import scores


@dataclass(frozen=True, slots=True)
class Counting:
    """How the points of the scores that a question leads to are counted, and every frontier."""

    points: Mapping[str, Count]
    frontiers: frozenset[Frontier]


def counting(tx: Tx, needs: Depends) -> Counting:
    """The scores that a question which needs this leads to, directly or through other scores.

    Those that cannot be read are taken as they are kept.
    """
    points, frontiers = dict[str, Count](), set(needs.frontiers)
    waiting, seen = set(scores_of(needs)), set[str]()
    while waiting:
        key = waiting.pop()
        seen.add(key)
        score = _readable(tx, key)
        if score is not None:
            points[key] = partial(total_sql, score)
            more = score.depends()
            frontiers |= more.frontiers
            waiting |= scores_of(more) - seen
    return Counting(points, frozenset(frontiers))


def _readable(tx: Tx, key: str) -> Score | None:
    found = scores.find(tx, key)
    try:
        return None if found is None else found.score()
    except DefinitionError:
        return None
