"""What a chain asks of its messages when they leave: window, cap, and whether they are wanted.

A message follows the version of the chain that queued it, and versions never change, so each is
read once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mautod.core.chains.definition import Chain, parse_chain
from mautod.core.chains.entry import Keyed
from mautod.core.chains.limits import NO_LIMITS, OTHER, SKIP, WAIT, Limits
from mautod.core.chains.run import GOAL, LEFT, MERGED, WITHDRAWN
from mautod.core.chains.step import Step
from mautod.core.event import Happened
from mautod.core.rules.tree import Did, Rule, SinceEntry
from mautod.core.rules.where import holds
from mautod.core.sending.caps import Cap
from mautod.core.sending.gate import Left
from mautod.core.sending.holdout import Share
from mautod.core.times.windows import Window
from mautod.errors import DefinitionError
from mautod.services.chains.versions import reaching
from mautod.services.segments.asking import people_who
from mautod.store import catalog, state
from mautod.store.chains import runs
from mautod.store.db import Tx
from mautod.store.delivery import messages
from mautod.store.delivery.messages import Dossier
from mautod.store.rules.predicate import Predicate, RuleFailed, compile_rule, holds_for_runs
from mautod.store.state import Aside

RESEND: Final = "resend"


@dataclass(frozen=True, slots=True)
class StepPolicy:
    """What the messages of one step heed: the windows, what to do outside them, and over a cap."""

    windows: tuple[Window, ...] = ()
    outside: str = WAIT
    over_cap: str = SKIP

    def with_own(self, own: Limits) -> StepPolicy:
        """The same with what one step says of itself: its window must be open too."""
        return StepPolicy(
            (*self.windows, own.window) if own.window else self.windows,
            own.outside or self.outside,
            own.over_cap or self.over_cap,
        )


AS_ALL: Final = StepPolicy()


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a chain, as far as its messages heed it.

    `chain` holds for steps that say nothing else, `steps` for the others; `others`, for those that
    go by another channel outside their window, who is reached by each of their channels. `resend`:
    a message that may have been taken is sent again. `tested` is true of those to whom alone it
    writes. `left` and `reached` are the rules that withdraw a message at the last moment.
    `keyed` is the chain if each of its runs has a goal of its own. `unreadable` says why its limits
    are not known; its messages stay in the queue.
    """

    chain: StepPolicy = AS_ALL
    caps: tuple[Cap, ...] = ()
    steps: Mapping[str, StepPolicy] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Predicate]] = field(default_factory=dict)
    holdout: Share | None = None
    resend: bool = False
    tested: Predicate | None = None
    left: Predicate | None = None
    reached: Predicate | None = None
    keyed: Chain | None = None
    unreadable: str = ""

    def at(self, step: str) -> StepPolicy:
        """What the messages of one step heed."""
        return self.steps.get(step, self.chain)


@dataclass(frozen=True, slots=True)
class Departure:
    """Why a run does not want its message any more."""

    left: Left | None = None
    goal_at: int | None = None


NO_CHAIN: Final = Policy()


