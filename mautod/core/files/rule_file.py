"""`rules.toml`: rules that have a name, to be asked for in segments, chains and searches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.files.definition import Table, label, text
from mautod.core.rules.named import Texts, read

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
