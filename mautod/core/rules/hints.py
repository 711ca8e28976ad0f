"""Why a text does not parse, in words that help to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from lark import Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from mautod.core.rules.scopes import LEAF_WORDS, NAMED
from mautod.core.rules.tree import PERSON
from mautod.errors import RuleError

_WORDS: Final = {
    "_AND": "and",
    "_OR": "or",
    "_W_AND": "and",
    "_W_OR": "or",
    "NOT": "not",
    "DID": "did",
    "_WHERE": "where",
    "_TIMES": "times",
    "_IN": "in",
    "LAST": "last",
    "_SINCE": "since",
    "ENTRY": "entry",
    "SEGMENT": "segment",
    "LIST": "list",
    "CHAIN": "chain",
    "WAS": "was",
    "_IS": "is",
    "KNOWN": "known",
    "UNKNOWN": "unknown",
    "CONTAINS": "contains",
    "STARTS": "starts with",
    "ENDS": "ends with",
    "_WITH": "with",
    "MATCHES": "matches",
    "BETWEEN": "between",
    "_TO": "and",
    "_ELSE": "or",
    "NEXT": "next",
    "ANNIVERSARY": "anniversary",
    "HAS": "has",
    "ANY": "any",
    "ALL": "all",
    "EMPTY": "empty",
    "BEFORE": "before",
    "AFTER": "after",
    "_AGO": "ago",
    "THEN": "then",
    "NEVER": "not",
    "_WITHIN": "within",
    "_ON": "on",
    "SUBSCRIBED": "subscribed",
    "_ABOUT": "to",
    "REACHABLE": "reachable",
    "_BY": "by",
    "TRUE": "true",
    "FALSE": "false",
}
_COMPARE: Final = "= != < <= > >="
_NOUNS: Final = {
    "NAME": "a property",
    "STRING": '"text in quotes"',
    "NUMBER": "a number",
    "DATE": "a date as 2026-01-31",
    "DURATION": "a duration as 7d",
    "COMPARE": _COMPARE,
    "LPAR": "(",
    "_RPAR": ")",
    "_COMMA": "a comma",
    "_DOT": "a dot",
    "AGGREGATE": "sum",
    "OCCURRENCE": "first",
    "TAG": "tag",
    "SCORE": "score",
    "STAGE": "stage",
    "RULE": "rule",
    "HEARD": "got",
    "PERSON": "person.x",
    "$END": "the end",
}
_CHARACTERS: Final = {
    "&": "Write and.",
    "|": "Write or.",
    "!": "Write not, or != to compare.",
    '"': "The quotes are never closed.",
    "'": "The quotes are never closed.",
    "“": 'Use straight quotes: "…".',
    "”": 'Use straight quotes: "…".',
    "«": 'Use straight quotes: "…".',
    "[": 'Write a list as ("a", "b").',
}
_REMEDIES: Final = {
    "COMPARE": "Write one comparison at a time, and = once.",
    "DURATION": "A property is in last 7d or before 7d ago; an event is in 7d.",
    "NUMBER": "A count is written >= 3 times.",
    "THEN": "Then follows an event and its where; a sequence has no counts, its window comes last.",
    "_WITHIN": 'within 2h stands after then "B" and before on; a window is in 2h.',
    "_ON": 'on order_id stands after the sequence: did "A" then "B" on order_id.',
    "_WHERE": "A where stands right after the event, or after the property that is added up.",
    "PERSON": "Two properties are compared inside a where only, by = != < <= > or >=.",
    "NOT": "Put not in front: not country in (…), not email is known.",
}
_MEANT: Final = {
    "total": "Write sum.",
    "average": "Write avg.",
    "mean": "Write avg.",
    "unique": "Write distinct.",
    "count": 'Write did "Order Completed" >= 3 times.',
    "earliest": "Write first.",
    "latest": "Write last.",
    "then": 'Write did "A" then "B", without and.',
}
_WHOLE: Final = {
    "subscribed": 'Write subscribed to "offers".',
    "reachable": "Write reachable by email.",
}
_OF_EVENTS: Final = frozenset({"AGGREGATE", "OCCURRENCE"})
_VALUES: Final = frozenset({"STRING", "TRUE", "FALSE"})
_OPENING: Final = ("did", "not", "in segment", "in list", "in chain", "was in segment", *NAMED)
_LAST_WORD: Final = re.compile(r"([^\W\d][\w$-]*)\s*\Z")
_LONGEST_QUOTE: Final = 40


def explain(text: str, error: UnexpectedInput) -> RuleError:
    """The error of the parser as one of ours."""
    if isinstance(error, UnexpectedToken):
        return _unexpected_token(text, error)
    at = error.pos_in_stream or 0  # type: ignore[redundant-expr]
    character = text[at : at + 1]
    hint = _CHARACTERS.get(character, "")
    if character.isdigit() or character == "-":
        hint = "Write numbers as 10 or 0.5, durations as 7d, dates as 2026-01-31."
    what = f"{character!r} means nothing here" if character.isprintable() else "a stray character"
    if not isinstance(error, UnexpectedCharacters):
        what = "this is no rule"
    return _at(text, at, what, hint)


def _unexpected_token(text: str, error: UnexpectedToken) -> RuleError:
    token, expected = error.token, set(error.expected)
    if token.type == "$END":
        if not text.strip():
            return _at(text, 0, "the rule is empty", 'Write for example: did "Order Completed".')
        return _at(text, len(text), f"the rule ends early; expected {_list(expected)}", "")
    shown = token if len(token) <= _LONGEST_QUOTE else f"{token[:_LONGEST_QUOTE]}…"
    at = token.start_pos or 0
    message = f"did not expect {shown}"
    if expected:
        message += f"; expected {_list(expected)}"
    return _at(text, at, message, _hint(text, token, expected))


def _hint(text: str, token: Token, expected: set[str]) -> str:
    placed = _hint_in_place(token, expected)
    if placed:
        return placed
    if token.type == "NAME" and "STRING" in expected and "NAME" not in expected:
        return f'Put text in quotes: "{token}".'
    if token.type == "DATE" and expected >= _VALUES:
        return "Compare dates with before and after."
    if token.type in LEAF_WORDS and "_W_AND" not in expected and "DID" not in expected:
        return "A where asks about the event only; close it with a parenthesis first."
    return _REMEDIES.get(token.type, "") or _meant(text, token, expected)


def _hint_in_place(token: Token, expected: set[str]) -> str:
    """What is meant where only a part of a leaf may stand."""
    whole = _PARTS.get(frozenset(expected), "")
    if whole:
        return whole
    if token.type == "DID" and "NEVER" in expected:
        return 'After then stands the event alone: did "A" then "B".'
    if token.type == "COMPARE" and "_WITHIN" in expected:
        return "A sequence has no counts."
    if {"BEFORE", "_IN"} <= expected and "CONTAINS" not in expected:
        return "Write first and last with before, after, between, in last or in next."
    return ""


_PARTS: Final = {
    frozenset({"_DOT"}): 'Name one event and its property: sum "Order Completed".total > 100.',
    frozenset({"BETWEEN", "COMPARE", "_WHERE"}): 'Say how much: sum "A".total > 100 in 7d.',
    frozenset({"BETWEEN", "COMPARE"}): 'Say how much: score "lead" >= 26.',
}
"""What may stand there → what is meant."""


def _meant(text: str, token: Token, expected: set[str]) -> str:
    words = [_WORDS[name] for name in expected if name in _WORDS]
    meant = get_close_matches(token.lower(), words, 1, 0.7) if token.type == "NAME" else []
    return f"Did you mean {meant[0]}?" if meant else _hint_before(text, token)


def _hint_before(text: str, token: Token) -> str:
    """A name just before may be a keyword misspelt: `dod "Order Completed"`."""
    found = _LAST_WORD.search(text[: token.start_pos or 0])
    word = "" if found is None else found[1].lower()
    if word in NAMED:
        what = "event" if NAMED[word] in _OF_EVENTS else "name"
        return f'Put the {what} in quotes: {word} "{token}".' if token.type == "NAME" else ""
    if word in _WHOLE or (token.type == "STRING" and word in _MEANT):
        return _WHOLE.get(word) or _MEANT[word]
    if not word or word in _WORDS.values():
        return ""
    meant = get_close_matches(word, _OPENING, 1, 0.6)
    return f"Did you mean {meant[0]}?" if meant else ""


def _list(expected: Iterable[str]) -> str:
    names = dict.fromkeys(
        _WORDS.get(name) or _NOUNS.get(name, name.strip("_").lower()) for name in sorted(expected)
    )
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _at(text: str, at: int, message: str, hint: str) -> RuleError:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return RuleError(message, text=text, line=line, column=column, hint=hint)


def words(expected: Iterable[str]) -> list[str]:
    """The keywords and operators among the names of tokens, as they are written."""
    signs = _COMPARE.split() if "COMPARE" in expected else []
    named = [word for word, kind in NAMED.items() if kind in expected]
    person = [PERSON] if "PERSON" in expected else []
    plain = dict.fromkeys(_WORDS[name] for name in sorted(expected) if name in _WORDS)
    return [*signs, *plain, *named, *person]
