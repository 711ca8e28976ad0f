"""Events reach the runs of their people: a goal ends them, `leave` ends them, `await` hears."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.core.chains.definition import Chain
from mautod.core.chains.machine import hears
from mautod.core.chains.run import GOAL, LEFT, Run
from mautod.core.event import Happened, Touched
from mautod.core.rules.checker import Depends
from mautod.core.rules.where import holds
from mautod.services.chains.versions import Version, Versions
from mautod.services.segments.asking import runs_that
from mautod.store.chains import runs
from mautod.store.chains.runs import Ended, Held
from mautod.store.db import Tx
from mautod.store.inbox import Note

ENDED: Final = "Chain Ended"

Deeds = Mapping[int, Sequence[Happened]]
"""Events by person."""


@dataclass(frozen=True, slots=True)
class _News:
    """What a batch brings: events by person, and everything that changed."""

    deeds: Deeds
    changed: Touched
    zone: str
    now: int

    def of(self, run: Run) -> Sequence[Happened]:
        return self.deeds.get(run.person_id, ())


def wake(
    tx: Tx, versions: Versions, events: Sequence[Happened], now: int, touched: Touched | None
) -> list[Note]:
    """End or wake the runs that these events are about; the events of the ends."""
    news = _News(_by_person(events), _changed(events, touched), versions.zone, now)
    held = runs.active(tx, news.changed.people())
    over: list[Ended] = []
    notes: list[Note] = []
    heard: list[int] = []
    stirred: list[int] = []
    for version, group in by_version(tx, versions, held, now):
        ending = _ending(tx, version, group, news)
        over += ending.values()
        notes += said(version.chain, ending.values())
        staying = [each.run for each in group if each.run.id not in ending]
        heard += (run.id for run in staying if _hears(version.chain, run, news))
        stirred += _stirred(version, staying, news.changed)
    runs.end(tx, over, now)
    runs.stir(tx, stirred, now)
    runs.hear(tx, heard, now)
    return notes


def by_version(
    tx: Tx, versions: Versions, held: Iterable[Held], now: int
) -> Iterable[tuple[Version, list[Held]]]:
    """Runs by the version that they follow; those of one that cannot be read are left out."""
    groups: dict[int, list[Held]] = defaultdict(list)
    for each in held:
        groups[each.definition_id].append(each)
    for definition_id, group in groups.items():
        version = versions.find(tx, definition_id, now)
        if version is not None:
            yield version, group


def leaving(tx: Tx, version: Version, held: Sequence[Held], now: int) -> set[int]:
    """Those of these runs, by id, that the chain's `leave` rule calls back."""
    if version.leave is None:
        return set()
    ids = {each.run.id for each in held}
    return runs_that(tx, version.leave, ids, now, version.chain.key)


def ended(chain_key: str, outcome: str) -> Mapping[str, str]:
    """The properties of a `Chain Ended` event."""
    return {"chain": chain_key, "outcome": outcome}


def said(chain: Chain, ends: Iterable[Ended]) -> list[Note]:
    """The events that say that runs have ended; of a broadcast its message says it all."""
    if chain.broadcast is not None:
        return []
    return [(end.run.person_id, ENDED, ended(chain.key, end.outcome)) for end in ends]


def _ending(tx: Tx, version: Version, held: Sequence[Held], news: _News) -> dict[int, Ended]:
    """The runs of one version that end now, by id; a goal comes before all else."""
    over: dict[int, Ended] = {}
    for each in held:
        goal_at = _goal_at(version.chain, each.run, news)
        if goal_at is not None:
            over[each.run.id] = Ended(each.run, GOAL, goal_at=goal_at)
    people = _asked_about(version.leave_on, news.changed)
    doubtful = [h for h in held if h.run.id not in over and h.run.person_id in people]
    left = leaving(tx, version, doubtful, news.now)
    return over | {h.run.id: Ended(h.run, LEFT) for h in doubtful if h.run.id in left}


def _goal_at(chain: Chain, run: Run, news: _News) -> int | None:
    """When the person reached the chain's goal after entering."""
    goal = chain.goal
    if goal is None:
        return None
    reached = (
        event.ts
        for event in news.of(run)
        if event.name == goal.event
        and run.is_after_entry(event.id, event.ts)
        and chain.enter.same(run.key, event.props)
        and holds(goal.where, event.props, news.zone)
    )
    return min(reached, default=None)


def _hears(chain: Chain, run: Run, news: _News) -> bool:
    return run.awaiting is not None and any(
        hears(chain, run, event, news.zone) for event in news.of(run)
    )


def _stirred(version: Version, staying: Iterable[Run], changed: Touched) -> Iterator[int]:
    """The runs for which something changed that they must look at where they wait."""
    if not version.stirring:
        return
    people = {step: _asked_about(needs, changed) for step, needs in version.stirring.items()}
    for run in staying:
        if run.person_id in people.get(run.step, ()):
            yield run.id


def _changed(events: Sequence[Happened], touched: Touched | None) -> Touched:
    """Everything that changed, the events included."""
    changed = Touched() if touched is None else touched
    fresh = Touched(
        {name: set(people) for name, people in changed.events.items()},
        changed.props,
        {key: set(people) for key, people in changed.segments.items()},
        changed.everything,
        changed.facts,
    )
    for event in events:
        fresh.event(event.name, event.person_id)
        if event.name in _MOVES:
            fresh.segments.setdefault(str(event.props.get("segment")), set()).add(event.person_id)
    return fresh


_MOVES: Final = ("Segment Entered", "Segment Left")


def _asked_about(rule: Depends, changed: Touched) -> set[int]:
    """The people about whom a rule that depends on `rule` may answer differently now."""
    groups = [
        *(changed.events.get(name, set()) for name in rule.events),
        *(changed.props.get(name, set()) for name in rule.props),
        *(changed.segments.get(key, set()) for key in rule.segments),
        *(changed.facts.get(name, set()) for name in rule.facts),
    ]
    return changed.everything.union(*groups)


def _by_person(events: Iterable[Happened]) -> Deeds:
    deeds: dict[int, list[Happened]] = defaultdict(list)
    for event in events:
        deeds[event.person_id].append(event)
    return deeds
