"""The ledger as it would be if every chain shared its goals in one way: to read, not to keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mautod.core.goals import Attribution, Credit, GoalSpec, Touched, attribute, split
from mautod.core.reports.spans import Stretch, day_of
from mautod.store.db import Tx
from mautod.store.delivery import receipts
from mautod.store.reports import ledger
from mautod.store.reports.ledger import Entry
from mautod.store.reports.stats import EVER, Goals, Place


@dataclass(frozen=True, slots=True)
class Ledger:
    """Entries, each as it would be."""

    entries: Sequence[Entry]

    def places(self) -> dict[Place, Goals]:
        """What each place would be credited with."""
        found: dict[Place, Goals] = {}
        people: dict[Place, set[int]] = {}
        for entry in self.entries:
            part = found.setdefault(entry.place, Goals())
            part.add(entry.share_e4, entry.currency, entry.value_e4)
            if entry.share_e4:
                people.setdefault(entry.place, set()).add(entry.person)
        for place, part in found.items():
            part.people = len(people.get(place, ()))
        return found

    def people(self, chain_id: int) -> int:
        """How many people's goals a chain has a part in."""
        return len({e.person for e in self.entries if e.place[0] == chain_id and e.share_e4})

    def daily(self, spans: list[Stretch]) -> dict[tuple[int, int], Goals]:
        """What each chain would be credited with, by day."""
        found: dict[tuple[int, int], Goals] = {}
        for entry in self.entries:
            part = found.setdefault((entry.place[0], day_of(entry.at, spans)), Goals())
            part.add(entry.share_e4, entry.currency, entry.value_e4)
        return found


def reattribute(
    tx: Tx,
    goals: Mapping[int, GoalSpec],
    attribution: Attribution,
    period: tuple[int, int],
    zone: str,
) -> Ledger:
    """The ledger of a period with every event shared in this way among those who may claim it.

    `goals` by chain, as they are now. Events that nobody may claim under them, and those of people
    who were erased, stay as they are. The sums are the ledger's own.
    """
    return Ledger(list(_Reading(tx, goals, attribution, zone).read(period)))


@dataclass(slots=True)
class _Reading:
    tx: Tx
    goals: Mapping[int, GoalSpec]
    attribution: Attribution
    zone: str
    _person: int = 0
    _messages: Sequence[Touched] = ()

    def read(self, period: tuple[int, int]) -> Iterator[Entry]:
        rows = ledger.entries(self.tx, *period)
        for _, parts in groupby(rows, key=lambda entry: (entry.person, entry.of, entry.event)):
            entries = list(parts)
            credits_ = self._claims(entries[0])
            yield from self._shared(entries, credits_) if credits_ else entries

    def _claims(self, entry: Entry) -> list[Credit]:
        reached = [
            goal
            for goal in self.goals.values()
            if goal.is_reached_by(entry.name, entry.props, self.zone)
        ]
        if not reached:
            return []
        if entry.person != self._person:
            self._person = entry.person
            self._messages = receipts.touched(self.tx, entry.person, EVER[1])
        return attribute(reached, self._messages, entry.of_at, self.attribution)

    def _shared(self, entries: Sequence[Entry], credits_: Sequence[Credit]) -> Iterator[Entry]:
        amounts = [entry.value_e4 for entry in entries if entry.value_e4 is not None]
        values = split(sum(amounts), len(credits_)) if amounts else [None] * len(credits_)
        is_goal = entries[0].event == entries[0].of
        for credit, value in zip(credits_, values, strict=True):
            message = credit.message
            variant = ledger.variant(self.tx, message.message_id)
            yield replace(
                entries[0],
                place=(message.chain_id, message.step, message.template, variant),
                share_e4=credit.share_e4 if is_goal else 0,
                value_e4=value,
            )