class Policies:
    """The policies of chain versions by definition id; dates in rules are read in `zone`."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._known: dict[int, Policy] = {0: NO_CHAIN}

    def load(self, tx: Tx, definition_ids: Collection[int]) -> dict[int, Policy]:
        """The policy of each of these versions; 0 stands for no chain."""
        for definition_id in definition_ids - self._known.keys():
            self._known[definition_id] = self._read(tx, definition_id)
        return {definition_id: self._known[definition_id] for definition_id in definition_ids}

    def suppose(self, chain: Chain) -> None:
        """Let messages of no chain follow `chain`, which is not in force yet."""
        self._known[0] = self._policy(chain)

    def departed(self, tx: Tx, dossiers: Sequence[Dossier], now: int) -> dict[int, Departure]:
        """Which of these messages are not wanted any more, by message id.

        The run's own record is asked first, then the chain's rules: a run that walked to its end
        while its last message waited for the morning is watched by nobody else.
        """
        found = {d.id: gone for d in dossiers if (gone := _recorded(d)) is not None}
        for definition_id, open_ in _by_definition(d for d in dossiers if d.id not in found):
            policy = self._known[definition_id]
            left = _holding(tx, policy.left, open_, now)
            reached = _holding(tx, policy.reached, open_, now)
            if policy.keyed is not None:
                reached = _by_their_own(tx, policy.keyed, self._zone, open_, reached)
            found |= {d.id: Departure(goal_at=now) for d in open_ if d.run_id in reached}
            found |= {d.id: Departure(Left("leave rule", now)) for d in open_ if d.run_id in left}
        return found

    def untested(self, tx: Tx, dossiers: Sequence[Dossier], now: int) -> set[int]:
        """Which of these messages are for people who are on no test list of a chain on trial."""
        found: set[int] = set()
        for definition_id, those in _by_definition(dossiers):
            tested = self._known[definition_id].tested
            if tested is not None:
                people = {d.person_id for d in those}
                listed = people_who(tx, tested, people, now, those[0].chain)
                found |= {d.id for d in those if d.person_id not in listed}
        return found

    def elsewhere(
        self, tx: Tx, dossiers: Sequence[Dossier], channel: str, known: Collection[str], now: int
    ) -> set[int]:
        """Which of these messages on `channel` have a channel after it that reaches their people,
        and is among the `known` ones.
        """
        found: set[int] = set()
        for definition_id, those in _by_definition(dossiers):
            for step, reach in self._known[definition_id].others.items():
                here = [d for d in those if d.step == step]
                for predicate in _after(reach, channel, known) if here else ():
                    people = {d.person_id for d in here}
                    reached = people_who(tx, predicate, people, now, here[0].chain)
                    found |= {d.id for d in here if d.person_id in reached}
        return found

    def _read(self, tx: Tx, definition_id: int) -> Policy:
        definition = catalog.get(tx, definition_id)
        if definition is None:
            return NO_CHAIN
        try:
            chain = parse_chain(definition.body, definition.file, definition.key)
        except DefinitionError as error:
            return Policy(unreadable=str(error))
        return self._policy(chain)

    def _policy(self, chain: Chain) -> Policy:
        goal = chain.goal
        reached = Did((goal.event,), goal.where, window=SinceEntry()) if goal else None
        whole = StepPolicy((chain.window,) if chain.window else (), chain.outside, chain.over_cap)
        return Policy(
            chain=whole,
            caps=chain.caps,
            steps={
                step.id: whole.with_own(step.limits)
                for step in chain.steps
                if step.limits != NO_LIMITS
            },
            others={step.id: self._others(chain, step) for step in chain.steps},
            holdout=chain.holdout,
            resend=chain.when_unknown == RESEND,
            tested=self._compiled(chain.test),
            left=self._compiled(chain.leave),
            reached=self._compiled(reached),
            keyed=chain if isinstance(chain.enter.again, Keyed) else None,
        )

    def _others(self, chain: Chain, step: Step) -> dict[str, Predicate]:
        if step.limits.outside != OTHER:
            return {}
        return {
            channel: compile_rule(reaching(channel, chain.topic), zone=self._zone)
            for channel in step.channels
        }

    def _compiled(self, rule: Rule | None) -> Predicate | None:
        return None if rule is None else compile_rule(rule, zone=self._zone)


def _by_their_own(
    tx: Tx, chain: Chain, zone: str, dossiers: Sequence[Dossier], reached: set[int]
) -> set[int]:
    """Those of the runs `reached` whose goal an event reached that may be about their own key."""
    there = [d for d in dossiers if d.run_id in reached and d.entered_at is not None]
    if chain.goal is None or not there:
        return reached
    goal = chain.goal
    came = runs.since(tx, [(d.person_id, goal.event, d.entered_at or 0) for d in there])
    return {
        d.run_id or 0
        for place, d in enumerate(there)
        if any(
            _is_after(tx, d, event)
            and chain.enter.same(d.run_key, event.props)
            and holds(goal.where, event.props, zone)
            for event in came.get(place, ())
        )
    }


def _is_after(tx: Tx, dossier: Dossier, event: Happened) -> bool:
    entry = messages.entry_event(tx, dossier.run_id or 0) or 0
    return (event.ts, event.id) > (dossier.entered_at or 0, entry)


def _after(
    reach: Mapping[str, Predicate], channel: str, known: Collection[str]
) -> Iterator[Predicate]:
    """Who is reached by each channel that comes after `channel` and is known."""
    order = list(reach)
    for name in order[order.index(channel) + 1 :] if channel in reach else ():
        if name in known:
            yield reach[name]


def _recorded(dossier: Dossier) -> Departure | None:
    """What the ledger itself says."""
    if dossier.merged_into is not None or _gave_way(dossier):
        return Departure(Left(MERGED))
    if dossier.chain_state == "stopped":
        return Departure(Left("chain stopped"))
    if dossier.goal_at is not None or dossier.outcome == GOAL:
        return Departure(goal_at=dossier.goal_at or dossier.ended_at)
    if dossier.outcome in WITHDRAWN:
        how = "leave rule" if dossier.outcome == LEFT else str(dossier.outcome)
        return Departure(Left(how, dossier.ended_at))
    return None


def _gave_way(dossier: Dossier) -> bool:
    """Whether the person has another run with this key: of two people who merged, one goes on."""
    return dossier.run_key.endswith(f"~{dossier.run_id}")


def _by_definition(dossiers: Iterable[Dossier]) -> Iterable[tuple[int, list[Dossier]]]:
    groups: dict[int, list[Dossier]] = {}
    for dossier in dossiers:
        if dossier.run_id is not None:
            groups.setdefault(dossier.definition_id, []).append(dossier)
    return groups.items()


def _holding(
    tx: Tx, predicate: Predicate | None, dossiers: Sequence[Dossier], now: int
) -> set[int]:
    """The runs for which a rule of their chain holds; one that can't be answered does not."""
    if predicate is None:
        return set()
    try:
        return holds_for_runs(tx, predicate, {d.run_id for d in dossiers if d.run_id}, now)
    except RuleFailed as error:
        if len(dossiers) > 1:
            return set().union(*(_holding(tx, predicate, [d], now) for d in dossiers))
        alone = dossiers[0]
        state.set_aside(tx, now, [Aside("run", str(error), "leave", alone.chain, str(alone.id))])
        return set()
