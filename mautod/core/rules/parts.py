"""Finished pieces of a rule's tree, as the parser hands them from one to the next."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from lark import Token

from mautod.core.rules.operators import Takes
from mautod.core.rules.tree import (
    Asked,
    Operand,
    Rule,
    Then,
    Window,
)

MOST_DEPTH: Final = 64
ORIGIN: Final = Token("ORIGIN", "", line=1, column=1)


class Fault(Exception):
    """A mistake that the grammar lets through, at a token."""

    def __init__(self, message: str, at: Token, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.at, self.hint = message, at, hint


class Part(NamedTuple):
    """A finished piece of the tree: how deep it nests, and whose clock and person it needs."""

    rule: Rule
    depth: int
    entry: Token | None = None
    relative: Token | None = None
    person: Token | None = None


Path = tuple[tuple[str, ...], Token]


class OperandPart(NamedTuple):
    value: Operand
    kinds: frozenset[Takes]
    at: Token
    slides: bool = False


class WindowPart(NamedTuple):
    window: Window | None
    entry: Token | None = None


class Names(NamedTuple):
    names: tuple[str, ...]


class AskedPart(NamedTuple):
    asked: Asked
    depth: int


class ThenPart(NamedTuple):
    then: Then
    depth: int
    never: Token | None


def window_of(parts: tuple[Any, ...]) -> WindowPart:
    return next((part for part in parts if isinstance(part, WindowPart)), WindowPart(None))


def deeper(parts: list[Part], rule: Rule, at: Token | None = None) -> Part:
    depth = max(part.depth for part in parts) + 1
    if depth > MOST_DEPTH:
        raise Fault("the rule nests deeper than 64 levels", at or ORIGIN, "Split it in segments.")
    entry = next((part.entry for part in parts if part.entry), None)
    relative = next((part.relative for part in parts if part.relative), None)
    person = next((part.person for part in parts if part.person), None)
    return Part(rule, depth, entry, relative, person)


def relative_in_where(at: Token) -> Fault:
    return Fault(
        "a date inside where cannot slide with the clock",
        at,
        'Write the window after the where, as did "X" where total > 5 in 7d.',
    )
