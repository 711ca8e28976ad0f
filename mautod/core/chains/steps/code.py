"""`code = "spring"`: give the person a promo code of a pool in codes.toml.

One person has one code of a pool, the same every time, and nobody gets one that somebody has had.
Templates of later messages know it as `code`, those of several pools as `run.codes.POOL`. If a list
has none left, the run waits for new ones and looks every ten minutes.

Keys:
  code: the key of the pool
  for: how long it waits for new codes, 7 days if not said; not at all if `else` says where to go
  else: where to go on for whom no code is left; else the run ends, as "no-code"

Example:
  [[step]]
  code = "spring"
  else = "second"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from mautod.core.chains.run import Ask, End, Given, Go, Park, Run, Transition, View
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table, key_name, span
from mautod.duration import DAY, MINUTE

NO_CODE: Final = "no-code"
WAITED_MS: Final = 7 * DAY
AGAIN_MS: Final = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Code(Step):
    """Take a code of the pool `taken_from`, and go on."""

    taken_from: str
    length_ms: int
    otherwise: str | None

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "code", "for", "else")
        otherwise = table.get("else", key_name, None)
        length = table.get("for", span, 0 if otherwise else WAITED_MS)
        return cls(id_, table.need("code", key_name), length, otherwise)

    def enter(self, run: Run, view: View) -> Transition:
        if self.taken_from in run.codes:
            return Go()
        if self.id not in view.codes:
            return Ask()
        if code := view.codes[self.id]:
            return Go(commands=(Given(self.taken_from, code),))
        until = run.step_at + self.length_ms
        if until > view.now:
            return Park(min(until, view.now + AGAIN_MS))
        return End(NO_CODE) if self.otherwise is None else Go(self.otherwise)

    def ways(self) -> Mapping[str, str | None]:
        return {"": None} if self.otherwise is None else {"": None, "else": self.otherwise}

    @property
    def pool(self) -> str:
        return self.taken_from


STEP = Code
