"""Segments and scores ask each other: each must stand after those that it asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from mautod.core.files.definition import Table, nearest
from mautod.core.rules import order
from mautod.core.rules.checker import Depends, asked_of, depends, on_score, on_segment
from mautod.core.rules.tree import AtStage, leaves
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


def asks(defined: Defined, stages: AbstractSet[str] = frozenset()) -> frozenset[str]:
    """The names of those that it asks; `stages` are those of the journey's stages."""
    asked = asked_of(_depends(defined), stages)
    return frozenset(name for name in asked if name.partition(" ")[0] in _KINDS)


def stages_of(defined: Iterable[Defined]) -> frozenset[str]:
    """The names of those that are stages of the journey."""
    return frozenset(name_of(each) for each in defined if _is_stage(each))


def _is_stage(defined: Defined) -> bool:
    return isinstance(defined, Segment) and defined.stage is not None


def _depends(defined: Defined) -> Depends:
    return depends(defined.tree()) if isinstance(defined, Segment) else defined.depends()


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
    stages = stages_of(named.values())
    names, circle = order.in_order({name: asks(each, stages) for name, each in named.items()})
    if circle:
        asking, asked, *_ = asks_on = circle[::-1]
        message = f"these ask each other in a circle: {' → '.join(asks_on)}."
        hint = "Take one of them out of the other's rule."
        raise files.error(named[asking], asked, message, hint)
    return [named[name] for name in names]


def misplaced(defined: Collection[Defined], files: Files) -> list[DefinitionError]:
    """What is wrong with stages: two of one number, and a rule that asks for what is none."""
    return [*_twice(defined, files), *_no_stages(defined, files)]


def _twice(defined: Iterable[Defined], files: Files) -> Iterator[DefinitionError]:
    found: dict[int, str] = {}
    for each in defined:
        if not isinstance(each, Segment) or each.stage is None:
            continue
        other = found.setdefault(each.stage, each.key)
        if other != each.key:
            message = f"segment {other!r} is stage {each.stage} too."
            table = files.segments.need_table(each.key)
            yield table.error("stage", message, "Give each its own number.")


def _no_stages(defined: Collection[Defined], files: Files) -> Iterator[DefinitionError]:
    known = {name.partition(" ")[2] for name in stages_of(defined)}
    for each in defined:
        for leaf in leaves(each.tree()) if isinstance(each, Segment) else ():
            if isinstance(leaf, AtStage) and leaf.key not in known:
                hint = nearest(leaf.key, known) if known else "Give a segment stage = 1."
                table = files.segments.need_table(each.key)
                yield table.error("rule", f"there is no stage {leaf.key!r}.", hint)


def _unknown(name: str, known: Collection[str]) -> tuple[str, str]:
    kind, _, key = name.partition(" ")
    keys = [other for which, _, other in (each.partition(" ") for each in known) if which == kind]
    hint = nearest(key, keys) if keys else f"There is no {kind} at all yet."
    return f"there is no {kind} {key!r}.", hint
