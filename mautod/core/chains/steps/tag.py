"""`tag = "+wholesale -trial"`: put tags on the person and take others off.

Keys:
  tag: tags with a sign, parted by spaces; a list if a tag has a space in it

Example:
  [[step]]
  tag = ["+big spender", "-trial"]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

from mautod.core.chains.run import Change, Go, Run, Transition, View
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table, expected, label
from mautod.core.people.person import TAGS

MOST_TAGS: Final = 50


@dataclass(frozen=True, slots=True)
class Tag(Step):
    """Put `on` and take `off`."""

    on: tuple[str, ...]
    off: tuple[str, ...]

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "tag")
        words = table.need("tag", _words)
        on, off = (tuple(word[1:].strip() for word in words if word[0] == sign) for sign in "+-")
        if set(on) & set(off):
            both = min(set(on) & set(off))
            raise table.error("tag", f"{both!r} is to be put on and taken off.", "Choose one.")
        return cls(id_, on, off)

    def enter(self, run: Run, view: View) -> Transition:  # noqa: ARG002
        changes = {"$union": self.on, "$remove": self.off}
        values = {operation: {TAGS: list(tags)} for operation, tags in changes.items() if tags}
        return Go(commands=(Change(values),))


def _words(value: Any) -> list[str]:
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list) or not 1 <= len(words) <= MOST_TAGS:
        raise expected('tags like "+wholesale -trial"', value)
    found = [label(word) for word in words]
    if any(word[0] not in "+-" or not word[1:].strip() for word in found):
        raise expected('tags with a sign, like "+wholesale"', value)
    return found


STEP = Tag
