"""Chains and what happens: events start runs, wake them, and end them before their time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from mautod.core.chains.entry import Keyed, Past, key_of
from mautod.core.chains.merge import giving_way
from mautod.core.chains.run import MERGED
from mautod.core.envelope import STARTED
from mautod.core.event import Happened, Touched
from mautod.core.goals import GoalSpec
from mautod.core.sending.holdout import TREATED, Arms, Share
from mautod.services.chains import wake
from mautod.services.chains.versions import Version, Versions
from mautod.services.segments.asking import people_who
from mautod.store import inbox
from mautod.store.chains import holdout, runs
from mautod.store.chains.campaigns import ChainRow
from mautod.store.chains.runs import Ended, Entry
from mautod.store.db import Tx
from mautod.store.inbox import Note
from mautod.store.people import merges

ENTERED: Final = "Chain Entered"


class Chains:
    """The chains in force and the people on them; `zone` and `share` are the workspace's: where
    its days begin, and how many people no chain writes to. `installed`: the channels there are.

    Every method runs inside `write`. What `start` and `wake` return is for the caller to store.
    """

    def __init__(
        self, zone: str, share: Share | None = None, installed: Collection[str] | None = None
    ) -> None:
        self.versions = Versions(zone, installed)
        self._share = share

    def start(self, tx: Tx, events: Sequence[Happened], now: int) -> list[Note]:
        """Begin the runs that these stored events start; at most one for each event and chain.

        `Chain Started` is an operator's word, and as good as the chain's own event.
        """
        by_name: dict[str, list[Happened]] = defaultdict(list)
        for event in events:
            by_name[event.name].append(event)
        notes: list[Note] = []
        for row, version in self.versions.open(tx, now):
            trigger = version.chain.enter
            named = (event for name in trigger.events for event in by_name.get(name, ()))
            fit = [event for event in named if trigger.fits(event, self.versions.zone)]
            fit += [each for each in by_name.get(STARTED, ()) if each.props.get("chain") == row.key]
            if fit:
                arms = self._arms(tx, version)
                notes += _start(tx, row, version, fit, arms, now)
        return notes

    def wake(
        self, tx: Tx, events: Sequence[Happened], now: int, touched: Touched | None = None
    ) -> list[Note]:
        """Let these stored events reach the runs of their people.

        A run that reaches its goal or that its chain's `leave` rule calls back ends; one that
        awaits such an event wakes. `touched` says what else changed that `leave` may ask about.
        """
        return wake.wake(tx, self.versions, events, now, touched)

    def moved(self, tx: Tx, winner: int, loser: int, now: int) -> None:
        """Give the runs of an absorbed person to the other; nobody walks the same steps twice."""
        standings = runs.standings(tx, winner, loser)
        if not any(standing.newcomer for standing in standings):
            return
        gone = giving_way(standings, self._keyed(tx, now))
        merges.keep_runs(tx, winner, loser, (run.id for run in gone))
        ending = {run.id for run in gone if run.active}
        held = [h for h in runs.active(tx, (winner, loser)) if h.run.id in ending]
        runs.end(tx, (Ended(h.run, MERGED) for h in held), now)
        runs.move(tx, winner, loser, [run.id for run in gone])
        keys = {row.id: row.key for row, _ in self.versions.open(tx, now)}
        said = (wake.ended(keys[h.chain_id], MERGED) for h in held if h.chain_id in keys)
        inbox.post_all(tx, now, ((winner, wake.ENDED, props) for props in said))

    def goals(self, tx: Tx, now: int) -> list[GoalSpec]:
        """What the messages of chains in force, and of broadcasts, are for."""
        return [
            goal.of(row.id)
            for row, version in self.versions.earning(tx, now)
            if (goal := version.chain.goal) is not None
        ]

    def _arms(self, tx: Tx, version: Version) -> Arms | None:
        """Who is held out; None where nobody is, as while a chain is tried out."""
        held = self._share is not None or version.chain.holdout is not None
        if not held or version.chain.test is not None:
            return None
        return Arms(holdout.seed(tx), self._share)

    def _keyed(self, tx: Tx, now: int) -> set[int]:
        return {
            row.id
            for row, version in self.versions.open(tx, now)
            if isinstance(version.chain.enter.again, Keyed)
        }


class _Room:
    """How many runs of a chain each of these people may still begin."""

    def __init__(self, tx: Tx, chain_id: int, most: int | None, people: Collection[int]) -> None:
        self._most = most
        limited = most is not None and people
        self._taken = Counter(runs.under_way(tx, chain_id, people) if limited else ())

    def has(self, person_id: int) -> bool:
        return self._most is None or self._taken[person_id] < self._most

    def take(self, person_id: int) -> None:
        self._taken[person_id] += 1


def _start(
    tx: Tx,
    row: ChainRow,
    version: Version,
    events: Sequence[Happened],
    arms: Arms | None,
    now: int,
) -> list[Note]:
    """Begin the runs of one chain; events of one person in the order in which they happened."""
    trigger = version.chain.enter
    people = {event.person_id for event in events}
    for asked in filter(None, (version.entry, version.test)):
        people = people_who(tx, asked, people, now, row.key)
    pasts = runs.pasts(tx, row.id, people) if people else {}
    room = _Room(tx, row.id, version.chain.concurrent, people)
    notes: list[Note] = []
    for event in sorted(events, key=lambda event: (event.ts, event.id)):
        key = trigger.key(event)
        admitted = event.person_id in people and trigger.admits(pasts.get(event.person_id), event)
        if key is None or not admitted or not room.has(event.person_id):
            continue
        arm = arms.of(event.person_id, row.key, version.chain.holdout) if arms else TREATED
        known = _known(version, event)
        entry = Entry(
            row.id, row.definition_id, event.person_id, key, event.id, event.ts, arm, known
        )
        if runs.enter(tx, entry, now) is not None:
            pasts[event.person_id] = Past(active=True, entered_at=event.ts)
            room.take(event.person_id)
            notes.append((event.person_id, ENTERED, {"chain": row.key}))
    return notes


def _known(version: Version, event: Happened) -> dict[str, str]:
    """What steps will have to know of the event that starts the run."""
    found = {name: key_of(event.props, name) for name in version.keyed_on}
    return {name: value for name, value in found.items() if value is not None}
