"""Scores: what gives points, who has how many, and why."""

from __future__ import annotations

from mautod.wire.people import Person
from mautod.wire.shape import Shape


class Threshold(Shape, frozen=True):
    """A number of points with a name; `people` have reached it."""

    name: str
    points: int
    people: int


class ScoreRow(Shape, frozen=True):
    """What gives points, in the words of rules, and how it counts, such as `+3 each, for 30d`."""

    rule: str
    terms: str


class Score(Shape, frozen=True):
    """`people` have points, from `low` to `high`; everybody else has 0.

    `thresholds`: the lowest first. `error` tells why it is not kept up to date, empty when all is
    well.
    """

    key: str
    name: str
    people: int
    low: int | None
    high: int | None
    thresholds: list[Threshold]
    rows: list[ScoreRow]
    rebuilt_at: int | None = None
    error: str = ""


class Scores(Shape, frozen=True):
    items: list[Score]


class Bin(Shape, frozen=True):
    """How many people have from `low` to `high` points, both included."""

    low: int
    high: int
    people: int


class Distribution(Shape, frozen=True):
    """How points are spread over those who have some; `without` have none."""

    score: Score
    without: int
    bins: list[Bin]


class Scorer(Shape, frozen=True):
    person: Person
    points: int


class ScorerPage(Shape, frozen=True):
    """People who have points, the highest first."""

    key: str
    name: str
    items: list[Scorer]
    next: str | None = None


class CountedEvent(Shape, frozen=True):
    """An event that gives points, and how many it gives now."""

    at: int
    points: int


class RowReason(Shape, frozen=True):
    """What one row gives a person.

    `holds`: whether the rule is true, None for a row about events. `times`: how many events count,
    None for a rule; `latest` are the latest of them. At `turns_at` time alone makes it `turns_to`
    points; None if it does not, or if there was too much to try (`unsure`).
    """

    rule: str
    terms: str
    points: int
    holds: bool | None
    times: int | None
    latest: list[CountedEvent]
    turns_at: int | None = None
    turns_to: int | None = None
    unsure: bool = False


class ScoreExplanation(Shape, frozen=True):
    """Why a person has the points that they have at `now`, row by row.

    `level`: the highest threshold reached, empty if none. `turns_at` and `turns_to`: as of a row.
    """

    key: str
    name: str
    person: Person
    now: int
    points: int
    level: str
    rows: list[RowReason]
    turns_at: int | None = None
    turns_to: int | None = None
    unsure: bool = False


class PersonScore(Shape, frozen=True):
    """A score on a person's card; `top` points are a full measure: the highest threshold.

    Without thresholds it is the most that anybody has. `level`: the highest threshold reached.
    """

    key: str
    name: str
    points: int
    top: int
    level: str = ""
