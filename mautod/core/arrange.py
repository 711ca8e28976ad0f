"""Segments and scores ask each other: each must stand after those that it asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from mautod.core.definition import Table, nearest
from mautod.core.rules import order
from mautod.core.rules.checker import asked_of, depends, on_score, on_segment
from mautod.core.scoring import Score, row_depends
from mautod.core.segments import Segment
from mautod.errors import DefinitionError

Defined = Segment | Score

_KINDS: Final = ("segment", "score")


def name_of(defined: Defined) -> str:
    """By what others depend on it."""
    match defined:
        case Segment(key):
            return on_segment(key)
        case Score(key):
            return on_score(key)


def asks(defined: Defined) -> frozenset[str]:
    """The names of those that it asks."""
    needs = depends(defined.tree()) if isinstance(defined, Segment) else defined.depends()
    return frozenset(name for name in asked_of(needs) if name.partition(" ")[0] in _KINDS)


@dataclass(frozen=True, slots=True)
class Files:
    """The tables of both files, which know the lines."""

    segments: Table
    scores: Table

    def error(self, defined: Defined, asked: str, message: str, hint: str) -> DefinitionError:
        """What to raise about a definition, where it asks for `asked`."""
        match defined:
            case Segment(key, exclude=exclude):
                excluded = asked in map(on_segment, exclude)
                table = self.segments.need_table(key)
                return table.error("exclude" if excluded else "rule", message, hint)
            case Score(key, rows=rows):
                asking = (asked in asked_of(row_depends(row)) for row in rows)
                table = self.scores.need_table(key).tables("points")[list(asking).index(True)]
                return table.error("when", message, hint)


def missing(
    defined: Iterable[Defined], known: Collection[str], files: Files
) -> list[DefinitionError]:
    """What is wrong where one asks another that is not among the `known` names."""
    return [
        files.error(each, name, *_unknown(name, known))
        for each in defined
        for name in sorted(asks(each).difference(known))
    ]


def in_order(defined: Iterable[Defined], files: Files) -> list[Defined]:
    """All of them so that each comes after those it asks.

    Raises:
        DefinitionError: some ask each other in a circle.
    """
    named = {name_of(each): each for each in defined}
    names, circle = order.in_order({name: asks(each) for name, each in named.items()})
    if circle:
        asking, asked, *_ = asks_on = circle[::-1]
        message = f"these ask each other in a circle: {' → '.join(asks_on)}."
        hint = "Take one of them out of the other's rule."
        raise files.error(named[asking], asked, message, hint)
    return [named[name] for name in names]


def _unknown(name: str, known: Collection[str]) -> tuple[str, str]:
    kind, _, key = name.partition(" ")
    keys = [other for which, _, other in (each.partition(" ") for each in known) if which == kind]
    hint = nearest(key, keys) if keys else f"There is no {kind} at all yet."
    return f"there is no {kind} {key!r}.", hint
