"""Several servers as one: each letter goes to one of them, and to another if it surely has it not.

A letter moves on only when the server that was to take it could not be reached or took its leave
before it had the whole text. Any other answer, and every doubt, is the letter's outcome.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol, TypeGuard

from mautod.clock import Clock
from mautod.core.sending.bounce import CLOSING
from mautod.core.sending.fleet import Fleet, Member, Standing, Terms
from mautod.core.sending.message import (
    Failed,
    Later,
    Letter,
    Outcome,
    Retry,
    Sent,
    Unknown,
)
from mautod.core.sending.rate import Room
from mautod.core.sending.retry import UNREACHABLE
from mautod.duration import SECOND

_TROUBLE: Final = frozenset({UNREACHABLE, CLOSING})
"""Rules that blame the server: it took nothing, and another may."""
_NOBODY: Final = "no mail server takes letters now"


class Carrier(Protocol):
    """One server's way out; its outcomes are those of `mautod.channels.port.Channel.send`."""

    async def open(self) -> None: ...
    async def send(self, batch: Sequence[Letter]) -> list[Outcome]: ...
    def forget(self, addresses: Collection[str]) -> int: ...
    async def close(self) -> None: ...


class Pool:
    """All servers of a channel, by name."""

    def __init__(
        self, carriers: Mapping[str, Carrier], terms: Sequence[Terms], clock: Clock
    ) -> None:
        self._carriers = carriers
        self._fleet = Fleet(terms, clock())
        self._clock = clock

    def __repr__(self) -> str:
        return f"Pool({', '.join(map(repr, self._carriers.values()))})"

    async def open(self) -> None:
        """Make all ready.

        Raises:
            ConfigError: one cannot work as it is configured.
        """
        for carrier in self._carriers.values():
            await carrier.open()

    def room(self, now: int, *, waiting: bool) -> Room:
        """How many letters the servers may be given now, all together."""
        return self._fleet.room(now, waiting=waiting)

    def standings(self) -> list[Standing]:
        """What is known of each server."""
        now = self._clock()
        return [member.standing(now) for member in self._fleet.members.values()]

    def resume(self, standings: Sequence[Standing]) -> None:
        """Go on where a former life stopped: how far each server's warm-up is."""
        for known in standings:
            if known.name in self._fleet.members:
                self._fleet.members[known.name].today = known.today

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        """Try each letter, at every server at most once; outcomes in the order of `batch`."""
        trip = _Trip(batch)
        while plan := self._plan(trip):
            async with asyncio.TaskGroup() as group:
                for name, places in plan.items():
                    group.create_task(self._carry(name, places, trip))
        return trip.outcomes()

    def forget(self, addresses: Collection[str]) -> int:
        return sum(carrier.forget(addresses) for carrier in self._carriers.values())

    async def close(self) -> None:
        await asyncio.gather(*(carrier.close() for carrier in self._carriers.values()))

    def _plan(self, trip: _Trip) -> dict[str, list[int]]:
        """Who carries which of the letters that wait; the others have their outcome."""
        now = self._clock()
        plan: dict[str, list[int]] = defaultdict(list)
        for place in trip.waiting():
            letter, tried = trip.batch[place], trip.tried[place]
            member = self._fleet.choose(now, tried, letter.prefer, letter.avoid)
            if member is not None:
                plan[member.terms.name].append(place)
            elif not tried:
                trip.settle(place, Later(self._room_at(now), _NOBODY))
        return plan

    def _room_at(self, now: int) -> int:
        return self._fleet.room(now, waiting=True).at or now + SECOND

    async def _carry(self, name: str, places: Sequence[int], trip: _Trip) -> None:
        outcomes = await self._carriers[name].send([trip.batch[place] for place in places])
        for place, outcome in zip(places, outcomes, strict=True):
            trip.tried[place].append(name)
            trip.settle(place, _stamped(outcome, name))
        _learn(self._fleet.members[name], outcomes, self._clock())


class _Trip:
    """The letters of one `send`: what became of each, and which servers have tried it."""

    def __init__(self, batch: Sequence[Letter]) -> None:
        self.batch = batch
        self.tried: list[list[str]] = [[] for _ in batch]
        self._outcomes: dict[int, Outcome] = {}

    def waiting(self) -> list[int]:
        """Places of letters that no server has, as far as is known."""
        return [place for place in range(len(self.batch)) if self._moves_on(place)]

    def _moves_on(self, place: int) -> bool:
        outcome = self._outcomes.get(place)
        return outcome is None or _is_trouble(outcome)

    def settle(self, place: int, outcome: Outcome) -> None:
        self._outcomes[place] = outcome

    def outcomes(self) -> list[Outcome]:
        return [self._outcomes[place] for place in range(len(self.batch))]


def _is_trouble(outcome: Outcome) -> TypeGuard[Retry]:
    return isinstance(outcome, Retry) and outcome.rule in _TROUBLE


def _is_doubt(outcome: Outcome) -> TypeGuard[Unknown]:
    return isinstance(outcome, Unknown)


def _is_answer(outcome: Outcome) -> bool:
    """Whether the server spoke of the letter, and not only of itself."""
    if isinstance(outcome, Sent):
        return True
    answered = isinstance(outcome, Retry | Failed) and bool(outcome.trace.code)
    return answered and not _is_trouble(outcome)


def _learn(member: Member, outcomes: Sequence[Outcome], now: int) -> None:
    """What a server's outcomes say of it; one that lets a connection break in doubt is not well."""
    details = [one.detail for one in outcomes if _is_doubt(one) or _is_trouble(one)]
    served = sum(map(_is_answer, outcomes))
    member.returned(sum(map(_is_trouble, outcomes)))
    if details:
        member.blamed(details[-1], now)
    if served:
        member.took(served, now)
    elif details:
        member.failed(len(details), now)


def _stamped(outcome: Outcome, name: str) -> Outcome:
    """The outcome, and by which server it came about."""
    if isinstance(outcome, Later) or outcome.trace.server:
        return outcome
    return replace(outcome, trace=replace(outcome.trace, server=name))
