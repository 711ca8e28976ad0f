"""What people do over time: funnels, cohorts, and the stages they come through."""

from __future__ import annotations

from mautod.wire.shape import Shape


class FunnelAsk(Shape, frozen=True):
    """Events one after another, all `within` of the first, which happened in [since, until).

    `where` is about the first event. `by` names a property of it, else of its person (`person.x`
    of the person alone); `source` is where they came from.
    """

    events: list[str]
    within: str = ""
    by: str = ""
    where: str = ""
    since: int | None = None
    until: int | None = None


class FunnelStep(Shape, frozen=True):
    """How many people came to an event; the share of those at the one before, and of all.

    `median_ms`: the middle time from the event before; None for the first, or if nobody came.
    """

    event: str
    people: int
    of_previous: float
    of_first: float
    median_ms: int | None = None


class FunnelGroup(Shape, frozen=True):
    """Those with one value of the property that was asked; `value` is "" for those without it.

    `rest` is true for all who are in none of the groups shown.
    """

    value: str
    steps: list[FunnelStep]
    rest: bool = False


class Funnel(Shape, frozen=True):
    """How far people came; `groups`, the largest first, if `by` was asked."""

    since: int | None
    until: int
    within: str
    steps: list[FunnelStep]
    by: str = ""
    groups: list[FunnelGroup] = []


class Cohort(Shape, frozen=True):
    """People who did the first event for the first time in the span that begins on `date`.

    `again`: how many of them did the other one in the first span of their own after that, in the
    second and so on, as far as time has come; the first `complete` of them are over for everybody.
    """

    date: str
    begins: int
    people: int
    again: list[int]
    complete: int


class Retention(Shape, frozen=True):
    """Cohorts, the oldest first; `average`: shares over those whose time is over."""

    first: str
    again_event: str
    by: str
    spans: int
    cohorts: list[Cohort]
    average: list[float | None]


class JourneyChain(Shape, frozen=True):
    """How many messages of a chain went to people while they were at a stage."""

    chain: str
    chain_name: str
    messages: int


class JourneyStage(Shape, frozen=True):
    """One stage: the `segments` that make it, and its people.

    `people` are at it now: it is the furthest of theirs. In the period `seen` were at it at any
    time, of whom `moved` went on to a later stage and `fell` went back or away and not on; `share`
    is moved of seen, `median_ms` how long they had been there. `messages`: what was sent meanwhile.
    """

    stage: int
    segments: list[str]
    name: str
    people: int
    seen: int
    moved: int
    fell: int
    share: float
    median_ms: int | None
    messages: list[JourneyChain]


class Journey(Shape, frozen=True):
    """The stages, the lowest first, with what happened in [since, until)."""

    since: int | None
    until: int
    stages: list[JourneyStage]
