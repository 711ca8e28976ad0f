"""Rules that can never hold, and rules that surely do: proven by their trees alone.

A rule is known as a set of leaves that hold together; two leaves that exclude each other prove that
it never does. Silence means nothing: most of what is impossible cannot be seen from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf
from typing import Final

from mautod.core.rules.printer import show
from mautod.core.rules.tree import (
    ONCE,
    All,
    Did,
    Last,
    Leaf,
    Named,
    Not,
    Range,
    Rule,
    Since,
    Some,
    Test,
    Where,
    Window,
)

MOST_LEAVES: Final = 200
"""Of a longer conjunction only so many leaves are compared."""
_KNOWN: Final = "is known"
_UNKNOWN: Final = "is unknown"


@dataclass(frozen=True, slots=True)
class Literal:
    """A leaf that must hold, or must not."""

    leaf: Leaf
    holds: bool

    def __str__(self) -> str:
        return show(self.leaf if self.holds else Not(self.leaf))


def never(rule: Rule) -> str | None:
    """Why nobody can ever match the rule; None if that is not proven."""
    return _never(_without_names(rule), holds=True)


def surely(rule: Rule, known: Collection[Literal]) -> bool:
    """Whether the rule is proven to hold for everybody for whom the `known` literals do."""
    return _value(_without_names(rule), known) is True


def literals(rule: Rule) -> list[Literal]:
    """Leaves that hold, or do not, for everybody who matches the rule."""
    return list(_literals(_without_names(rule), holds=True))


def _without_names(rule: Rule) -> Rule:
    match rule:
        case All(parts):
            return All(tuple(map(_without_names, parts)))
        case Some(parts):
            return Some(tuple(map(_without_names, parts)))
        case Not(part):
            return Not(_without_names(part))
        case Named(_, inner) if inner is not None:
            return _without_names(inner)
        case _:
            return rule


def _literals(rule: Rule, *, holds: bool) -> Iterator[Literal]:
    """What a conjunction consists of; the parts of a disjunction say nothing by themselves."""
    match rule:
        case All(parts) if holds:
            yield from (each for part in parts for each in _literals(part, holds=True))
        case Some(parts) if not holds:
            yield from (each for part in parts for each in _literals(part, holds=False))
        case Not(part):
            yield from _literals(part, holds=not holds)
        case All() | Some() | Named():
            return
        case _:
            yield Literal(rule, holds)


def _never(rule: Rule, *, holds: bool) -> str | None:
    """Why the rule cannot be as `holds` says."""
    match rule:
        case Not(part):
            return _never(part, holds=not holds)
        case All(parts) | Some(parts):
            together = isinstance(rule, All) is holds
            reasons = [_never(part, holds=holds) for part in parts]
            if together:
                found = next((reason for reason in reasons if reason), None)
                return found or _clash(list(_literals(rule, holds=holds)))
            return reasons[0] if all(reasons) else None
        case Named():
            return None
        case _:
            return _alone(rule) if holds else None


def _alone(leaf: Leaf) -> str | None:
    """Why a leaf cannot hold by itself."""
    match leaf:
        case Test(value=Range(low, high)) if _is_number(low) and _is_number(high) and low > high:  # type: ignore[operator]
            return f"{show(leaf)} is true of nothing"
        case Did(where=where) if where is not None and (reason := _where(where)):
            return reason
        case _:
            return None


def _where(where: Where) -> str | None:
    return never(where)


def _clash(found: Sequence[Literal]) -> str | None:
    """Two literals of which only one can be."""
    for one, other in combinations(found[:MOST_LEAVES], 2):
        if _exclude(one, other) or _exclude(other, one):
            return f"{one} and {other} exclude each other"
    return None


def _exclude(one: Literal, other: Literal) -> bool:
    if one.leaf == other.leaf and one.holds is not other.holds:
        return True
    if isinstance(one.leaf, Did) and isinstance(other.leaf, Did):
        return one.holds and not other.holds and _implies(one.leaf, other.leaf)
    if isinstance(one.leaf, Test) and isinstance(other.leaf, Test):
        return one.leaf.path == other.leaf.path and _tests_exclude(one, other)
    return False


def _implies(one: Did, other: Did) -> bool:
    """Whether whoever did the one has done the other."""
    return (
        one.count.op in {">=", ">", "="}
        and one.count.number >= (0 if one.count.op == ">" else 1)
        and other.count == ONCE
        and set(one.events) <= set(other.events)
        and (other.where is None or other.where == one.where)
        and _within(one.window, other.window)
    )


def _within(one: Window | None, other: Window | None) -> bool:
    """Whether the one window lies in the other, at any instant."""
    match one, other:
        case _, None:
            return True
        case Last(short), Last(long):
            return short <= long
        case Since(first), Since(last):
            return first.text == last.text
        case _:
            return one == other


def _tests_exclude(one: Literal, other: Literal) -> bool:
    first, second = one.leaf, other.leaf
    assert isinstance(first, Test), "the caller has looked"
    assert isinstance(second, Test), "the caller has looked"
    if not other.holds:
        return one.holds and second.op == _KNOWN and first.op != _UNKNOWN
    if not one.holds:
        return False
    if second.op == _UNKNOWN:
        return first.op != _UNKNOWN
    if first.op == second.op == "=" and _comparable(first.value, second.value):
        return _folded(first.value) != _folded(second.value)
    low, high = _meet(_reach(first), _reach(second))
    return low > high


def _comparable(one: object, other: object) -> bool:
    return (isinstance(one, str) and isinstance(other, str)) or (
        _is_number(one) and _is_number(other)
    )


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


Reach = tuple[float, float]
"""The least and the greatest number that a test lets through; an open end is a trifle nearer."""


def _reach(test: Test) -> Reach:
    value = test.value
    if isinstance(value, Range) and _is_number(value.low) and _is_number(value.high):
        return float(value.low), float(value.high)  # type: ignore[arg-type]
    if not isinstance(value, int | float) or isinstance(value, bool):
        return -inf, inf
    number, trifle = float(value), abs(float(value)) * 1e-12 + 1e-12
    reaches = {
        "=": (number, number),
        ">": (number + trifle, inf),
        ">=": (number, inf),
        "<": (-inf, number - trifle),
        "<=": (-inf, number),
    }
    return reaches.get(test.op, (-inf, inf))


def _meet(one: Reach, other: Reach) -> Reach:
    return max(one[0], other[0]), min(one[1], other[1])


def _value(rule: Rule, known: Collection[Literal]) -> bool | None:
    match rule:
        case Not(part):
            inner = _value(part, known)
            return None if inner is None else not inner
        case All(parts):
            values = [_value(part, known) for part in parts]
            return False if False in values else (True if None not in values else None)
        case Some(parts):
            values = [_value(part, known) for part in parts]
            return True if True in values else (False if None not in values else None)
        case Named():
            return None
        case _:
            return _leaf(rule, known)


def _leaf(leaf: Leaf, known: Collection[Literal]) -> bool | None:
    for each in known:
        if each.leaf == leaf:
            return each.holds
        both = isinstance(each.leaf, Did) and isinstance(leaf, Did)
        if both and each.holds and _implies(each.leaf, leaf):  # type: ignore[arg-type]
            return True
        if each.holds and _exclude(each, Literal(leaf, holds=True)):
            return False
    return None
