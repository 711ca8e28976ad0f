"""What a rule depends on, and which of its names nobody has ever seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import Enum
from typing import Final

from mautod.core.envelope import RESERVED
from mautod.core.rules.printer import show_path
from mautod.core.rules.tree import (
    Aggregate,
    Ago,
    All,
    Asked,
    AtStage,
    Did,
    Eventful,
    InChain,
    InList,
    InSegment,
    Last,
    Leaf,
    Not,
    Occurrence,
    Of,
    Operand,
    Range,
    Reachable,
    Rule,
    Scored,
    Series,
    SinceEntry,
    Some,
    Span,
    Standing,
    Subscribed,
    Test,
    WasIn,
    Where,
    Will,
    Window,
    as_heard,
    asked,
    leaves,
    personal,
)


class Kind(Enum):
    """What a frontier moves over."""

    EVENT = "event"
    LEFT = "left"
    ENTERED = "entered"
    DATE = "date"
    ANNIVERSARY = "anniversary"


@dataclass(frozen=True, slots=True)
class Frontier:
    """Time alone turns a leaf for the people whose event, or date, is `span_ms` old.

    A negative span lies ahead. `path` is the way to a property, or the one name of an event, or the
    key of the segment that was entered or left.
    """

    kind: Kind
    path: tuple[str, ...]
    span_ms: int


@dataclass(frozen=True, slots=True)
class Depends:
    """What may change a rule's answer: events, outermost properties, segments, and the clock.

    `facts` are what else is known of a person, as `on_list` and `on_score` name them.
    """

    events: frozenset[str] = frozenset()
    props: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    frontiers: frozenset[Frontier] = frozenset()
    has_entry: bool = False
    facts: frozenset[str] = frozenset()

    def __or__(self, other: Depends) -> Depends:
        return Depends(
            self.events | other.events,
            self.props | other.props,
            self.segments | other.segments,
            self.frontiers | other.frontiers,
            self.has_entry or other.has_entry,
            self.facts | other.facts,
        )


def on_list(key: str) -> str:
    """The fact that changes when somebody is put on the list of a static segment, or off."""
    return f"list {key}"


def on_score(key: str) -> str:
    """The fact that changes when somebody's points of a score do."""
    return f"score {key}"


STAGE: Final = "stage"
"""The fact that changes when somebody enters or leaves a segment that is a stage."""

CONSENT: Final = "consent"
"""The fact that changes when somebody says no, or yes again, or an address is suppressed."""


def on_topic(key: str) -> str:
    """What changes when a topic is defined otherwise: whom it reaches who said nothing."""
    return f"topic {key}"


ADDRESSES: Final = frozenset({"email", "phone"})
"""The properties that channels reach people by."""


def scores_of(needs: Depends) -> frozenset[str]:
    """The keys of the scores that are asked."""
    start = on_score("")
    return frozenset(fact.removeprefix(start) for fact in needs.facts if fact.startswith(start))


def on_segment(key: str) -> str:
    """A segment among all that is kept true of people."""
    return f"segment {key}"


def asked_of(needs: Depends, stages: AbstractSet[str] = frozenset()) -> frozenset[str]:
    """What else is kept true, as `on_segment` and the facts name it, that must be so before.

    `stages` are the segments that are stages: who asks for one asks for all.
    """
    found = needs.facts | {on_segment(key) for key in needs.segments}
    return found | stages if STAGE in needs.facts else found


def depends(rule: Rule) -> Depends:
    """Everything that may change the rule's answer."""
    found = Depends()
    for leaf in leaves(rule):
        found |= _leaf_depends(leaf)
    return found


def _leaf_depends(leaf: Leaf) -> Depends:
    if isinstance(leaf, Test):
        return Depends(props=frozenset({leaf.path[0]}), frontiers=_date_frontiers(leaf))
    if isinstance(leaf, Subscribed):
        return Depends(props=ADDRESSES, facts=frozenset({CONSENT, on_topic(leaf.topic)}))
    if isinstance(leaf, Will):
        return Depends(props=ADDRESSES, facts=frozenset({CONSENT}))
    return _standing_depends(leaf) if isinstance(leaf, Standing) else _event_depends(leaf)


