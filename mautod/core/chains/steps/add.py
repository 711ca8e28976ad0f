"""`add = { visits = 1 }`: add to numbers among the person's properties.

A property that is not there counts as 0; below 0 it is taken away. What is no number stays as it
is, and `mautod doctor` says so.

Keys:
  add: property and number, one or several

Example:
  [[step]]
  add = { letters_sent = 1, credit = -2.5 }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

from mautod.core.chains.run import Change, Go, Run, Transition, View
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table, expected

LONGEST_NAME: Final = 255  # bytes, as for any property
_LARGEST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Add(Step):
    """Add these numbers."""

    numbers: Mapping[str, int | Decimal]

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "add")
        inner = table.need_table("add")
        if not inner.values:
            raise table.error("add", "adds nothing.", "Write add = { visits = 1 }.")
        for name in inner.values:
            if not name or len(name.encode()) > LONGEST_NAME:
                raise inner.error(name, f"a name is 1 to {LONGEST_NAME} bytes long.")
        return cls(id_, {name: inner.need(name, _number) for name in inner.values})

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return Go(commands=(Change({"$add": self.numbers}),))


def _number(value: Any) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise expected("a number", value)
    if not -_LARGEST <= value <= _LARGEST:
        raise expected("a number that is not so large", value)
    return value


STEP = Add
