"""A `where`, asked of one event's properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mautod.core.rules.operators import OPERATORS
from mautod.core.rules.tree import All, Not, Some, Test, Where


def holds(where: Where | None, props: Mapping[str, Any], zone: str = "UTC") -> bool:
    """Whether the event with these properties passes; no `where` lets everything pass.

    It asks nothing about a person: `parse_where` refuses that. `zone` is the workspace's: dates
    without an offset are read in it.
    """
    return where is None or _holds(where, props, zone)


def _holds(where: Where, props: Mapping[str, Any], zone: str) -> bool:
    match where:
        case All(parts):
            return all(_holds(part, props, zone) for part in parts)
        case Some(parts):
            return any(_holds(part, props, zone) for part in parts)
        case Not(part):
            return not _holds(part, props, zone)
        case Test(path, op, operand):
            value = find(props, path)
            if value is None:
                return op == "is unknown"
            return OPERATORS[op].holds(value, operand, zone)
        case _:
            return False


def find(props: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at the end of `path`, or None."""
    value: Any = props
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value
