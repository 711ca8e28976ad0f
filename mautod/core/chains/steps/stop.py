"""`stop = "welcome"`: end the person's runs on another chain.

They end with the outcome `stopped`, and their messages that still wait do not leave.

Keys:
  stop: the key of the chain

Example:
  [[step]]
  stop = "welcome"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from mautod.core.chains.run import Go, Run, Stop, Transition, View
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table, key_name


@dataclass(frozen=True, slots=True)
class StopStep(Step):
    """Stop the chain `other`, and go on."""

    other: str

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "stop")
        return cls(id_, table.need("stop", key_name))

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return Go(commands=(Stop(self.other),))

    @property
    def other_chain(self) -> str:
        return self.other


STEP = StopStep
