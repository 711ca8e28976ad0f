"""`wait = "1h"`: let time pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from mautod.core.chains.run import Go, Park, Run, Transition, View, over_at
from mautod.core.chains.step import Step
from mautod.core.definition import Table, span


@dataclass(frozen=True, slots=True)
class Wait(Step):
    """Go on after `length_ms`."""

    length_ms: int

    parks: ClassVar[bool] = True

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "wait")
        return cls(id_, table.need("wait", span))

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return Park(view.now + self.length_ms)

    def resume(self, run: Run, view: View) -> Transition:
        until = over_at(run, self.length_ms, view)
        return Park(until) if until > view.now else Go()


STEP = Wait
