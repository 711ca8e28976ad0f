"""`set = { stage = "warm" }`: change the person's properties.

Keys:
  set: property and value (text, number, true, false, or a list of them), one or several

Example:
  [[step]]
  set = { stage = "warm", offered = true }
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


@dataclass(frozen=True, slots=True)
class Set(Step):
    """Set these properties."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "set")
        inner = table.need_table("set")
        if not inner.values:
            raise table.error("set", "sets nothing.", 'Write set = { stage = "warm" }.')
        for name in inner.values:
            if not name or len(name.encode()) > LONGEST_NAME:
                raise inner.error(name, f"a name is 1 to {LONGEST_NAME} bytes long.")
        return cls(id_, {name: inner.need(name, _plain) for name in inner.values})

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        return Go(commands=(Change(self.values),))


def _plain(value: Any) -> Any:
    """Reader: what JSON can hold without objects."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, (str, bool, int, Decimal)):
        raise expected("text, a number, true, false or a list of them", value)
    return value


STEP = Set
