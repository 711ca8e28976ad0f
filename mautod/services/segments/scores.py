"""Scores as operators see them: who has how many points, how they are spread, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mautod import wire
from mautod.core.files.definition import nearest
from mautod.core.rules.printer import show
from mautod.core.scoring import Each, Row, Score, While, row_depends, rule_of, show_terms, worth
from mautod.errors import DefinitionError, NotFound
from mautod.services.segments.counting import counting
from mautod.services.segments.forecast import Forecast, Turn
from mautod.store.db import Tx
from mautod.store.people import cards
from mautod.store.reports import stats
from mautod.store.rules.points import compile_score, counted, points_at, row_points
from mautod.store.segments import scoreboard, scores
from mautod.store.segments.scores import Kept

MOST_BINS: Final = 20
SHOWN: Final = 10
"""How many events of a row are told one by one."""


def find(tx: Tx, key: str) -> Kept:
    """The active score called `key`.

    Raises:
        NotFound: there is none; the hint is the nearest name.
    """
    found = scores.find(tx, key)
    if found is None:
        known = [each.key for each in scores.list_scores(tx)]
        hint = nearest(key, known) if known else "Scores are written in workspace/scoring.toml."
        raise NotFound(f"there is no score {key!r}", field="key", hint=hint)
    return found


def told(tx: Tx, kept: Kept) -> wire.Score:
    """One score with how many people have reached what."""
    low, high, people = scoreboard.extent(tx, kept.id)
    try:
        score, error = kept.score(), kept.error or ""
    except DefinitionError as unreadable:
        score, error = Score(kept.key, kept.name, ()), str(unreadable)
    return wire.Score(
        key=kept.key,
        name=score.name,
        people=people,
        low=low,
        high=high,
        thresholds=[
            wire.Threshold(each.name, each.points, scoreboard.reached(tx, kept.id, each.points))
            for each in score.levels
        ],
        rows=[wire.ScoreRow(show(rule_of(row)), show_terms(row)) for row in score.rows],
        rebuilt_at=kept.rebuilt_at,
        error=error,
    )


def distribution(tx: Tx, key: str) -> wire.Distribution:
    """How the points of a score are spread.

    Raises:
        NotFound: there is no such score.
    """
    kept = find(tx, key)
    score = told(tx, kept)
    without = stats.people(tx) - score.people
    if score.low is None or score.high is None:
        return wire.Distribution(score, without, [])
    width = _width(score.low, score.high)
    start = score.low // width * width
    number = (score.high - start) // width + 1
    bins = scoreboard.bins(tx, kept.id, start, width, number)
    return wire.Distribution(score, without, bins)


def _width(low: int, high: int) -> int:
    """The least of 1, 2, 5, 10, 20 … that needs no more bins than fit."""
    unit = 1
    while True:
        for width in (unit, 2 * unit, 5 * unit):
            if high // width - low // width < MOST_BINS:
                return width
        unit *= 10


def on_card(tx: Tx, person_id: int) -> list[wire.PersonScore]:
    """What a person has of every score."""
    points = scoreboard.points_of(tx, person_id)
    return [_standing(tx, kept, points.get(kept.key, 0)) for kept in scores.list_scores(tx)]


def _standing(tx: Tx, kept: Kept, points: int) -> wire.PersonScore:
    try:
        score = kept.score()
    except DefinitionError:
        return wire.PersonScore(kept.key, kept.name, points, scoreboard.highest(tx, kept.id))
    top = score.levels[-1].points if score.levels else scoreboard.highest(tx, kept.id)
    return wire.PersonScore(kept.key, score.name, points, top, _level(score, points))


def _level(score: Score, points: int) -> str:
    """The highest threshold that so many points have reached."""
    reached = [level.name for level in score.levels if level.points <= points]
    return reached[-1] if reached else ""


@dataclass(frozen=True, slots=True)
class Accountant:
    """Counts one person's points at one instant; `zone` is the workspace's."""

    tx: Tx
    zone: str
    now: int
    person_id: int

    def explain(self, key: str) -> wire.ScoreExplanation:
        """What a person has of a score, row by row.

        Raises:
            NotFound: there is no such score, or no such person.
            DefinitionError: the score cannot be read.
            RuleFailed: the person's data made a statement fail.
        """
        score = find(self.tx, key).score()
        card = cards.person(self.tx, self.person_id, self.now)
        if card is None:
            raise NotFound(f"there is no person {self.person_id}", field="person")
        others = counting(self.tx, score.depends())
        total = compile_score(score, self.zone, others.points)

        def answer(at: int) -> int:
            return points_at(self.tx, total, self.person_id, at)

        turn = self._forecast.turn(others.frontiers, answer)
        points = answer(self.now)
        return wire.ScoreExplanation(
            key=score.key,
            name=score.name,
            person=card[0],
            now=self.now,
            points=points,
            level=_level(score, points),
            rows=[self._row(row) for row in score.rows],
            turns_at=turn.at,
            turns_to=_after(turn, answer),
            unsure=turn.unsure,
        )

    @property
    def _forecast(self) -> Forecast:
        return Forecast(self.tx, self.zone, self.now, self.person_id)

    def _row(self, row: Row) -> wire.RowReason:
        others = counting(self.tx, row_depends(row))
        total = row_points(row, self.zone, others.points)

        def answer(at: int) -> int:
            return points_at(self.tx, total, self.person_id, at)

        turn = self._forecast.turn(others.frontiers, answer)
        points = answer(self.now)
        times, latest = self._events(row) if isinstance(row, Each) else (None, [])
        return wire.RowReason(
            rule=show(rule_of(row)),
            terms=show_terms(row),
            points=points,
            holds=points != 0 if isinstance(row, While) else None,
            times=times,
            latest=latest,
            turns_at=turn.at,
            turns_to=_after(turn, answer),
            unsure=turn.unsure,
        )

    def _events(self, row: Each) -> tuple[int, list[wire.CountedEvent]]:
        times, latest = counted(self.tx, row, self.zone, (self.person_id, self.now), SHOWN)
        return times, [wire.CountedEvent(at, worth(row, self.now - at)) for at in latest]


def _after(turn: Turn, answer: Callable[[int], int]) -> int | None:
    return None if turn.at is None else answer(turn.at)
