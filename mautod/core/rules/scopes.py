"""Between lexer and parser: which words are names, and how far a `where` reaches.

A keyword that stands where only a name can stand is a name: `where segment = "vip"`.

A `where` takes every property test that follows it, joined by and/or/not, as in SQL. It ends at an
operator that has no property to its left, such as a count or a window, at its closing parenthesis,
and before an and/or whose other side asks about the person: `did "A" where x = 1 and y = 2 and did
"B"` asks for x and y of A, and for a B.

Text in quotes after `did "A" or` is another event, unless it is a property that is compared; a
`between` with dates there is the window of the events.

`sum`, `first`, `tag`, `got` and their like are keywords before text in quotes only, `person` after
a comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lark import Token

from mautod.core.rules.tree import PERSON

LEAF_WORDS: Final = frozenset(
    {
        "DID", "SEGMENT", "LIST", "CHAIN", "WAS", "AGGREGATE", "OCCURRENCE", "TAG", "SCORE",
        "STAGE", "HEARD", "RULE", "SUBSCRIBED", "REACHABLE",
    }
)  # fmt: skip
"""Tokens that only a leaf about the person holds; a `where` cannot reach over them."""

_JOINS: Final = {"_AND": "_W_AND", "_OR": "_W_OR"}
_BEFORE_A_LEAF: Final = frozenset({"_AND", "_OR", "NOT", "LPAR", "_WHERE"})
_BEFORE_A_LIST: Final = frozenset({"_IN", "ANY", "ALL"})
_BEFORE_AN_EVENT: Final = frozenset({"DID", "_ELSE", "THEN", "NEVER"})
_AFTER_AN_EVENT: Final = frozenset(
    {"", "_AND", "_OR", "_RPAR", "_WHERE", "_SINCE", "THEN", "_WITHIN", "_ON"}
)
_OPENS_A_LEAF: Final = frozenset({"NOT", "DID", "_IN", "LPAR", "_RPAR", "STRING", "NAME"})
_NO_WORDS: Final = frozenset({"STRING", "NUMBER", "DATE", "DURATION", "COMPARE", "_COMMA", "_DOT"})
_BEFORE_A_VALUE: Final = frozenset(
    {"COMPARE", "CONTAINS", "MATCHES", "_WITH", "HAS", "BEFORE", "AFTER", "BETWEEN"}
)
_BEFORE_A_NAME: Final = frozenset({"_DOT", "_ON", "_BY"})
_BEFORE_A_TEST: Final = _BEFORE_A_LEAF | frozenset({"_W_AND", "_W_OR"})
_AFTER_A_WHERE: Final = frozenset(
    {"COMPARE", "BETWEEN", "_IN", "_SINCE", "BEFORE", "AFTER", "THEN", "_WITHIN", "_ON"}
)
_OF_A_PATH: Final = frozenset({"NAME", "STRING", "PERSON"})
NAMED: Final = {
    "sum": "AGGREGATE",
    "avg": "AGGREGATE",
    "min": "AGGREGATE",
    "max": "AGGREGATE",
    "distinct": "AGGREGATE",
    "first": "OCCURRENCE",
    "last": "OCCURRENCE",
    "tag": "TAG",
    "score": "SCORE",
    "stage": "STAGE",
    "rule": "RULE",
    "got": "HEARD",
    "opened": "HEARD",
    "clicked": "HEARD",
    "replied": "HEARD",
}
_OPENERS: Final = {
    "WAS": frozenset({("_IN", "SEGMENT")}),
    "SUBSCRIBED": frozenset({("_ABOUT", "STRING")}),
    "REACHABLE": frozenset({("_BY", "NAME"), ("_BY", "STRING")}),
}
"""Words that begin a leaf before these, and are names before anything else."""
_ALL: Final = -1


class Reach:
    """Lark's hook after lexing; `whole` is for a text that is one `where` from end to end."""

    always_accept: Iterable[str] = ()

    def __init__(self, *, whole: bool) -> None:
        self._start = [_ALL] if whole else []

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens of `stream` with names and joins told apart."""
        tokens = _name(list(stream))
        return iter(_join(tokens, list(self._start)))


def _name(tokens: list[Token]) -> list[Token]:
    before = "LPAR"
    for at, token in enumerate(tokens):
        kind = _kind(tokens, at, before)
        if kind != token.type:
            tokens[at] = token.update(type=kind)
        is_list = before in _BEFORE_A_LIST and kind == "LPAR"
        before = "" if is_list else kind
    return tokens


def _kind(tokens: list[Token], at: int, before: str) -> str:
    """The type of a token in its place; `before` is that of the one before it."""
    token, kind = tokens[at], tokens[at].type
    opener = _opener(tokens, at) if before in _BEFORE_A_LEAF else ""
    if opener or _is_a_name(kind, before):
        return opener or "NAME"
    if kind == "NAME" and before in _BEFORE_A_VALUE and token == PERSON:
        return "PERSON" if _types(tokens, at + 1)[0] == "_DOT" else kind
    if kind == "NOT" and before == "THEN":
        return "NEVER"
    if kind == "_AND" and _ends_a_low_edge(tokens, at - 1):
        return "_TO"
    is_else = kind == "_OR" and _ends_an_event(tokens, at - 1) and _is_event(tokens, at + 1)
    return "_ELSE" if is_else else kind


def _opener(tokens: list[Token], at: int) -> str:
    """The type of a word that begins a leaf, and is a name in any other place."""
    token, after = tokens[at], _types(tokens, at + 1)
    if token.type in ("NAME", "LAST") and token.lower() in NAMED:
        return NAMED[token.lower()] if after[0] == "STRING" else "NAME"
    return token.type if after in _OPENERS.get(token.type, ()) else ""


def _is_a_name(kind: str, before: str) -> bool:
    placed = before in _BEFORE_A_NAME or (before in _BEFORE_A_LEAF and kind not in _OPENS_A_LEAF)
    return placed and kind not in _NO_WORDS


def _ends_a_low_edge(tokens: list[Token], at: int) -> bool:
    start = at - 1 if tokens[at].type == "_AGO" else at
    return start > 0 and tokens[start - 1].type == "BETWEEN"


def _ends_an_event(tokens: list[Token], at: int) -> bool:
    return at > 0 and tokens[at].type == "STRING" and tokens[at - 1].type in _BEFORE_AN_EVENT


def _is_event(tokens: list[Token], at: int) -> bool:
    first, after = _types(tokens, at), _types(tokens, at + 2)
    if first[0] != "STRING":
        return False
    if first[1] == "COMPARE":
        return after == ("NUMBER", "_TIMES")
    if first[1] == "BETWEEN":
        return after[0] in ("DATE", "DURATION") or _types(tokens, at + 5)[0] == "_TIMES"
    return first[1] in _AFTER_AN_EVENT or (first[1] == "_IN" and after[0] == "DURATION")


def _join(tokens: list[Token], wheres: list[int]) -> list[Token]:
    """Rename the joins inside a `where`; `wheres` holds the depth at which each began."""
    personal = _personal_groups(tokens)
    depth = 0
    for at, token in enumerate(tokens):
        if token.type == "LPAR":
            depth += 1
        elif token.type == "_RPAR":
            depth -= 1
            while wheres and wheres[-1] > depth:
                wheres.pop()
        elif token.type == "_WHERE":
            wheres.append(depth)
        elif wheres and wheres[-1] == depth and _ends(tokens, at, personal):
            wheres.pop()
        elif wheres and token.type in _JOINS:
            tokens[at] = token.update(type=_JOINS[token.type])
    return tokens


def _ends(tokens: list[Token], at: int, personal: set[int]) -> bool:
    if tokens[at].type in _JOINS:
        return _asks_about_the_person(tokens, at + 1, personal)
    return tokens[at].type in _AFTER_A_WHERE and not _follows_a_property(tokens, at)


def _follows_a_property(tokens: list[Token], at: int) -> bool:
    """Whether a property stands to the left of `at` that nothing else has taken."""
    at -= 1
    while at > 1 and tokens[at].type in _OF_A_PATH and tokens[at - 1].type == "_DOT":
        at -= 2
    return tokens[at].type in _OF_A_PATH and tokens[at - 1].type in _BEFORE_A_TEST


def _types(tokens: list[Token], at: int) -> tuple[str, str]:
    return (
        tokens[at].type if at < len(tokens) else "",
        tokens[at + 1].type if at + 1 < len(tokens) else "",
    )


def _asks_about_the_person(tokens: list[Token], at: int, personal: set[int]) -> bool:
    while at < len(tokens) and tokens[at].type == "NOT":
        at += 1
    first, second = _types(tokens, at)
    return first in LEAF_WORDS or (first == "_IN" and second in LEAF_WORDS) or at in personal


def _personal_groups(tokens: list[Token]) -> set[int]:
    """Where the parentheses open that hold a leaf about the person."""
    found: set[int] = set()
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.type == "LPAR":
            opened.append(at)
        elif token.type == "_RPAR" and opened:
            inner = opened.pop()
            if inner in found and opened:
                found.add(opened[-1])
        elif token.type in LEAF_WORDS and opened:
            found.add(opened[-1])
    return found
