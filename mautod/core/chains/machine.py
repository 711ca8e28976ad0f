"""The machine: what a run does next, and what it leaves to be done.

Pure, and the same for everybody: a chain, a run that wakes, and what it sees give one answer. The
machine goes from step to step until one of them parks, asks or ends. Steps that let no time pass
cannot form a circle, so it always comes to that; the bound below is for a definition that was
never checked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from mautod.core.chains.definition import MOST_STEPS, Chain
from mautod.core.chains.run import (
    FINISHED,
    Answer,
    Ask,
    Command,
    Draw,
    End,
    Given,
    Go,
    Park,
    Run,
    Transition,
    View,
)
from mautod.core.event import Happened
from mautod.errors import Conflict

_MOST_MOVES: Final = MOST_STEPS + 1


@dataclass(frozen=True, slots=True)
class Advance:
    """How far a run came: where it stands now, and the commands on the way, in order.

    `path`: the steps that it came to, in order, the one where it stands last.

    With `asks`, the rule of that step must be answered and the run woken again as it was; nothing
    else of the answer counts then. With `outcome` the run has ended.
    """

    run: Run
    commands: tuple[Command, ...] = ()
    asks: str | None = None
    outcome: str | None = None
    path: tuple[str, ...] = ()


def advance(chain: Chain, run: Run, view: View) -> Advance:
    """Let a run that wakes take its steps.

    Raises:
        Conflict: it walked more steps than the chain has without any waiting.
    """
    commands: tuple[Command, ...] = ()
    path: tuple[str, ...] = ()
    view = _of_chain(view, chain)
    if run.step:
        transition = chain.step(run.step).resume(run, view)
    else:
        run, transition = _come(chain, run, chain.steps[0].id, view)
        path = (run.step,)
    for _ in range(_MOST_MOVES):
        match transition:
            case Park(wake_at, awaiting, more):
                parked = _moved(run, run.step, run.step_at, wake_at, awaiting)
                return Advance(parked, commands + more, path=path)
            case Ask():
                return Advance(run, asks=run.step)
            case End(outcome):
                return Advance(run, commands, outcome=outcome, path=path)
            case Go(to, more):
                commands += more
                run = _remembering(run, more)
                place = to or chain.after(run.step)
                if place is None:
                    return Advance(run, commands, outcome=FINISHED, path=path)
                run, transition = _come(chain, run, place, view)
                path += (place,)
    raise Conflict(f"the run took {_MOST_MOVES} steps without waiting")


def _of_chain(view: View, chain: Chain) -> View:
    if view.chain == chain.key:
        return view
    return replace(view, chain=chain.key, window=chain.window)


def hears(chain: Chain, run: Run, event: Happened, zone: str) -> bool:
    """Whether `event` is what the run awaits."""
    return (
        bool(run.step)
        and chain.enter.same(run.key, event.props)
        and chain.step(run.step).hears(run, event, zone)
    )


def _come(chain: Chain, run: Run, place: str, view: View) -> tuple[Run, Transition]:
    run = _moved(run, place, view.now, run.wake_at, None)
    return run, chain.step(place).enter(run, view)


def _moved(run: Run, step: str, step_at: int, wake_at: int, awaiting: str | None) -> Run:
    """The run at a step where it has heard nothing; `replace` would take four times as long."""
    return Run(
        run.id, run.person_id, run.key, run.entered_at, run.entry_event,
        step, step_at, wake_at, awaiting, False,
        run.variants, run.entry, run.answers, run.codes,
    )  # fmt: skip


def _remembering(run: Run, commands: tuple[Command, ...]) -> Run:
    """The run, which remembers what it drew, what it was answered and what it was given."""
    for command in commands:
        match command:
            case Draw(step, variant):
                run = replace(run, variants={**run.variants, step: variant})
            case Answer(step, answer):
                run = replace(run, answers={**run.answers, step: answer})
            case Given(pool, code):
                run = replace(run, codes={**run.codes, pool: code})
            case _:
                pass
    return run
