"""Segments kept true: after events for those they touched, after time for those it turned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mautod.channels import kinds
from mautod.core.event import Touched
from mautod.core.rules.checker import Depends, Frontier, Kind, depends
from mautod.core.rules.checker import warnings as rule_warnings
from mautod.core.rules.dates import origins
from mautod.core.rules.order import in_order
from mautod.core.rules.printer import show_path
from mautod.core.rules.tree import Rule
from mautod.errors import NotFound, RuleError
from mautod.services import rules
from mautod.services.versions import trigger_dates
from mautod.store import catalog, mirror, segments, state
from mautod.store.crowd import for_everybody
from mautod.store.db import Tx, to_json
from mautod.store.names import known_names
from mautod.store.predicate import (
    Predicate,
    RuleFailed,
    compile_rule,
    sample_people,
)
from mautod.store.segments import Change, Rebuilt
from mautod.store.state import Aside
from mautod.store.values import is_column

Move = tuple[int, str, Mapping[str, Any]]
"""(person id, "Segment Entered" or "Segment Left", {"segment": key})"""

SWEPT_AT: Final = "sweep_at"
CHUNK: Final = 5000


@dataclass(frozen=True, slots=True)
class Preview:
    """How many people a rule finds, some of their ids, and doubts about its names."""

    count: int
    sample: list[int]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Living:
    """A segment with its rule compiled."""

    id: int
    key: str
    predicate: Predicate
    depends: Depends


@dataclass(slots=True)
class _Pass:
    """One walk over the segments: whom to ask about, at what instant, and what came of it."""

    now: int
    touched: Touched
    turned: Mapping[str, AbstractSet[int]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)


class Segments:
    """The active segments, compiled, the needed before those that need them.

    Reads them anew whenever definitions were applied. Every method runs inside `write`.
    """

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._version: int | None = None
        self._living: list[Living] = []
        self._dates: dict[tuple[str, ...], str] = {}
        self._broken: list[tuple[int, str, str]] = []
        self._furthest = 0

    def refresh(self, tx: Tx, touched: Touched, now: int) -> list[Move]:
        """Bring membership up to date for whom a batch touched; the events to store.

        Only segments that depend on what changed are asked, and those that depend on them.
        """
        self._reload(tx, now)
        for path, name in self._dates.items():
            ids = touched.props.get(name, set()) | touched.everything
            if ids:
                mirror.mirror_dates(tx, path, ids, self._zone)
        at = max(now, _swept_at(tx, now))
        self._furthest = max(self._furthest, at)
        return self._walk(tx, _Pass(at, touched))

    def sweep(self, tx: Tx, now: int) -> list[Move]:
        """Bring membership up to date for whom time alone turned since the last sweep.

        A clock that stepped back turns people too: from the furthest instant at which somebody
        was asked about, down to now.
        """
        self._reload(tx, now)
        last = _swept_at(tx, now)
        first, final = min(last, now), max(last, now, self._furthest)
        self._furthest = now
        if first == final:
            return []
        state.put(tx, SWEPT_AT, str(now))
        lines = {line for segment in self._living for line in segment.depends.frontiers}
        people = {line: _turned(tx, line, first, final, self._zone) for line in lines}
        turned = {
            segment.key: set[int]().union(*(people[line] for line in segment.depends.frontiers))
            for segment in self._living
        }
        return self._walk(tx, _Pass(now, Touched(), turned))

    def next_turn(self, tx: Tx, now: int, until: int) -> int | None:
        """The first instant after `now`, up to `until`, at which a sweep may turn somebody."""
        self._reload(tx, now)
        found: int | None = None
        for line in {line for each in self._living for line in each.depends.frontiers}:
            turn = _first_turn(tx, line, now, until, self._zone)
            if turn is not None:
                found = until = turn
        return found

    def rebuild(self, tx: Tx, key: str, now: int) -> Rebuilt:
        """Ask about everybody; a change of definition is no event, so none is made.

        Raises:
            NotFound: there is no such active segment.
            RuleError: its rule does not parse.
            RuleFailed: some person's data made the statement fail.
        """
        found = segments.find(tx, key)
        if found is None:
            raise NotFound(f"there is no segment {key!r}", field="key")
        at = max(now, _swept_at(tx, now))
        predicate = for_everybody(tx, found.written.tree(), zone=self._zone, now=at)
        return segments.rebuild(tx, found.id, predicate, at)

    def _reload(self, tx: Tx, now: int) -> None:
        """Compile what was applied since the last time.

        What it writes is checked every time: the last transaction may have been rolled back.
        """
        version = catalog.version(tx)
        if version != self._version:
            self._broken.clear()
            self._arrange(self._parse(tx), trigger_dates(tx))
            self._version = version
        for segment_id, key, reason in self._broken:
            _fail(tx, now, segment_id, key, reason)
        mirror.mirror_only(tx, self._dates, self._zone)

    def _parse(self, tx: Tx) -> dict[str, tuple[segments.Segment, Rule]]:
        parsed = {}
        for found in segments.list_segments(tx):
            try:
                parsed[found.key] = (found, found.written.tree())
            except RuleError as error:
                self._broken.append((found.id, found.key, str(error)))
        return parsed

    def _arrange(
        self, parsed: dict[str, tuple[segments.Segment, Rule]], triggers: set[tuple[str, ...]]
    ) -> None:
        """Put the segments in order; `triggers`: the dates that chains start by."""
        needs = {key: depends(rule) for key, (_, rule) in parsed.items()}
        order, cycle = in_order({key: need.segments for key, need in needs.items()})
        while cycle:
            for key in set(cycle):
                reason = f"needs itself: {' → '.join(cycle)}"
                self._broken.append((parsed[key][0].id, key, reason))
                needs.pop(key)
            order, cycle = in_order({key: need.segments for key, need in needs.items()})
        self._living = [
            Living(
                parsed[key][0].id, key, compile_rule(parsed[key][1], zone=self._zone), needs[key]
            )
            for key in order
        ]
        frontiers = {line for need in needs.values() for line in need.frontiers}
        asked = {line.path for line in frontiers if line.kind not in _BY_NAME} | triggers
        self._dates = {path: path[0] for path in asked if not is_column(path)}

    def _walk(self, tx: Tx, walk: _Pass) -> list[Move]:
        for segment in self._living:
            people = _people(segment.depends, walk.touched)
            people |= walk.turned.get(segment.key, set())
            if people:
                self._ask(tx, walk, segment, sorted(people))
        return walk.moves

    def _ask(self, tx: Tx, walk: _Pass, segment: Living, people: list[int]) -> None:
        for at in range(0, len(people), CHUNK):
            change = _changes(tx, walk.now, segment, people[at : at + CHUNK])
            if change.entered or change.left or change.gone:
                segments.move(tx, segment.id, change, walk.now)
                _record(walk, segment.key, change)


def preview(tx: Tx, text: str, now: int, limit: int, zone: str = "UTC") -> Preview:
    """Whom a rule would find now; nothing is stored.

    Raises:
        RuleError: it does not parse.
        RuleFailed: some person's data made the statement fail.
    """
    rule = rules.read(tx, text)
    predicate = for_everybody(tx, rule, zone=zone, now=now)
    return Preview(*sample_people(tx, predicate, now, limit), warnings(tx, rule))


def warnings(tx: Tx, rule: Rule) -> list[str]:
    """Doubts about names in the rule that nobody has seen."""
    known = known_names(tx, depends(rule).events)
    return rule_warnings(rule, replace(known, channels=frozenset(kinds())))


def _swept_at(tx: Tx, now: int) -> int:
    """Up to where time has been followed; from `now` on, if it never was.

    Whoever evaluates a rule at an earlier instant would put back what a sweep has turned.
    """
    found = state.get(tx, SWEPT_AT)
    if found:
        return int(found)
    state.put(tx, SWEPT_AT, str(now))
    return now


def _people(needs: Depends, touched: Touched) -> set[int]:
    people = set(touched.everything)
    for names, groups in (
        (needs.events, touched.events),
        (needs.props, touched.props),
        (needs.segments, touched.segments),
        (needs.facts, touched.facts),
    ):
        for name in names & groups.keys():
            people |= groups[name]
    return people


def _turned(tx: Tx, frontier: Frontier, first: int, final: int, zone: str) -> set[int]:
    """Everybody for whom the frontier passed between two instants of the clock."""
    first, final = first - frontier.span_ms, final - frontier.span_ms
    if frontier.kind in _BY_NAME:
        statement, name = _BY_NAME[frontier.kind], frontier.path[0]
    elif is_column(frontier.path):
        statement, name = segments.COLUMN_FRONTIERS.get(frontier.path[0], ""), ""
    else:
        statement, name = segments.DATE_FRONTIER, show_path(frontier.path)
    if not statement:
        return set()
    spans: Iterable[tuple[int, int]] = [(first, final)]
    if frontier.kind is Kind.ANNIVERSARY:
        spans = _origins(tx, frontier, first, final, zone)
    found = (segments.turned(tx, statement, name, *span) for span in spans)
    return {person for people in found for person in people}


def _first_turn(tx: Tx, frontier: Frontier, now: int, until: int, zone: str) -> int | None:
    """The first instant after `now`, up to `until`, that has somebody on the frontier behind it.

    Halves the span: each question is a range of an index.
    """
    if until <= now or not _turned(tx, frontier, now, until - 1, zone):
        return None
    low, high = now, until
    while high - low > 1:
        middle = (low + high) // 2
        if _turned(tx, frontier, now, middle - 1, zone):
            high = middle
        else:
            low = middle
    return high


_BY_NAME: Final = {
    Kind.EVENT: segments.EVENT_FRONTIER,
    Kind.LEFT: segments.LEFT_FRONTIER,
    Kind.ENTERED: segments.ENTERED_FRONTIER,
}


def _origins(
    tx: Tx, frontier: Frontier, first: int, final: int, zone: str
) -> Iterable[tuple[int, int]]:
    """A range of the index for each year in which somebody's date may lie."""
    if is_column(frontier.path):
        reach = segments.reach(tx, segments.COLUMN_REACHES[frontier.path[0]], "")
    else:
        reach = segments.reach(tx, segments.DATE_REACH, show_path(frontier.path))
    return [] if reach is None else origins(first, final, reach, zone)


