"""Named rules: written once in `rules.toml`, asked for by name in any rule as `rule "engaged"`.

Whoever keeps a rule keeps the texts of those that it names beside it, so that a version that was
applied goes on meaning what it meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from mautod.core.rules.parser import parse, tokens_of
from mautod.core.rules.parts import MOST_DEPTH
from mautod.core.rules.tree import All, Named, Not, Rule, Some
from mautod.errors import RuleError

Texts = Mapping[str, str]
"""Named rules by their keys, as they are written."""

MOST_LEAVES: Final = 1000
"""Leaves of a rule with all that it names put in."""
MOST_NAMED: Final = 32
"""Rules on the way from one to another."""


Size = tuple[int, int]
"""(leaves, levels)"""


def read(text: str, known: Texts, *, entry: bool = True) -> Rule:
    """The tree of a rule, with the rules that it names put in.

    Raises:
        RuleError: as `parse` does; or it names a rule that is not `known`, or that asks itself, or
            it would have more than 1000 leaves.
    """
    rule = parse(text, entry=entry)
    return _Binding(text, known, entry).whole(rule) if names(rule) else rule


def bind(rule: Rule, known: Texts) -> Rule:
    """The same for a tree without its text.

    Raises:
        RuleError: as `read` does; the place is unknown.
    """
    return _Binding("", known).whole(rule) if names(rule) else rule


def names(rule: Rule) -> list[str]:
    """The keys of the rules that a rule names itself, from left to right."""
    match rule:
        case All(parts) | Some(parts):
            return [key for part in parts for key in names(part)]
        case Not(part):
            return names(part)
        case Named(key):
            return [key]
        case _:
            return []


def used(keys: Iterable[str], known: Texts) -> dict[str, str]:
    """Those of `known` that these keys lead to, directly or through others.

    Unknown keys, and rules with a mistake, lead nowhere.
    """
    found: dict[str, str] = {}
    open_ = [key for key in keys if key in known]
    while open_:
        key = open_.pop()
        if key not in found:
            found[key] = known[key]
            open_ += [inner for inner in _named_in(known[key]) if inner in known]
    return dict(sorted(found.items()))


def _named_in(text: str) -> list[str]:
    try:
        return names(parse(text))
    except RuleError:
        return []


@dataclass(slots=True)
class _Binding:
    """One rule being put together; each named one is put together once.

    `entry` says whether `since entry` makes sense; `way` is what leads to what is being put in.
    """

    text: str
    known: Texts
    entry: bool = True
    done: dict[str, Rule] = field(default_factory=dict)
    way: list[str] = field(default_factory=list)

    def whole(self, rule: Rule) -> Rule:
        """The rule itself, which has no name."""
        bound = self.bind(rule)
        return self._fits(names(rule)[0], bound)

    def bind(self, rule: Rule) -> Rule:
        """The rule with those that it names put in."""
        match rule:
            case All(parts):
                return All(tuple(self.bind(part) for part in parts))
            case Some(parts):
                return Some(tuple(self.bind(part) for part in parts))
            case Not(part):
                return Not(self.bind(part))
            case Named(key):
                return Named(key, self._named(key))
            case _:
                return rule

    def _named(self, key: str) -> Rule:
        if key not in self.done:
            self._check(key)
            self.way.append(key)
            bound = self.bind(self._parsed(key))
            self.way.pop()
            self.done[key] = self._fits(key, bound)
        return self.done[key]

    def _parsed(self, key: str) -> Rule:
        try:
            return parse(self.known[key], entry=self.entry)
        except RuleError as error:
            raise self._error(key, f'rule "{key}": {error.message}', error.hint) from error

    def _check(self, key: str) -> None:
        if key not in self.known:
            near = get_close_matches(key, self.known, 1)
            hint = f"Did you mean {near[0]}?" if near else "Rules get their names in rules.toml."
            raise self._error(key, f'there is no rule "{key}"', hint)
        if key in self.way:
            circle = " → ".join([*self.way[self.way.index(key) :], key])
            raise self._error(key, f"the rules ask each other in a circle: {circle}")
        if len(self.way) >= MOST_NAMED:
            raise self._error(key, f"rules name each other more than {MOST_NAMED} deep")

    def _fits(self, key: str, rule: Rule) -> Rule:
        """A rule that is put in as often as it is named must not grow without end."""
        many, deep = _size(rule)
        if many > MOST_LEAVES or deep > MOST_DEPTH:
            message = f'with rule "{key}" it has {many} parts, {deep} levels deep'
            hint = f"At most {MOST_LEAVES} and {MOST_DEPTH}: make segments of them."
            raise self._error(key, message, hint)
        return rule

    def _error(self, key: str, message: str, hint: str = "") -> RuleError:
        """At the name in the text that leads there."""
        first = self.way[0] if self.way else key
        at = next((t for t in tokens_of(self.text) if t[1:-1] == first), None)
        line, column = (at.line or 1, at.column or 1) if at else (1, 1)
        return RuleError(message, text=self.text, line=line, column=column, hint=hint)


def _size(rule: Rule) -> Size:
    match rule:
        case All(parts) | Some(parts):
            sizes = [_size(part) for part in parts]
            return sum(many for many, _ in sizes), max(deep for _, deep in sizes) + 1
        case Not(part):
            many, deep = _size(part)
            return many, deep + 1
        case Named(_, inner) if inner is not None:
            return _size(inner)
        case _:
            return 1, 1
