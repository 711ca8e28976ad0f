"""`await = { event = "Message Clicked", for = "1d", else = "second" }`: wait for something.

What is awaited is an event, or a rule about the person that becomes true; two ways lead on, one if
it came and one if the time ran out. The time counts from when the run's last message left. A
"Message …" event counts if it is about a message of the same run; opens and clicks of machines do
not, unless `where` asks about `machine`. A rule is asked whenever
something changes that it depends on, and every ten minutes if time alone can turn it.

Keys:
  event: the name of the event
  where: a test of its properties
  on: a property that the event must have in common with the one that started the run
  any: true if messages of other runs count as well
  rule: instead of an event, what must become true of the person
  for: how long at most
  then: where to go on when it came; else with the next step
  else: where to go on when it did not; else with the next step

Example:
  [[step]]
  await = { event = "Order Paid", on = "order_id", for = "1d", then = "first", else = "second" }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from mautod.core.chains.entry import key_of
from mautod.core.chains.readers import run_rule, where
from mautod.core.chains.run import Ask, Go, Park, Run, Transition, View, over_at
from mautod.core.chains.step import Step
from mautod.core.event import Happened
from mautod.core.files.definition import Table, flag, key_name, label, span
from mautod.core.rules.checker import Depends, depends
from mautod.core.rules.hands import counts
from mautod.core.rules.tree import Rule, Where
from mautod.duration import MINUTE

OWN: Final = "Message "
"""Events of messages begin with this; those of other runs' messages do not count."""

AGAIN_MS: Final = 10 * MINUTE
"""So often a rule is asked that time alone can turn."""


@dataclass(frozen=True, slots=True)
class Await(Step):
    """Go on to `then` when `event` comes or `question` holds, to `otherwise` after `length_ms`."""

    event: str | None
    length_ms: int
    then: str | None = None
    otherwise: str | None = None
    where: Where | None = None
    any: bool = False
    on: str | None = None
    question: Rule | None = None

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "await")
        inner = table.need_table("await")
        inner.only("event", "rule", "for", "then", "else", "where", "any", "on")
        if "rule" in inner:
            inner.only("rule", "for", "then", "else")
        return cls(
            id_,
            None if "rule" in inner else inner.need("event", label),
            inner.need("for", span),
            inner.get("then", key_name, None),
            inner.get("else", key_name, None),
            inner.get("where", where, None),
            inner.get("any", flag, default=False),
            inner.get("on", label, None),
            inner.get("rule", run_rule, None),
        )

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        if self.question is not None:
            return self._asked(view, view.now + self.length_ms)
        return Park(view.now + self.length_ms, self.event)

    def resume(self, run: Run, view: View) -> Transition:
        if run.heard:
            return Go(self.then)
        until = over_at(run, self.length_ms, view)
        if self.question is not None:
            return self._asked(view, until)
        return Park(until, self.event) if until > view.now else Go(self.otherwise)

    def hears(self, run: Run, event: Happened, zone: str) -> bool:
        return (
            event.name == self.event
            and (self.any or not event.name.startswith(OWN) or event.props.get("run") == run.id)
            and run.is_after_entry(event.id, event.ts)
            and self._same(run, event)
            and counts(event, self.where, zone)
        )

    def ways(self) -> Mapping[str, str | None]:
        return {"then": self.then, "else": self.otherwise}

    def least_ms(self, way: str) -> int:
        return self.length_ms if way == "else" else 0

    @property
    def parks(self) -> bool:
        return self.question is None

    @property
    def awaits(self) -> str | None:
        return self.event

    @property
    def rule(self) -> Rule | None:
        return self.question

    @property
    def stirred_by(self) -> Depends | None:
        return None if self.question is None else depends(self.question)

    @property
    def keyed_on(self) -> str | None:
        return self.on

    def _asked(self, view: View, until: int) -> Transition:
        if self.id not in view.truths:
            return Ask()
        if view.truths[self.id]:
            return Go(self.then)
        if until <= view.now:
            return Go(self.otherwise)
        needs = self.stirred_by
        turns = needs is not None and bool(needs.frontiers)
        return Park(min(until, view.now + AGAIN_MS) if turns else until)

    def _same(self, run: Run, event: Happened) -> bool:
        """Whether the event has in common with the run's own what it must."""
        if self.on is None:
            return True
        mine = run.entry.get(self.on)
        return mine is not None and key_of(event.props, self.on) == mine


STEP = Await
