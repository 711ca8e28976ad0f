"""A chain as a graph: what nobody reaches, how fast it goes round, how many messages in a week."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from mautod.core.chains.definition import Chain
from mautod.core.chains.entry import Always, Every
from mautod.core.chains.step import Step
from mautod.core.chains.steps.await_ import Await
from mautod.core.lint.logic import Literal, surely
from mautod.core.rules.hands import by_people
from mautod.core.rules.tree import Did, SinceEntry
from mautod.core.sending.caps import Cap
from mautod.duration import MINUTE, WEEK


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from a step to the next; `least_ms` None if its time hangs on the clock or a date."""

    to: str
    least_ms: int | None


GOAL: Final = "has reached the goal"
LEAVE: Final = "leaves by the leave rule"


def edges(chain: Chain, step: Step) -> Iterator[Edge]:
    """Where a step leads; not where the run ends."""
    over = cut_off(chain, step) is not None
    for way, to in step.ways().items():
        target = to or chain.after(step.id)
        if target is not None and not (over and way == "then"):
            yield Edge(target, step.least_ms(way))


def cut_off(chain: Chain, step: Step) -> str | None:
    """Why nobody goes on by what the step awaits: it ends the run at once. None if it does not."""
    if step.awaits is None or not isinstance(step, Await):
        return None
    goal, mine = chain.goal, by_people(step.awaits, step.where)
    if goal is not None and goal.event == step.awaits and goal.where in (None, mine):
        return GOAL
    came = Literal(Did((step.awaits,), mine, window=SinceEntry()), holds=True)
    return LEAVE if chain.leave is not None and surely(chain.leave, [came]) else None


def soonest_send(chain: Chain) -> int | None:
    """How long after entering the first message may be queued at the earliest; None if never."""
    ahead, seen = [(0, chain.steps[0].id)], set[str]()
    while ahead:
        at, place = heapq.heappop(ahead)
        step = chain.step(place)
        if step.template is not None:
            return at
        if place not in seen:
            seen.add(place)
            for edge in edges(chain, step):
                heapq.heappush(ahead, (at + (edge.least_ms or 0), edge.to))
    return None


def reached(chain: Chain) -> set[str]:
    """The steps to which somebody may come."""
    seen: set[str] = set()
    open_ = [chain.steps[0].id]
    while open_:
        step = open_.pop()
        if step not in seen:
            seen.add(step)
            open_ += (edge.to for edge in edges(chain, chain.step(step)))
    return seen


def hasty(chain: Chain, shortest_ms: int = MINUTE) -> list[str]:
    """The first step of a circle that goes round in less than `shortest_ms`, if there is one."""
    rounds = ((step.id, _round(chain, step.id)) for step in chain.steps)
    return [step for step, length in rounds if length is not None and length < shortest_ms][:1]


def most_in_a_week(chain: Chain, caps: Sequence[Cap], more_than: int) -> int:
    """How many messages the chain may send somebody in a week, as far as one can reckon.

    Stops at `more_than` + 1. Caps hold it down, and waits as long as they are; an event that is
    awaited may come at once.
    """
    sends = [step.id for step in chain.steps if step.template is not None]
    most = max((_sent_after(chain, start, more_than) for start in sends), default=0)
    return min([most, *(cap.count * -(-WEEK // cap.period_ms) for cap in caps)])


def _round(chain: Chain, start: str) -> int | None:
    """The shortest time in which a run comes back to `start` by waiting; None if it does not."""
    ahead = [(edge.least_ms or 0, edge.to) for edge in _timed(chain, chain.step(start))]
    heapq.heapify(ahead)
    seen: set[str] = set()
    while ahead:
        at, step = heapq.heappop(ahead)
        if step == start:
            return at
        if step not in seen:
            seen.add(step)
            for edge in _timed(chain, chain.step(step)):
                heapq.heappush(ahead, (at + (edge.least_ms or 0), edge.to))
    return None


def _timed(chain: Chain, step: Step) -> Iterator[Edge]:
    """The ways on whose time is known: not by an event, nor by the clock on the wall."""
    for edge in edges(chain, step):
        if edge.least_ms is not None and (edge.least_ms > 0 or not step.parks):
            yield edge


def _sent_after(chain: Chain, start: str, more_than: int) -> int:
    """How many messages may leave in the week that begins with that of step `start`."""
    numbers, most = count(), 0
    ahead = [(0, next(numbers), start, 0)]
    seen: set[tuple[str, int]] = set()
    while ahead and most <= more_than:
        at, _, step_id, sent = heapq.heappop(ahead)
        if (step_id, sent) in seen:
            continue
        seen.add((step_id, sent))
        step = chain.step(step_id)
        sent += step.template is not None
        most = max(most, sent)
        for edge in _onward(chain, step):
            if edge.least_ms is not None and at + edge.least_ms < WEEK:
                heapq.heappush(ahead, (at + edge.least_ms, next(numbers), edge.to, sent))
    return most


def _onward(chain: Chain, step: Step) -> Iterator[Edge]:
    """The ways on; from an end back to the beginning, where somebody may come again."""
    found = list(edges(chain, step))
    yield from found
    if len(found) < max(1, len(step.ways())):
        again = chain.enter.again
        first = chain.steps[0].id
        if isinstance(again, Always):
            yield Edge(first, 0)
        elif isinstance(again, Every):
            yield Edge(first, again.period_ms)
