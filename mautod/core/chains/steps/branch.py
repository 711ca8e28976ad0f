"""`branch = 'did "Order Completed" since entry'`: two ways on, by a rule.

Keys:
  branch: the rule, asked when the run comes here; `since entry` is since the run began
  then: where to go on if it holds; else with the next step
  else: where to go on if it does not; else with the next step

Example:
  [[step]]
  branch = 'sum "Order Completed".total > 20000 in 90d'
  then = "first"
  else = "second"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from mautod.core.chains.readers import run_rule
from mautod.core.chains.run import Ask, Go, Run, Transition, View
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table, key_name
from mautod.core.rules.tree import Rule


@dataclass(frozen=True, slots=True)
class Branch(Step):
    """Go on to `then` if the rule holds for the person, to `otherwise` if not."""

    question: Rule
    then: str | None = None
    otherwise: str | None = None

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "branch", "then", "else")
        question = table.need("branch", run_rule)
        if "then" not in table and "else" not in table:
            raise table.error("branch", "both ways lead to the same step.", 'Write else = "ID".')
        then, otherwise = table.get("then", key_name, None), table.get("else", key_name, None)
        return cls(id_, question, then, otherwise)

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        if self.id not in view.truths:
            return Ask()
        return Go(self.then if view.truths[self.id] else self.otherwise)

    def ways(self) -> Mapping[str, str | None]:
        return {"then": self.then, "else": self.otherwise}

    @property
    def rule(self) -> Rule:
        return self.question


STEP = Branch
