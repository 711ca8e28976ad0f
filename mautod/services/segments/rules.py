"""Rules as somebody types them, read with the named ones in force."""

from __future__ import annotations

from mautod.core.rules import named
from mautod.core.rules.tree import Rule
from mautod.store import catalog
from mautod.store.db import Tx, from_json


def read(tx: Tx, text: str) -> Rule:
    """The tree of a rule outside any chain, with the rules that it names put in.

    Raises:
        RuleError: it does not parse, or names a rule that there is not.
    """
    return named.read(text, known(tx), entry=False)


def known(tx: Tx) -> dict[str, str]:
    """The texts of the named rules in force, by key."""
    return {each.key: from_json(each.body)["rule"] for each in catalog.active(tx, "rule")}
