"""Segments and scores kept true: after events for those they touched, after time for those it
turned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from mautod.channels import kinds
from mautod.core.event import Touched
from mautod.core.rules.checker import Depends, Frontier, Kind, Names, asked_of, depends
from mautod.core.rules.checker import warnings as rule_warnings
from mautod.core.rules.dates import origins
from mautod.core.rules.order import in_order
from mautod.core.rules.printer import show_path
from mautod.core.rules.tree import Rule
from mautod.errors import DefinitionError, NotFound, RuleError
from mautod.services.chains.versions import trigger_dates
from mautod.services.segments import rules
from mautod.services.segments.living import (
    Counted,
    Living,
    Membership,
    Move,
    Walk,
    fail_score,
    fail_segment,
    update,
)
from mautod.store import catalog, state
from mautod.store.db import Tx
from mautod.store.rules import mirror
from mautod.store.rules.crowd import for_everybody
from mautod.store.rules.names import known_names
from mautod.store.rules.points import compile_score
from mautod.store.rules.predicate import compile_rule, sample_people
from mautod.store.rules.values import is_column
from mautod.store.segments import membership as segments
from mautod.store.segments import scores
from mautod.store.segments.membership import Rebuilt

SWEPT_AT: Final = "sweep_at"


@dataclass(frozen=True, slots=True)
class Preview:
    """How many people a rule finds, some of their ids, and doubts about its names."""

    count: int
    sample: list[int]
    warnings: list[str]


Fail = Callable[[Tx, int, str], None]


class Segments:
    """The active segments and scores, compiled, the needed before those that need them.

    Reads them anew whenever definitions were applied. Every method runs inside `write`.
    """

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._version: int | None = None
        self._living: list[Living] = []
        self._dates: dict[tuple[str, ...], str] = {}
        self._broken: list[tuple[Fail, str]] = []
        self._furthest = 0

    def refresh(self, tx: Tx, touched: Touched, now: int) -> list[Move]:
        """Bring membership and points up to date for whom a batch touched; the events to store.

        Only what depends on what changed is asked, and what depends on that.
        """
        self._reload(tx, now)
        for path, name in self._dates.items():
            ids = touched.props.get(name, set()) | touched.everything
            if ids:
                mirror.mirror_dates(tx, path, ids, self._zone)
        at = max(now, _swept_at(tx, now))
        self._furthest = max(self._furthest, at)
        return self._walk(tx, Walk(at, touched))

    def sweep(self, tx: Tx, now: int, touched: Touched | None = None) -> list[Move]:
        """Bring membership and points up to date for whom time alone turned since the last sweep.

        `touched` learns who moved and whose points changed. A clock that stepped back turns people
        too: from the furthest instant at which somebody was asked about, down to now.
        """
        self._reload(tx, now)
        last = _swept_at(tx, now)
        first, final = min(last, now), max(last, now, self._furthest)
        self._furthest = now
        if first == final:
            return []
        state.put(tx, SWEPT_AT, str(now))
        lines = {line for part in self._living for line in part.depends.frontiers}
        people = {line: _turned(tx, line, first, final, self._zone) for line in lines}
        turned = {
            part.name: set[int]().union(*(people[line] for line in part.depends.frontiers))
            for part in self._living
        }
        return self._walk(tx, Walk(now, Touched() if touched is None else touched, turned))

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

    def rebuild_score(self, tx: Tx, key: str, now: int) -> None:
        """Count everybody's points; no event is made of it.

        Raises:
            NotFound: there is no such active score.
            DefinitionError: it cannot be read.
            RuleFailed: some person's data made the statement fail.
        """
        found = scores.find(tx, key)
        if found is None:
            raise NotFound(f"there is no score {key!r}", field="key")
        at = max(now, _swept_at(tx, now))
        scores.rebuild(tx, found.id, found.score(), self._zone, at)

    def _reload(self, tx: Tx, now: int) -> None:
        """Compile what was applied since the last time.

        What it writes is checked every time: the last transaction may have been rolled back.
        """
        version = catalog.version(tx)
        if version != self._version:
            self._broken.clear()
            self._arrange([*self._memberships(tx), *self._scores(tx)], trigger_dates(tx))
            self._version = version
        for fail, reason in self._broken:
            fail(tx, now, reason)
        mirror.mirror_only(tx, self._dates, self._zone)

    def _memberships(self, tx: Tx) -> Iterable[Living]:
        for found in segments.list_segments(tx):
            try:
                rule = found.written.tree()
            except RuleError as error:
                fail = partial(fail_segment, segment_id=found.id, key=found.key)
                self._broken.append((fail, str(error)))
            else:
                predicate = compile_rule(rule, zone=self._zone)
                stage = found.written.stage is not None
                yield Membership(found.id, found.key, predicate, depends(rule), stage)

    def _scores(self, tx: Tx) -> Iterable[Living]:
        for found in scores.list_scores(tx):
            try:
                score = found.score()
            except DefinitionError as error:
                fail = partial(fail_score, score_id=found.id, key=found.key)
                self._broken.append((fail, str(error)))
            else:
                total = compile_score(score, self._zone)
                yield Counted(found.id, found.key, total, score.levels, score.depends())

    def _arrange(self, parts: Iterable[Living], triggers: set[tuple[str, ...]]) -> None:
        """Put the parts in order; `triggers`: the dates that chains start by."""
        named = {part.name: part for part in parts}
        stages = {part.name for part in named.values() if part.is_stage}
        needs = {name: asked_of(part.depends, stages) for name, part in named.items()}
        order, cycle = in_order(needs)
        while cycle:
            for name in set(cycle):
                self._broken.append((named[name].fail, f"needs itself: {' → '.join(cycle)}"))
                needs.pop(name)
            order, cycle = in_order(needs)
        self._living = [named[name] for name in order]
        frontiers = {line for part in self._living for line in part.depends.frontiers}
        asked = {line.path for line in frontiers if line.kind not in _BY_NAME} | triggers
        self._dates = {path: path[0] for path in asked if not is_column(path)}

    def _walk(self, tx: Tx, walk: Walk) -> list[Move]:
        for part in self._living:
            people = _people(part.depends, walk.touched) | walk.turned.get(part.name, set())
            if people:
                update(tx, walk, part, sorted(people))
        return walk.moves


def preview(tx: Tx, text: str, now: int, limit: int, zone: str = "UTC") -> Preview:
    """Whom a rule would find now; nothing is stored.

    Raises:
        RuleError: it does not parse.
        RuleFailed: some person's data made the statement fail.
    """
    rule = rules.read(tx, text)
    predicate = for_everybody(tx, rule, zone=zone, now=now)
    return Preview(*sample_people(tx, predicate, now, limit), warnings(tx, rule))


def warnings(tx: Tx, rule: Rule, new: Names | None = None) -> list[str]:
    """Doubts about names in the rule that nobody has seen; `new` are about to be there."""
    known = replace(known_names(tx, depends(rule).events), channels=frozenset(kinds()))
    return rule_warnings(rule, known if new is None else known | new)


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
