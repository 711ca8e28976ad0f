"""`start = "after-sales"`: start another chain for the person, as an operator would.

The other chain's `when` and `again` still say whether it takes them. If both have a run for each
value of the same property, an order for example, it is started for the value of this run.

Keys:
  start: the key of the chain

Example:
  [[step]]
  start = "after-sales"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from mautod.core.chains.run import Go, Run, Start, Transition, View
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table, key_name


@dataclass(frozen=True, slots=True)
class StartStep(Step):
    """Start the chain `other`, and go on."""

    other: str

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "start")
        return cls(id_, table.need("start", key_name))

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return Go(commands=(Start(self.other),))

    @property
    def other_chain(self) -> str:
        return self.other


STEP = StartStep
