"""Tree to text, in the one form that `parse` reads back as the same tree."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from mautod.core.rules.tree import (
    ONCE,
    Aggregate,
    Ago,
    All,
    Amount,
    Asked,
    AtStage,
    Count,
    Did,
    Eventful,
    InChain,
    InList,
    InSegment,
    Last,
    Leaf,
    Named,
    Not,
    Occurrence,
    Of,
    On,
    Range,
    Reachable,
    Rule,
    Scalar,
    Scored,
    Series,
    Since,
    SinceEntry,
    Some,
    Span,
    Standing,
    Subscribed,
    Test,
    Then,
    WasIn,
    Where,
    Will,
    Window,
    as_heard,
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
        case Named(key):
            return f"rule {_quoted(key)}"
        case _:
            return _leaf(rule)


def _leaf(leaf: Leaf) -> str:
    if isinstance(leaf, Test):
        return _test(leaf)
    if isinstance(leaf, Standing):
        return _standing(leaf)
    return _will(leaf) if isinstance(leaf, Will) else _eventful(leaf)


def _standing(leaf: Standing) -> str:
    match leaf:
        case InSegment(key):
            return f"in segment {_quoted(key)}"
        case InList(key):
            return f"in list {_quoted(key)}"
        case WasIn(key, window):
            return f"was in segment {_quoted(key)}{_in_window(window)}"
        case InChain(key):
            return f"in chain {_quoted(key)}"
        case AtStage(key):
            return f"stage {_quoted(key)}"
        case Scored(key, amount):
            return f"score {_quoted(key)} {show_amount(amount)}"


def _will(leaf: Will) -> str:
    match leaf:
        case Subscribed(topic, channel):
            by = "" if channel is None else f" by {_name(channel)}"
            return f"subscribed to {_quoted(topic)}{by}"
        case Reachable(channel):
            return f"reachable by {_name(channel)}"


def _eventful(leaf: Eventful) -> str:
    match leaf:
        case Did():
            return _did(leaf)
        case Aggregate():
            return _aggregate(leaf)
        case Occurrence():
            return _occurrence(leaf)
        case Series():
            return _sequence(leaf)


def show_path(path: tuple[str, ...]) -> str:
    """The name of a property as rules write it."""
    return ".".join(_name(name) for name in path)


def show_count(count: Count) -> str:
    """A count as rules write it, less its last word."""
    text = f"{count.op} {count.number}"
    return text if count.most is None else f"{text} and {count.most}"


def show_amount(amount: Amount) -> str:
    """What an aggregate is compared with, as rules write it."""
    text = f"{amount.op} {_scalar(amount.number)}"
    return text if amount.most is None else f"{text} and {_scalar(amount.most)}"


def show_asked(asked: Asked) -> str:
    """Events as rules write them."""
    return " or ".join(_quoted(event) for event in asked.events) + _where(asked.where)


def _operand(part: Rule, *looser: type[Rule]) -> str:
    text = show(part)
    closed = isinstance(part, looser) or _is_open(part) or _is_like_an_event(part)
    return f"({text})" if closed else text


def _is_open(rule: Rule) -> bool:
    """Whether it ends in a `where`, which would swallow what follows."""
    match rule:
        case Did():
            ends = rule.count == ONCE and rule.window is None and as_heard(rule) is None
            return ends and rule.where is not None
        case Series(then=then, never=None, on=None, window=None):
            return then[-1].asked.where is not None and then[-1].within_ms is None
        case _:
            return False


def _is_like_an_event(rule: Rule) -> bool:
    """Whether, after `did "A" or`, it would read as another event and its window."""
    return (
        isinstance(rule, Test)
        and len(rule.path) == 1
        and isinstance(rule.value, Range)
        and isinstance(rule.value.low, On | Ago)
        and show_path(rule.path).startswith('"')
    )


def _where(where: Where | None) -> str:
    return "" if where is None else f" where {_operand(where, All, Some)}"


def _sequence(rule: Series) -> str:
    parts = [f"did {show_asked(rule.first)}", *(f"then {_then(step)}" for step in rule.then)]
    if rule.never is not None:
        parts.append(f"then not {_then(rule.never)}")
    if rule.on is not None:
        parts.append(f"on {show_path(rule.on)}")
    return " ".join(parts) + _in_window(rule.window)


def _then(step: Then) -> str:
    within = "" if step.within_ms is None else f" within {show_duration(step.within_ms)}"
    return show_asked(step.asked) + within


def _aggregate(rule: Aggregate) -> str:
    what = f"{rule.function} {_quoted(rule.event)}.{show_path(rule.path)}"
    return f"{what}{_where(rule.where)} {show_amount(rule.amount)}{_in_window(rule.window)}"


def _occurrence(rule: Occurrence) -> str:
    event = _quoted(rule.event) + _where(rule.where)
    return f"{rule.which} {event} {rule.op} {_value(rule.value, rule.op)}"


def _did(rule: Did) -> str:
    about = as_heard(rule)
    if about is not None:
        return f"{about[0]} {_quoted(about[1])}{_in_window(rule.window)}"
    text = f"did {show_asked(Asked(rule.events, rule.where))}"
    if rule.count != ONCE:
        alone = rule.count.number == 1 and rule.count.most is None
        text += f" {show_count(rule.count)} {'time' if alone else 'times'}"
    return text + _in_window(rule.window)


def _in_window(window: Window | None) -> str:
    return "" if window is None else f" {_window(window)}"


def _window(window: Window) -> str:
    match window:
        case Last(span_ms):
            return f"in {show_duration(span_ms)}"
        case Since(date):
            return f"since {date.text}"
        case SinceEntry():
            return "since entry"
        case Span(low, high):
            return f"between {_moment(low)} and {_moment(high)}"


def _test(rule: Test) -> str:
    left = f"{show_path(rule.path)} {rule.op}"
    return left if rule.value is None else f"{left} {_value(rule.value, rule.op)}"


def _value(value: Scalar | tuple[Scalar, ...] | On | Ago | Range | Of, op: str) -> str:
    match value:
        case Of(path):
            return show_path(path)
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
