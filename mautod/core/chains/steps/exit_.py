"""`exit = "clicked"`: leave the chain, with a word for the report.

Messages in the queue still leave. After the last step a run ends by itself, as `finished`.

Keys:
  exit: the outcome

Example:
  [[step]]
  exit = "clicked"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from mautod.core.chains.run import OUTCOMES, End, Run, Transition, View
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table, key_name
from mautod.errors import BadInput


@dataclass(frozen=True, slots=True)
class Exit(Step):
    """End the run; messages in the queue still leave."""

    outcome: str

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "exit")
        return cls(id_, table.need("exit", _outcome))

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return End(self.outcome)

    def ways(self) -> Mapping[str, str | None]:
        return {}


def _outcome(value: Any) -> str:
    outcome = key_name(value)
    if outcome in OUTCOMES:
        raise BadInput(
            f"{outcome!r} is an outcome that runs have by themselves.", hint="Write another word."
        )
    return outcome


STEP = Exit