def _standing_depends(leaf: Standing) -> Depends:
    match leaf:
        case InSegment(key):
            return Depends(segments=frozenset({key}))
        case InList(key):
            return Depends(facts=frozenset({on_list(key)}))
        case Scored(key):
            return Depends(facts=frozenset({on_score(key)}))
        case AtStage():
            return Depends(facts=frozenset({STAGE}))
        case InChain():
            return Depends(events=_RUNS)
        case WasIn(key, window):
            return Depends(
                segments=frozenset({key}),
                frontiers=frozenset(
                    Frontier(kind, (key,), span) for kind, span in _stay_spans(window)
                ),
                has_entry=isinstance(window, SinceEntry),
            )


_RUNS: Final = frozenset({"Chain Entered", "Chain Ended"})
"""Every run tells its person's history when it begins and when it ends."""


def _stay_spans(window: Window | None) -> Iterable[tuple[Kind, int]]:
    match window:
        case Last(span_ms):
            yield Kind.LEFT, span_ms
        case Span(low, high):
            if isinstance(low, Ago):
                yield Kind.LEFT, low.span_ms
            if isinstance(high, Ago):
                yield Kind.ENTERED, high.span_ms
        case _:
            return


def _event_depends(leaf: Eventful) -> Depends:
    looked_at = asked(leaf)
    return Depends(
        events=frozenset(name for part in looked_at for name in part.events),
        props=frozenset(personal(path)[0] for path in _paths_of(looked_at) if personal(path)),
        frontiers=frozenset(
            Frontier(Kind.EVENT, (name,), span)
            for names, spans in _event_spans(leaf)
            for name in names
            for span in spans
        ),
        has_entry=isinstance(window_of(leaf), SinceEntry),
    )


def window_of(leaf: Eventful) -> Window | None:
    """The window in which the leaf looks at events; of a sequence, at the first ones."""
    return None if isinstance(leaf, Occurrence) else leaf.window


def _event_spans(leaf: Eventful) -> Iterable[tuple[tuple[str, ...], list[int]]]:
    """Names of events and how old they are, in milliseconds, whenever time alone turns the leaf."""
    match leaf:
        case Occurrence():
            yield (leaf.event,), _spans(leaf.op, leaf.value)
        case Series(never=None) | Did() | Aggregate():
            yield asked(leaf)[0].events, _window_spans(leaf.window)
        case Series():
            yield leaf.first.events, _window_spans(leaf.window)
            last = leaf.then[-1].asked if leaf.then else leaf.first
            yield last.events, [leaf.never.within_ms or 0] if leaf.never else []


def _window_spans(window: Window | None) -> list[int]:
    match window:
        case Last(span_ms):
            return [span_ms]
        case Span(low, high):
            return [edge.span_ms for edge in (low, high) if isinstance(edge, Ago)]
        case _:
            return []


def _date_frontiers(test: Test) -> frozenset[Frontier]:
    kind = Kind.ANNIVERSARY if test.op == "anniversary in next" else Kind.DATE
    return frozenset(Frontier(kind, test.path, span) for span in _spans(test.op, test.value))


def _spans(op: str, value: Operand) -> list[int]:
    """How old the date is, in milliseconds, whenever time alone turns the test."""
    match value:
        case Ago(span_ms):
            return [span_ms]
        case Range(low, high):
            return [edge.span_ms for edge in (low, high) if isinstance(edge, Ago)]
        case int(span_ms) if op == "in last":
            return [span_ms, 0]
        case int(span_ms) if op in ("in next", "anniversary in next"):
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
    chains: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    scores: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()

    def __or__(self, other: Names) -> Names:
        """Names of definitions of both; events and properties as they are here."""
        return replace(
            self,
            segments=self.segments | other.segments,
            chains=self.chains | other.chains,
            templates=self.templates | other.templates,
            topics=self.topics | other.topics,
            scores=self.scores | other.scores,
            stages=self.stages | other.stages,
        )


