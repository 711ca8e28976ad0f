"""Why somebody is in a segment or is not, leaf by leaf, and when time alone will turn it.

And the SQL that says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod import wire
from mautod.core.rules.checker import depends
from mautod.core.rules.printer import show, show_amount, show_count, show_path
from mautod.core.rules.tree import (
    Aggregate,
    All,
    AtStage,
    Did,
    Eventful,
    InChain,
    InList,
    InSegment,
    Named,
    Not,
    Occurrence,
    Reachable,
    Rule,
    Scored,
    Series,
    Some,
    Standing,
    Subscribed,
    Test,
    WasIn,
    Will,
)
from mautod.core.sending.consent import ALL
from mautod.errors import NotFound
from mautod.services.segments import rules
from mautod.services.segments.counting import counting
from mautod.services.segments.forecast import Forecast, Turn
from mautod.store.db import Tx
from mautod.store.people import cards
from mautod.store.reports import stats
from mautod.store.rules import explain
from mautod.store.rules.crowd import for_everybody
from mautod.store.rules.predicate import compile_rule, select_people
from mautod.store.segments import membership as segments
from mautod.store.segments import stays

TOO_MANY: Final = "too many events to say when it will turn"


@dataclass(frozen=True, slots=True)
class Explainer:
    """Asks rules about one person at one instant; `zone` is the workspace's."""

    tx: Tx
    zone: str
    now: int
    person_id: int

    def segment(self, key: str) -> wire.Explanation:
        """The rule of a segment as the person meets it.

        Raises:
            NotFound: there is no such segment, or no such person.
            RuleError: the segment's rule does not parse.
            RuleFailed: the person's data made a statement fail.
        """
        segment, found = stats.segment(self.tx, key), segments.find(self.tx, key)
        if segment is None or found is None:
            raise NotFound(f"there is no segment {key!r}", field="key")
        card = cards.person(self.tx, self.person_id, self.now)
        if card is None:
            raise NotFound(f"there is no person {self.person_id}", field="person")
        rule = found.written.tree()
        return wire.Explanation(
            segment=segment,
            person=card[0],
            now=self.now,
            matches=self._matches(rule),
            since=explain.since(self.tx, key, self.person_id),
            turns_at=self.turn(rule).at,
            rule=self.reason(rule),
        )

    def reason(self, rule: Rule) -> wire.Reason:
        """The rule as a tree with what each leaf found."""
        match rule:
            case All(parts):
                return self._joined("and", rule, parts)
            case Some(parts):
                return self._joined("or", rule, parts)
            case Not(part):
                return self._joined("not", rule, (part,))
            case Named(_, inner) if inner is not None:
                return self._joined("rule", rule, (inner,))
            case _:
                return self._leaf(rule)

    def turn(self, rule: Rule) -> Turn:
        """The first instant after now at which the rule has another answer, if nothing happens."""
        counted = counting(self.tx, depends(rule))
        predicate = compile_rule(rule, zone=self.zone, points=counted.points)
        return self._forecast.turn(
            counted.frontiers,
            lambda at: explain.holds(self.tx, predicate, self.person_id, at),
        )

    @property
    def _forecast(self) -> Forecast:
        return Forecast(self.tx, self.zone, self.now, self.person_id)

    def _matches(self, rule: Rule) -> bool:
        predicate = compile_rule(rule, zone=self.zone)
        return bool(select_people(self.tx, predicate, [self.person_id], self.now))

    def _holds(self, rule: Rule) -> bool:
        predicate = compile_rule(rule, zone=self.zone)
        return explain.holds(self.tx, predicate, self.person_id, self.now)

    def _joined(self, kind: str, rule: Rule, parts: tuple[Rule, ...]) -> wire.Reason:
        reasons = [self.reason(part) for part in parts]
        true = sum(reason.holds for reason in reasons)
        why = "" if len(parts) == 1 else f"{true} of {len(parts)} hold"
        return wire.Reason(show(rule), kind, self._holds(rule), why, parts=reasons)

    def _leaf(self, leaf: Rule) -> wire.Reason:
        turn = self.turn(leaf)
        found = self._found(leaf)
        why = "; ".join(filter(None, (found.why, TOO_MANY if turn.unsure else "")))
        return wire.Reason(
            rule=show(leaf),
            kind="leaf",
            holds=self._holds(leaf),
            why=why,
            value=found.value,
            first_at=found.first_at,
            last_at=found.last_at,
            turns_at=turn.at,
        )

    def _found(self, leaf: Rule) -> _Found:
        if isinstance(leaf, Test):
            return self._property(leaf)
        if isinstance(leaf, Standing):
            return self._standing(leaf)
        if isinstance(leaf, Will):
            return self._will(leaf)
        return self._events(leaf) if isinstance(leaf, Eventful) else _Found()

    def _standing(self, leaf: Standing) -> _Found:
        match leaf:
            case InSegment(key):
                since = explain.since(self.tx, key, self.person_id)
                return _Found("is not in it" if since is None else "is in it", first_at=since)
            case InList(key):
                at = explain.listed(self.tx, key, self.person_id)
                return _Found("is not on it" if at is None else "is on it", first_at=at)
            case InChain(key):
                at = explain.running(self.tx, key, self.person_id)
                return _Found("is not in it" if at is None else "is in it", first_at=at)
            case WasIn(key):
                return _stayed(stays.of_segment(self.tx, key, self.person_id))
            case AtStage():
                stage = explain.stage(self.tx, self.person_id)
                return _Found("is at no stage" if stage is None else f"is at {stage}", stage)
            case Scored(key, amount):
                points = explain.points(self.tx, key, self.person_id)
                return _Found(f"has {points}, {show_amount(amount)} needed", points)

    def _will(self, leaf: Will) -> _Found:
        match leaf:
            case Subscribed(topic, channel):
                said = explain.refusals(self.tx, self.person_id, (topic, ALL), channel)
                return _refused(said) if said else _Found("nothing was said against it")
            case Reachable(channel):
                return self._reachable(channel)

    def _reachable(self, channel: str) -> _Found:
        if not explain.address(self.tx, self.person_id, channel):
            return _Found("there is no address")
        said = explain.refusals(self.tx, self.person_id, (ALL,), channel, reach=True)
        return _refused(said) if said else _Found("there is an address")

    def _property(self, leaf: Test) -> _Found:
        value, name = self._forecast.value(leaf.path), show_path(leaf.path)
        if value is None:
            return _Found(f"{name} is unknown")
        return _Found(f"{name} is {json.dumps(value, ensure_ascii=False)}", value)

    def _events(self, leaf: Eventful) -> _Found:
        found = explain.tally(self.tx, leaf, self.zone, self.person_id, self.now)
        edges = (found.first, found.last)
        match leaf:
            case Did(count=count):
                return _Found(f"{found.times} of {show_count(count)} needed", found.times, *edges)
            case Aggregate():
                return self._total(leaf, found)
            case Occurrence(event=event):
                return _Found(f'did "{event}" {_times(found.times)}', None, *edges)
            case Series():
                return _Found(f"went on so {_times(found.times)}", found.times, *edges)

    def _total(self, leaf: Aggregate, found: explain.Tally) -> _Found:
        total = explain.total(self.tx, leaf, self.zone, self.person_id, self.now)
        value = "unknown" if total is None else f"{total:g}"
        events = "1 event" if found.times == 1 else f"{found.times} events"
        why = f"is {value} of {events}, {show_amount(leaf.amount)} needed"
        return _Found(why, total, found.first, found.last)


def _stayed(found: Sequence[stays.Stay]) -> _Found:
    if not found:
        return _Found("never was in it", 0)
    last = found[-1]
    why = "is in it" if last.left is None else f"was in it {_times(len(found))}"
    return _Found(why, len(found), found[0].entered, last.left)


def _refused(said: Sequence[explain.Refusal]) -> _Found:
    first = said[0]
    return _Found(f"{first.what} ({first.source})", len(said), first.at)


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


@dataclass(frozen=True, slots=True)
class _Found:
    why: str = ""
    value: Any = None
    first_at: int | None = None
    last_at: int | None = None


def statement(tx: Tx, text: str, zone: str, now: int) -> wire.Sql:
    """The SQL that a rule becomes; nothing is asked of it but its plan.

    Raises:
        RuleError: it does not parse.
    """
    rule = rules.read(tx, text)
    predicate = for_everybody(tx, rule, zone=zone, now=now)
    sql, values = explain.statement(predicate), predicate.bind(now)
    return wire.Sql(show(rule), sql, values, explain.plan(tx, sql, values))