def _record(walk: _Pass, key: str, change: Change) -> None:
    props = {"segment": key}
    walk.moves.extend((person, "Segment Entered", props) for person in change.entered)
    walk.moves.extend((person, "Segment Left", props) for person in change.left)
    walk.touched.segments.setdefault(key, set()).update(change.entered, change.left, change.gone)


def _changes(tx: Tx, now: int, segment: Living, people: list[int]) -> Change:
    """The change for these people; those whose data fails the rule are set aside one by one."""
    try:
        return segments.changes(tx, segment.id, segment.predicate, people, now)
    except RuleFailed as error:
        if len(people) == 1:
            _set_aside(tx, now, segment, people[0], error)
            return Change([], [], [])
    middle = len(people) // 2
    one = _changes(tx, now, segment, people[:middle])
    other = _changes(tx, now, segment, people[middle:])
    return Change(one.entered + other.entered, one.left + other.left, one.gone + other.gone)


def _set_aside(tx: Tx, now: int, segment: Living, person: int, error: RuleFailed) -> None:
    """Once for a segment, until it is rebuilt: the same person would come again and again."""
    _fail(tx, now, segment.id, segment.key, f"{error.message}, at person {person}")


def _fail(tx: Tx, now: int, segment_id: int, key: str, reason: str) -> None:
    if segments.fail(tx, segment_id, reason):
        body = to_json({"segment": key})
        state.set_aside(tx, now, [Aside("rule", reason, field=key, body=body)])
