"""`rules.toml`: rules that have a name, to be asked for in segments, chains and searches."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from mautod.core.files.definition import Table, label, nearest, text
from mautod.core.rules.named import Texts, read
from mautod.core.rules.parser import parse, tokens_of
from mautod.core.rules.tree import AtStage, InSegment, Leaf, Scored, WasIn, leaves
from mautod.errors import RuleError

RULES: Final = "rules"
"""The table of a chain that holds the named rules that it leads to."""


@dataclass(frozen=True, slots=True)
class NamedRule:
    """One rule and what people call it."""

    key: str
    name: str
    rule: str


def texts_of(sections: Mapping[str, Table]) -> dict[str, str]:
    """The rules by their keys as far as there is a text at all, for each to be read among all."""
    found = ((key, table.values.get("rule")) for key, table in sections.items())
    return {key: rule for key, rule in found if isinstance(rule, str)}


def with_rules(text: str, rules: Texts) -> str:
    """The text of a chain's file and, behind it, the named rules that it leads to."""
    if not rules:
        return text
    lines = (f"{key} = {json.dumps(rule, ensure_ascii=False)}" for key, rule in rules.items())
    return "\n".join([text.rstrip(), "", f"[{RULES}]", *lines, ""])


def read_rule(key: str, table: Table, known: Texts) -> NamedRule:
    """The rule that one table of the file describes; `known` are all rules of the file.

    Raises:
        DefinitionError: it describes none; a rule's error shows the place with a caret.
    """
    table.only("name", "rule")
    name = table.get("name", label, key)
    return NamedRule(key, name, table.need("rule", lambda value: _rule(value, known)))


def _rule(value: Any, known: Texts) -> str:
    rule = text(value).strip()
    read(rule, known)
    return rule


def unknown(rule: str, known: Mapping[str, Collection[str] | None]) -> Iterator[RuleError]:
    """What is wrong where a rule that parses names a segment, score or stage that is not `known`.

    None stands for a kind of which nobody can tell. What other rules name is their own matter.
    """
    for kind, key in dict.fromkeys(filter(None, map(_named, leaves(parse(rule))))):
        there = known[kind]
        if there is None or key in there:
            continue
        hint = nearest(key, there) if there else f"There is no {kind} at all yet."
        line, column = _place(rule, kind, key)
        message = f"there is no {kind} {key!r}."
        yield RuleError(message, text=rule, line=line, column=column, hint=hint)


def _named(leaf: Leaf) -> tuple[str, str] | None:
    match leaf:
        case InSegment(key) | WasIn(key):
            return "segment", key
        case Scored(key):
            return "score", key
        case AtStage(key):
            return "stage", key
        case _:
            return None


def _place(rule: str, kind: str, key: str) -> tuple[int, int]:
    """Line and column of a name, where it stands behind the word for what it names."""
    named = (
        (token.line or 1, token.column or 1)
        for word, token in pairwise(tokens_of(rule))
        if word.lower() == kind and token[1:-1] == key
    )
    return next(named, (1, 1))