def warnings(rule: Rule, known: Names) -> list[str]:
    """A sentence for each name in the rule that is not known, with the nearest one that is."""
    found: dict[str, None] = {}
    for leaf in leaves(rule):
        found |= dict.fromkeys(_leaf_warnings(leaf, known))
    return list(found)


def _leaf_warnings(leaf: Leaf, known: Names) -> Iterable[str]:
    if isinstance(leaf, Test):
        yield from _person_warnings([leaf.path], known)
    elif isinstance(leaf, Standing | Will):
        yield from _standing_warnings(leaf, known)
    else:
        yield from _event_warnings(leaf, known)


def _standing_warnings(leaf: Standing | Will, known: Names) -> Iterable[str]:
    for noun, name, names in _named(leaf, known):
        if name not in names:
            yield _unknown(f'there is no {noun} "{name}"', name, names)


def _named(leaf: Standing | Will, known: Names) -> Iterable[tuple[str, str, frozenset[str]]]:
    """What the leaf names: the kind of it, its name, and those there are."""
    match leaf:
        case InSegment(key) | InList(key) | WasIn(key):
            yield "segment", key, known.segments
        case InChain(key):
            yield "chain", key, known.chains
        case Subscribed(topic, channel):
            yield "topic", topic, known.topics
            if channel is not None:
                yield "channel", channel, known.channels
        case Reachable(channel):
            yield "channel", channel, known.channels
        case Scored(key):
            yield "score", key, known.scores
        case AtStage(key):
            yield "stage", key, known.stages


def _event_warnings(leaf: Eventful, known: Names) -> Iterable[str]:
    about = as_heard(leaf) if isinstance(leaf, Did) else None
    if about is not None:
        if about[1] not in known.templates:
            yield _unknown(f'there is no template "{about[1]}"', about[1], known.templates)
        return
    own = [path for path in _paths_of(asked(leaf)) if personal(path)]
    yield from _person_warnings((personal(path) for path in own), known)
    names = known.events | RESERVED
    for part in asked(leaf):
        for name in part.events:
            if name not in names:
                yield _unknown(f'nobody ever did "{name}"', name, names)
            elif known.event_props.get(name):
                yield from _prop_warnings(name, [*_paths_of([part]), *_of_events(leaf)], known)


def _of_events(leaf: Eventful) -> list[tuple[str, ...]]:
    """The property that a leaf adds up, or joins events on."""
    if isinstance(leaf, Aggregate):
        return [leaf.path]
    return [leaf.on] if isinstance(leaf, Series) and leaf.on else []


def _person_warnings(paths: Iterable[tuple[str, ...]], known: Names) -> Iterable[str]:
    for path in paths:
        if path[0] not in known.props:
            yield _unknown(f"nobody has a property {show_path(path)}", path[0], known.props)


def _prop_warnings(event: str, paths: Iterable[tuple[str, ...]], known: Names) -> Iterable[str]:
    names = known.event_props[event]
    for path in paths:
        if path[0] in names or personal(path):
            continue
        shown = show_path(path)
        if path[0] in known.props:
            yield (
                f'"{event}" has no property {shown}, but people have:'
                f' write (did "{event}" where …) and {shown} …'
            )
        else:
            yield _unknown(f'"{event}" has no property {shown}', path[0], names)


def _paths_of(looked_at: Iterable[Asked]) -> list[tuple[str, ...]]:
    return [path for part in looked_at if part.where is not None for path in paths(part.where)]


def paths(where: Where) -> list[tuple[str, ...]]:
    """The ways to all the properties that a `where` asks about."""
    match where:
        case All(parts) | Some(parts):
            return [path for part in parts for path in paths(part)]
        case Not(part):
            return paths(part)
        case Test(path, value=Of(other)):
            return [path, other]
        case Test(path):
            return [path]
        case _:
            return []


def _unknown(what: str, name: str, names: Iterable[str]) -> str:
    lowered = {known.lower(): known for known in names}
    near = get_close_matches(name.lower(), lowered, 1, 0.6)
    return f"{what}; did you mean {lowered[near[0]]}?" if near else what
