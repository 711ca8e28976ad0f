"""Tree to text, in the one form that `parse` reads back as the same tree."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from mautod.core.rules.tree import (
    ONCE,
    Ago,
    All,
    Count,
    Did,
    InSegment,
    Last,
    Not,
    On,
    Range,
    Rule,
    Scalar,
    Since,
    SinceEntry,
    Some,
    Test,
    Window,
)
from mautod.duration import show_duration

_NAME: Final = re.compile(r"[^\W\d][\w$-]*")
_RESERVED: Final = frozenset({"not", "did", "in", "and", "or", "where"})


def show(rule: Rule) -> str:
    """The rule as text: keywords in lower case, parentheses only where they matter."""
    match rule:
        case All(parts):
            return " and ".join(_operand(part, All, Some) for part in parts)
        case Some(parts):
            return " or ".join(_operand(part, Some) for part in parts)
        case Not(part):
            return f"not {_operand(part, All, Some)}"
        case Test():
            return _test(rule)
        case Did():
            return _did(rule)
        case InSegment(key):
            return f"in segment {_quoted(key)}"


def show_path(path: tuple[str, ...]) -> str:
    """The name of a property as rules write it."""
    return ".".join(_name(name) for name in path)


def show_count(count: Count) -> str:
    """A count as rules write it, less its last word."""
    text = f"{count.op} {count.number}"
    return text if count.most is None else f"{text} and {count.most}"


def _operand(part: Rule, *looser: type[Rule]) -> str:
    text = show(part)
    return f"({text})" if isinstance(part, looser) or _is_open(part) else text


def _is_open(rule: Rule) -> bool:
    """Whether it ends in a `where`, which would swallow what follows."""
    if isinstance(rule, Not):
        return False
    return (
        isinstance(rule, Did)
        and rule.where is not None
        and rule.count == ONCE
        and rule.window is None
    )


def _did(rule: Did) -> str:
    text = "did " + " or ".join(_quoted(event) for event in rule.events)
    if rule.where is not None:
        text += f" where {_operand(rule.where, All, Some)}"
    if rule.count != ONCE:
        alone = rule.count.number == 1 and rule.count.most is None
        text += f" {show_count(rule.count)} {'time' if alone else 'times'}"
    return text if rule.window is None else f"{text} {_window(rule.window)}"


def _window(window: Window) -> str:
    match window:
        case Last(span_ms):
            return f"in {show_duration(span_ms)}"
        case Since(date):
            return f"since {date.text}"
        case SinceEntry():
            return "since entry"


def _test(rule: Test) -> str:
    left = f"{show_path(rule.path)} {rule.op}"
    return left if rule.value is None else f"{left} {_value(rule.value, rule.op)}"


def _value(value: Scalar | tuple[Scalar, ...] | On | Ago | Range, op: str) -> str:
    match value:
        case On() | Ago():
            return _moment(value)
        case tuple():
            return f"({', '.join(_scalar(item) for item in value)})"
        case Range(low, high):
            return f"{_edge(low)} and {_edge(high)}"
        case int() if op.endswith(("in last", "in next")):
            return show_duration(value)
        case _:
            return _scalar(value)


def _edge(value: float | On | Ago) -> str:
    return _moment(value) if isinstance(value, On | Ago) else _scalar(value)


def _moment(value: On | Ago) -> str:
    return value.text if isinstance(value, On) else f"{show_duration(value.span_ms)} ago"


def _scalar(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    return format(Decimal(repr(value)), "f")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _name(name: str) -> str:
    plain = _NAME.fullmatch(name) and name.lower() not in _RESERVED
    return name if plain else _quoted(name)
