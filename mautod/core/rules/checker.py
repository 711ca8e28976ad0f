"""What a rule depends on, and which of its names nobody has ever seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from typing import Final

from mautod.core.rules.printer import show_path
from mautod.core.rules.tree import (
    Ago,
    All,
    Did,
    InSegment,
    Last,
    Leaf,
    Not,
    Range,
    Rule,
    SinceEntry,
    Some,
    Test,
    Where,
    leaves,
)


class Kind(Enum):
    """What a frontier moves over."""

    EVENT = "event"
    DATE = "date"
    ANNIVERSARY = "anniversary"


@dataclass(frozen=True, slots=True)
class Frontier:
    """Time alone turns a leaf for the people whose event, or date, is `span_ms` old.

    A negative span lies ahead. `path` is the way to a property, or the one name of an event.
    """

    kind: Kind
    path: tuple[str, ...]
    span_ms: int


@dataclass(frozen=True, slots=True)
class Depends:
    """What may change a rule's answer: events, outermost properties, segments, and the clock."""

    events: frozenset[str] = frozenset()
    props: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    frontiers: frozenset[Frontier] = frozenset()
    has_entry: bool = False

    def __or__(self, other: Depends) -> Depends:
        return Depends(
            self.events | other.events,
            self.props | other.props,
            self.segments | other.segments,
            self.frontiers | other.frontiers,
            self.has_entry or other.has_entry,
        )


def depends(rule: Rule) -> Depends:
    """Everything that may change the rule's answer."""
    found = Depends()
    for leaf in leaves(rule):
        found |= _leaf_depends(leaf)
    return found


def _leaf_depends(leaf: Leaf) -> Depends:
    match leaf:
        case Test(path):
            return Depends(props=frozenset({path[0]}), frontiers=_date_frontiers(leaf))
        case InSegment(key):
            return Depends(segments=frozenset({key}))
        case Did(events, window=window):
            spans = [window.span_ms] if isinstance(window, Last) else []
            return Depends(
                events=frozenset(events),
                frontiers=frozenset(
                    Frontier(Kind.EVENT, (name,), span) for name in events for span in spans
                ),
                has_entry=isinstance(window, SinceEntry),
            )


def _date_frontiers(test: Test) -> frozenset[Frontier]:
    kind = Kind.ANNIVERSARY if test.op == "anniversary in next" else Kind.DATE
    return frozenset(Frontier(kind, test.path, span) for span in _spans(test))


def _spans(test: Test) -> list[int]:
    """How old the date is, in milliseconds, whenever time alone turns the test."""
    match test.value:
        case Ago(span_ms):
            return [span_ms]
        case Range(low, high):
            return [edge.span_ms for edge in (low, high) if isinstance(edge, Ago)]
        case int(span_ms) if test.op == "in last":
            return [span_ms, 0]
        case int(span_ms) if test.op in ("in next", "anniversary in next"):
            return [-span_ms, 0]
        case _:
            return []


@dataclass(frozen=True, slots=True)
class Names:
    """Names that occur; an empty set of properties means that none were looked at."""

    events: frozenset[str] = frozenset()
    props: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    event_props: Mapping[str, frozenset[str]] = field(default_factory=dict)


_OWN_EVENTS: Final = frozenset(
    {
        "Segment Entered", "Segment Left", "Chain Entered", "Chain Ended", "Session Started",
        "Email Changed", "Name Changed", "Phone Changed", "Message Sent", "Message Refused",
        "Message Failed", "Message Opened", "Message Clicked", "Unsubscribed", "Person Edited",
    }
)  # fmt: skip


def warnings(rule: Rule, known: Names) -> list[str]:
    """A sentence for each name in the rule that is not known, with the nearest one that is."""
    found: dict[str, None] = {}
    for leaf in leaves(rule):
        found |= dict.fromkeys(_leaf_warnings(leaf, known))
    return list(found)


def _leaf_warnings(leaf: Leaf, known: Names) -> Iterable[str]:
    match leaf:
        case Test(path):
            if path[0] not in known.props:
                yield _unknown(f"nobody has a property {show_path(path)}", path[0], known.props)
        case InSegment(key):
            if key not in known.segments:
                yield _unknown(f'there is no segment "{key}"', key, known.segments)
        case Did():
            yield from _did_warnings(leaf, known)


def _did_warnings(leaf: Did, known: Names) -> Iterable[str]:
    names = known.events | _OWN_EVENTS
    for name in leaf.events:
        if name not in names:
            yield _unknown(f'nobody ever did "{name}"', name, names)
        elif leaf.where is not None and known.event_props.get(name):
            yield from _where_warnings(name, leaf.where, known)


def _where_warnings(event: str, where: Where, known: Names) -> Iterable[str]:
    names = known.event_props[event]
    for path in _paths(where):
        if path[0] in names:
            continue
        shown = show_path(path)
        if path[0] in known.props:
            yield (
                f'"{event}" has no property {shown}, but people have:'
                f' write (did "{event}" where …) and {shown} …'
            )
        else:
            yield _unknown(f'"{event}" has no property {shown}', path[0], names)


def _paths(where: Where) -> list[tuple[str, ...]]:
    match where:
        case All(parts) | Some(parts):
            return [path for part in parts for path in _paths(part)]
        case Not(part):
            return _paths(part)
        case Test(path):
            return [path]
        case Did() | InSegment():
            return []


def _unknown(what: str, name: str, names: Iterable[str]) -> str:
    lowered = {known.lower(): known for known in names}
    near = get_close_matches(name.lower(), lowered, 1, 0.6)
    return f"{what}; did you mean {lowered[near[0]]}?" if near else what
