"""The versions of chains that runs follow, read once and ready to be asked.

Versions never change, so each is read and compiled once; which of them is in force, and whether
its chain runs, is asked anew every time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from mautod.channels import kinds
from mautod.core.chains.definition import Chain, parse_chain
from mautod.core.chains.moments import Dated
from mautod.core.chains.readers import GOAL_LONGEST
from mautod.core.rules.checker import Depends, depends
from mautod.core.rules.tree import All, Reachable, Rule, Subscribed
from mautod.errors import DefinitionError, NotFound
from mautod.services.definitions.templates import Templates
from mautod.store import catalog, state
from mautod.store.chains import broadcasts, campaigns
from mautod.store.chains.campaigns import ChainRow
from mautod.store.db import Tx
from mautod.store.rules.predicate import Predicate, compile_rule
from mautod.store.state import Aside

STOPPED: Final = "stopped"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a chain with its rules compiled; `questions` are those of its steps.

    `stirring`: what makes runs look again that wait at a step. `keyed_on`: properties of the event
    that starts a run whose values its steps must know. `personal`: whether steps ask for the
    person's zone or `dates`; `calls`: whether they wait for what calls come to; `cascades`:
    whether they try several channels, and `reach`: who is reached by each of these that is there.
    """

    chain: Chain
    entry: Predicate | None
    test: Predicate | None
    leave: Predicate | None
    leave_on: Depends
    questions: Mapping[str, Predicate]
    stirring: Mapping[str, Depends] = field(default_factory=dict)
    keyed_on: frozenset[str] = frozenset()
    personal: bool = False
    calls: bool = False
    dates: frozenset[tuple[str, ...]] = frozenset()
    reach: Mapping[str, Predicate] = field(default_factory=dict)
    cascades: bool = False


class Versions:
    """Chains by the id of their definition; dates in rules are read in `zone`.

    `installed`: the channels that are there; if nobody says, all that mautod knows.
    """

    def __init__(self, zone: str, installed: Collection[str] | None = None) -> None:
        self.zone = zone
        self._installed = frozenset(kinds() if installed is None else installed)
        self._known: dict[int, Version] = {}
        self._broken: set[int] = set()
        self._templates = Templates()

    def get(self, tx: Tx, definition_id: int) -> Version:
        """The version with this id.

        Raises:
            NotFound: there is none.
            DefinitionError: it was applied by a mautod that read other things.
        """
        if definition_id not in self._known:
            self._known[definition_id] = self._read(tx, definition_id)
        return self._known[definition_id]

    def find(self, tx: Tx, definition_id: int, now: int) -> Version | None:
        """The version with this id; None if it cannot be read, which is set aside once."""
        try:
            return self.get(tx, definition_id)
        except (NotFound, DefinitionError) as error:
            if definition_id not in self._broken:
                self._broken.add(definition_id)
                state.set_aside(tx, now, [Aside("rule", str(error), "chain")])
            return None

    def urgent(self, tx: Tx) -> frozenset[str]:
        """The templates of messages that were asked for, and wait behind no campaign."""
        self._templates.refresh(tx)
        return self._templates.transactional()

    def open(self, tx: Tx, now: int) -> Iterator[tuple[ChainRow, Version]]:
        """The chains that people may enter, paused ones too, in the version in force."""
        rows = (row for row in campaigns.chains(tx) if row.state != STOPPED)
        return self._found(tx, rows, now)

    def earning(self, tx: Tx, now: int) -> Iterator[tuple[ChainRow, Version]]:
        """Those, and the stopped chains and broadcasts whose messages may yet reach their goal."""
        since = now - GOAL_LONGEST
        rows = (r for r in campaigns.chains(tx) if r.state != STOPPED or r.changed_at >= since)
        yield from self._found(tx, rows, now)
        yield from self._found(tx, broadcasts.earning(tx, since), now)

    def _found(
        self, tx: Tx, rows: Iterable[ChainRow], now: int
    ) -> Iterator[tuple[ChainRow, Version]]:
        for row in rows:
            version = self.find(tx, row.definition_id, now)
            if version is not None:
                yield row, version

    def _read(self, tx: Tx, definition_id: int) -> Version:
        definition = catalog.get(tx, definition_id)
        if definition is None:
            raise NotFound(f"there is no definition {definition_id}")
        chain = parse_chain(definition.body, definition.file, definition.key)
        return Version(
            chain,
            self._compiled(chain.enter.rule),
            self._compiled(chain.test),
            self._compiled(chain.leave),
            Depends() if chain.leave is None else depends(chain.leave),
            {
                step.id: compile_rule(step.rule, zone=self.zone)
                for step in chain.steps
                if step.rule is not None
            },
            stirring={step.id: needs for step in chain.steps if (needs := step.stirred_by)},
            keyed_on=frozenset(step.keyed_on for step in chain.steps if step.keyed_on is not None),
            personal=any(step.personal for step in chain.steps),
            calls=any(step.calls for step in chain.steps),
            reach=self._reach(chain),
            cascades=any(step.channels for step in chain.steps),
            dates=frozenset(path for step in chain.steps for path in step.dates),
        )

    def _reach(self, chain: Chain) -> dict[str, Predicate]:
        tried = {name for step in chain.steps for name in step.channels} & self._installed
        return {
            name: compile_rule(reaching(name, chain.topic), zone=self.zone)
            for name in sorted(tried)
        }

    def _compiled(self, rule: Rule | None) -> Predicate | None:
        return None if rule is None else compile_rule(rule, zone=self.zone)


def reaching(channel: str, topic: str) -> Rule:
    """Whether a message about `topic` may reach somebody by `channel`, as far as is known."""
    if not topic:
        return Reachable(channel)
    return All((Reachable(channel), Subscribed(topic, channel)))


def trigger_dates(tx: Tx) -> set[tuple[str, ...]]:
    """The properties by whose dates chains in force start; those that cannot be read have none."""
    found = set()
    for definition in catalog.active(tx, "chain"):
        with suppress(DefinitionError):
            chain = parse_chain(definition.body, definition.file, definition.key)
            if isinstance(chain.enter.moment, Dated):
                found.add(chain.enter.moment.path)
    return found
