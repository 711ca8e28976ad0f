"""What happened: one stored event, and what a batch of them touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec


class Happened(msgspec.Struct, frozen=True, gc=False):
    """One stored event of one person; `ts` is when it happened, both instants in UTC ms."""

    id: int
    person_id: int
    name: str
    ts: int
    received_at: int
    props: Mapping[str, Any]


@dataclass(slots=True)
class Touched:
    """Which people a batch changed, by what changed; rules that depend on nothing else rest.

    `events`: event name → people with such a new event. `props`: property name → people whose
    value changed, system columns included. `segments`: segment key → people who moved.
    `facts`: what else may be known, by the names of `core/rules/checker.py`, → people for whom it
    changed. `everything`: people about whom all is new, for example after a merge.
    """

    events: dict[str, set[int]] = field(default_factory=dict)
    props: dict[str, set[int]] = field(default_factory=dict)
    segments: dict[str, set[int]] = field(default_factory=dict)
    everything: set[int] = field(default_factory=set)
    facts: dict[str, set[int]] = field(default_factory=dict)

    def event(self, name: str, person_id: int) -> None:
        self.events.setdefault(name, set()).add(person_id)

    def prop(self, name: str, person_id: int) -> None:
        self.props.setdefault(name, set()).add(person_id)

    def fact(self, name: str, person_id: int) -> None:
        self.facts.setdefault(name, set()).add(person_id)

    def people(self) -> set[int]:
        """Everybody whom the batch touched in any way."""
        named = (self.events, self.props, self.segments, self.facts)
        return self.everything.union(*(people for by in named for people in by.values()))
