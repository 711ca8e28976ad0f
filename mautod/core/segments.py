"""`segments.toml`: named rules, in an order in which each stands after those it asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mautod.core.definition import Table, label, nearest, text
from mautod.core.rules import order
from mautod.core.rules.checker import depends
from mautod.core.rules.parser import parse
from mautod.core.rules.tree import Rule
from mautod.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as it is written; `tree` is its rule parsed."""

    key: str
    name: str
    rule: str
    tree: Rule

    @property
    def asks(self) -> frozenset[str]:
        """The segments that its rule asks."""
        return depends(self.tree).segments


def read_segment(key: str, table: Table) -> Segment:
    """The segment that one table of the file describes.

    Raises:
        DefinitionError: it describes none; a rule's error shows the place with a caret.
    """
    table.only("name", "rule")
    name = table.get("name", label, key)
    rule, tree = table.need("rule", _rule)
    return Segment(key, name, rule, tree)


def missing(
    segments: Iterable[Segment], known: Collection[str], file: Table
) -> list[DefinitionError]:
    """What is wrong where a rule asks a segment that is not `known`; `file` has the lines."""
    return [
        _error(file, segment.key, f"there is no segment {asked!r}.", nearest(asked, known))
        for segment in segments
        for asked in sorted(segment.asks.difference(known))
    ]


def in_order(segments: Mapping[str, Segment], file: Table) -> list[Segment]:
    """The segments so that each comes after those it asks; `file` has their lines.

    Raises:
        DefinitionError: some ask each other in a circle.
    """
    keys, circle = order.in_order({key: segment.asks for key, segment in segments.items()})
    if circle:
        message = f"the segments ask each other in a circle: {' → '.join(circle)}."
        raise _error(file, circle[0], message, "Take one of them out of the other's rule.")
    return [segments[key] for key in keys]


def _error(file: Table, key: str, message: str, hint: str) -> DefinitionError:
    line = file.line_of(key, "rule")
    return DefinitionError(message, file=file.file, line=line, key=f"{key}.rule", hint=hint)


def _rule(value: Any) -> tuple[str, Rule]:
    rule = text(value).strip()
    return rule, parse(rule, entry=False)
