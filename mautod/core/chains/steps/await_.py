"""`await = { event = "Message Clicked", for = "1d", else = "second" }`: wait for an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from mautod.core.chains.readers import where
from mautod.core.chains.run import Go, Park, Run, Transition, View, over_at
from mautod.core.chains.step import Step
from mautod.core.definition import Table, flag, key_name, label, span
from mautod.core.event import Happened
from mautod.core.rules.tree import Where
from mautod.core.rules.where import holds

OWN: Final = "Message "
"""Events of messages begin with this; those of other runs' messages do not count."""


@dataclass(frozen=True, slots=True)
class Await(Step):
    """Go on to `then` when the event comes, to `otherwise` when `length_ms` pass without.

    A "Message …" event counts if it is about a message of the same run, or with `any` about any.
    """

    event: str
    length_ms: int
    then: str | None = None
    otherwise: str | None = None
    where: Where | None = None
    any: bool = False

    parks: ClassVar[bool] = True

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "await")
        inner = table.need_table("await")
        inner.only("event", "for", "then", "else", "where", "any")
        return cls(
            id_,
            inner.need("event", label),
            inner.need("for", span),
            inner.get("then", key_name, None),
            inner.get("else", key_name, None),
            inner.get("where", where, None),
            inner.get("any", flag, default=False),
        )

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return Park(view.now + self.length_ms, self.event)

    def resume(self, run: Run, view: View) -> Transition:
        if run.heard:
            return Go(self.then)
        until = over_at(run, self.length_ms, view)
        return Park(until, self.event) if until > view.now else Go(self.otherwise)

    def hears(self, run: Run, event: Happened, zone: str) -> bool:
        return (
            event.name == self.event
            and (self.any or not event.name.startswith(OWN) or event.props.get("run") == run.id)
            and run.is_after_entry(event.id, event.ts)
            and holds(self.where, event.props, zone)
        )

    def ways(self) -> Mapping[str, str | None]:
        return {"then": self.then, "else": self.otherwise}

    @property
    def awaits(self) -> str:
        return self.event


STEP = Await
