"""`jump = "again"`: go on at another step.

Keys:
  jump: the id of the step

Example:
  [[step]]
  jump = "second"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from mautod.core.chains.run import Go, Run, Transition, View
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table, key_name


@dataclass(frozen=True, slots=True)
class Jump(Step):
    """Go on at the step `to`."""

    to: str

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "jump")
        return cls(id_, table.need("jump", key_name))

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return Go(self.to)

    def ways(self) -> Mapping[str, str | None]:
        return {"jump": self.to}


STEP = Jump
