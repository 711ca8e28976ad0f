"""What a rule means, written as plainly as possible and sharing nothing with the compiler."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from mautod.core.rules.tree import (
    Aggregate,
    Ago,
    All,
    Asked,
    AtStage,
    Did,
    InChain,
    InList,
    InSegment,
    Last,
    Not,
    Occurrence,
    Of,
    On,
    Range,
    Reachable,
    Rule,
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
    Will,
)

INSTANT_COLUMNS = {"created_at", "first_seen", "last_seen"}
TEXT_COLUMNS = {"email", "phone", "name", "user_id", "timezone", "country", "language", "page"}


@dataclass
class Event:
    id: int
    name: str
    ts: int
    props: dict[str, Any]


@dataclass
class Stay:
    entered: int
    left: int | None = None


@dataclass
class Person:
    id: int
    columns: dict[str, Any] = field(default_factory=dict)
    props: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    gone: bool = False
    lists: set[str] = field(default_factory=set)
    chains: set[str] = field(default_factory=set)
    wills: dict[tuple[str, str], tuple[bool, int]] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)
    stays: dict[str, list[Stay]] = field(default_factory=dict)


@dataclass
class Oracle:
    now: int
    zone: str
    segments: dict[str, Rule] = field(default_factory=dict)
    for_address: dict[str, dict[tuple[str, str], tuple[bool, int]]] = field(default_factory=dict)
    asks_yes: frozenset[str] = frozenset()
    suppressed: set[tuple[str, str]] = field(default_factory=set)
    stages: dict[str, int] = field(default_factory=dict)
    entered_at: int = 0
    entry_event: int = 0

    def matches(self, rule: Rule, person: Person) -> bool:
        return not person.gone and self.ask(rule, person)

    def ask(self, rule: Rule, person: Person) -> bool:
        if isinstance(rule, All):
            return all(self.ask(part, person) for part in rule.parts)
        if isinstance(rule, Some):
            return any(self.ask(part, person) for part in rule.parts)
        if isinstance(rule, Not):
            return not self.ask(rule.part, person)
        if isinstance(rule, Standing):
            return self.stands(rule, person)
        if isinstance(rule, Will):
            return self.may(rule, person)
        return self.person_test(rule, person) if isinstance(rule, Test) else self.past(rule, person)

    def stands(self, rule: Rule, person: Person) -> bool:  # noqa: PLR0911
        if isinstance(rule, InList):
            return rule.key in person.lists
        if isinstance(rule, InChain):
            return rule.key in person.chains
        if isinstance(rule, Scored):
            points = person.points.get(rule.key, 0)
            if rule.amount.op == "between":
                return rule.amount.number <= points <= rule.amount.most
            return compare(rule.amount.op, points, rule.amount.number)
        if isinstance(rule, WasIn):
            return any(self.reaches(rule.window, stay) for stay in person.stays.get(rule.key, ()))
        if isinstance(rule, AtStage):
            there = [key for key in self.stages if self.stands(InSegment(key), person)]
            return bool(there) and rule.key == max(there, key=self.stages.__getitem__)
        assert isinstance(rule, InSegment)
        return rule.key in self.segments and self.ask(self.segments[rule.key], person)

    def may(self, rule: Will, person: Person) -> bool:
        if isinstance(rule, Subscribed):
            asked = rule.topic not in self.asks_yes or any(
                yes and topic == rule.topic and (rule.channel is None or by in {rule.channel, "*"})
                for (topic, by), (yes, _) in person.wills.items()
            )
            return asked and not self.said_no(person, rule.topic, rule.channel)
        assert isinstance(rule, Reachable)
        address = place(person, rule.channel)
        entries = {address, domain_of(address)}
        never = {(by, each) for by in (rule.channel, "*") for each in entries} & self.suppressed
        return bool(address) and not never and not self.said_no(person, "*", rule.channel)

    def past(self, rule: Rule, person: Person) -> bool:
        if isinstance(rule, Did):
            return self.did(rule, person)
        if isinstance(rule, Aggregate):
            return self.aggregate(rule, person)
        if isinstance(rule, Occurrence):
            return self.occurrence(rule, person)
        assert isinstance(rule, Series)
        return self.sequence(rule, person)

    def found(self, asked: Asked, window: Any, person: Person) -> list[Event]:
        return [
            event
            for event in sorted(person.events, key=lambda event: (event.ts, event.id))
            if event.name in asked.events
            and self.in_window(window, event)
            and (asked.where is None or self.where(asked.where, event.props, person))
        ]

    def aggregate(self, rule: Aggregate, person: Person) -> bool:
        events = self.found(Asked((rule.event,), rule.where), rule.window, person)
        values = [reach(event.props, rule.path) for event in events]
        total, scale = total_of(rule.function, values)
        if total is None:
            return False
        number = float(Fraction(str(rule.amount.number)) * scale)
        if rule.amount.op == "between":
            return number <= total <= float(Fraction(str(rule.amount.most)) * scale)
        return compare(rule.amount.op, total, number)

    def occurrence(self, rule: Occurrence, person: Person) -> bool:
        times = [e.ts for e in self.found(Asked((rule.event,), rule.where), None, person)]
        if not times:
            return False
        at = min(times) if rule.which == "first" else max(times)
        return self.instant_test(Test(("x",), rule.op, rule.value), at)

    def sequence(self, rule: Series, person: Person) -> bool:
        return any(
            self.goes_on([event], list(rule.then), rule, person)
            for event in self.found(rule.first, rule.window, person)
            if rule.on is None or key(reach(event.props, rule.on)) is not None
        )

    def goes_on(self, so_far: list[Event], steps: list[Then], rule: Series, person: Person) -> bool:
        if steps:
            return any(
                self.goes_on([*so_far, event], steps[1:], rule, person)
                for event in self.after(so_far, steps[0], rule, person)
            )
        if rule.never is None:
            return True
        over = self.now - so_far[-1].ts >= rule.never.within_ms
        return over and not self.after(so_far, rule.never, rule, person)

    def after(self, so_far: list[Event], step: Then, rule: Series, person: Person) -> list[Event]:
        first, last = so_far[0], so_far[-1]
        return [
            event
            for event in self.found(step.asked, None, person)
            if (event.ts, event.id) > (last.ts, last.id)
            and (step.within_ms is None or event.ts - last.ts < step.within_ms)
            and (rule.on is None or joins(reach(event.props, rule.on), reach(first.props, rule.on)))
        ]

    def said_no(self, person: Person, topic: str, channel: str | None) -> bool:
        """Whether they, or somebody for their address, said no to it and no yes since."""
        places = {
            place(person, each) for each in (["email", "sms"] if channel is None else [channel])
        }
        told = [person.wills, *(self.for_address.get(each, {}) for each in places - {""})]
        return any(refuses(wills, topic, channel) for wills in told)

    def reaches(self, window: Any, stay: Stay) -> bool:
        left = math.inf if stay.left is None else stay.left
        if isinstance(window, Last):
            return self.now - left < window.span_ms
        if isinstance(window, Since):
            return left > self.day(window.date.text)[0]
        if isinstance(window, SinceEntry):
            return left > self.entered_at
        if isinstance(window, Span):
            low, high = self.edge(window.low, 0), self.edge(window.high, 1)
            return low is not None and high is not None and left > low and stay.entered <= high
        return True

    def did(self, rule: Did, person: Person) -> bool:
        times = len(self.found(Asked(rule.events, rule.where), rule.window, person))
        if rule.count.op == "between":
            return times in range(rule.count.number, rule.count.most + 1)
        return compare(rule.count.op, times, rule.count.number)

    def in_window(self, window: Any, event: Event) -> bool:
        if isinstance(window, Last):
            return self.now - event.ts < window.span_ms
        if isinstance(window, Since):
            return event.ts >= self.day(window.date.text)[0]
        if isinstance(window, SinceEntry):
            return (event.ts, event.id) > (self.entered_at, self.entry_event)
        if isinstance(window, Span):
            low, high = self.edge(window.low, 0), self.edge(window.high, 1)
            return low is not None and high is not None and low <= event.ts <= high
        return True

    def where(self, where: Rule, props: dict[str, Any], person: Person | None = None) -> bool:
        if isinstance(where, All):
            return all(self.where(part, props, person) for part in where.parts)
        if isinstance(where, Some):
            return any(self.where(part, props, person) for part in where.parts)
        if isinstance(where, Not):
            return not self.where(where.part, props, person)
        assert isinstance(where, Test)
        if isinstance(where.value, Of):
            one, other = (
                self.whose(where.path, props, person),
                self.whose(where.value.path, props, person),
            )
            return one is not None and other is not None and related(where.op, one, other)
        if where.path[0] == "person" and len(where.path) > 1:
            assert person is not None
            return self.person_test(Test(where.path[1:], where.op, where.value), person)
        return self.json_test(where, props)

    def whose(self, path: tuple[str, ...], props: dict[str, Any], person: Person | None) -> Any:
        if path[0] != "person" or len(path) == 1:
            return reach(props, path)
        assert person is not None
        if len(path) == 2 and path[1] in INSTANT_COLUMNS:
            return None if person.columns.get(path[1]) is None else ()
        if len(path) == 2 and path[1] in TEXT_COLUMNS | {"sessions"}:
            return person.columns.get(path[1])
        return reach(person.props, path[1:])

    def person_test(self, test: Test, person: Person) -> bool:
        name = test.path[0]
        if len(test.path) > 1 or name not in INSTANT_COLUMNS | TEXT_COLUMNS | {"sessions"}:
            return self.json_test(test, person.props)
        value = person.columns.get(name)
        if name in INSTANT_COLUMNS and value is not None:
            return self.instant_test(test, value)
        return self.value_test(test, value, dates=False)

    def json_test(self, test: Test, props: dict[str, Any]) -> bool:
        return self.value_test(test, reach(props, test.path), dates=True)

    def value_test(self, test: Test, value: Any, *, dates: bool) -> bool:  # noqa: C901, PLR0911, PLR0912
        wanted = test.value
        if value is None:
            return test.op == "is unknown"
        if test.op in ("before", "after", "in last", "in next", "anniversary in next") or dated(
            wanted
        ):
            at = self.date(value) if dates else None
            return at is not None and self.instant_test(test, at)
        if test.op == "in":
            return any(same(value, item) for item in wanted)
        if test.op.startswith("has") or test.op == "is empty":
            return isinstance(value, list) and listed(test.op, value, wanted)
        if test.op == "contains":
            if isinstance(value, list):
                return any(same(item, wanted) for item in value)
            return isinstance(value, str) and wanted.lower() in low(value, wanted)
        if test.op in ("starts with", "ends with", "matches"):
            return isinstance(value, str) and shaped(test.op, low(value, wanted), wanted.lower())
        if test.op in ("=", "!="):
            return same(value, wanted) is (test.op == "=")
        if test.op == "is known":
            return True
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(wanted, Range):
            return number and wanted.low <= value <= wanted.high
        return test.op != "is unknown" and number and compare(test.op, value, wanted)

    def instant_test(self, test: Test, at: int) -> bool:  # noqa: PLR0911
        if test.op == "in last":
            return 0 <= self.now - at < test.value
        if test.op == "anniversary in next":
            return self.anniversary(test, self.local(at))
        if test.op == "in next":
            return 0 < at - self.now <= test.value
        if test.op == "between":
            low, high = self.edge(test.value.low, 0), self.edge(test.value.high, 1)
            return low is not None and high is not None and low <= at <= high
        if test.op not in ("before", "after"):
            return test.op in ("!=", "is known")
        if isinstance(test.value, Ago):
            age = self.now - at
            return age > test.value.span_ms if test.op == "before" else age < test.value.span_ms
        first, last = self.day(test.value.text)
        return at < first if test.op == "before" else at > last

    def local(self, at: int) -> Any:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def anniversary(self, test: Test, born: Any) -> bool:
        day, last = self.local(self.now), self.local(self.now + test.value) + timedelta(days=1)
        while day <= last:
            celebrated = {(day.month, day.day)}
            if celebrated == {(2, 28)} and (day + timedelta(days=1)).day == 1:
                celebrated.add((2, 29))
            begins = self.date(day.isoformat())
            assert begins is not None
            if (born.month, born.day) in celebrated and 0 < begins - self.now <= test.value:
                return True
            day += timedelta(days=1)
        return False

    def edge(self, end: Any, which: int) -> int | None:
        if isinstance(end, Ago):
            return self.now - end.span_ms
        return self.day(end.text)[which] if isinstance(end, On) else None

    def day(self, text: str) -> tuple[int, int]:
        first = self.date(text)
        assert first is not None
        if len(text) > 10:
            return first, first
        following = (datetime.fromisoformat(text) + timedelta(days=1)).date().isoformat()
        after = self.date(following)
        assert after is not None
        return first, after - 1

    def date(self, value: Any) -> int | None:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        if not isinstance(value, str):
            return int(value) if 1e11 < value < 253_402_300_800_000 else None
        if len(value) < 10 or value[4] + value[7] != "--":
            return None
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(self.zone))
        return (found - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def refuses(
    wills: dict[tuple[str, str], tuple[bool, int]], topic: str, channel: str | None
) -> bool:
    """Whether there is a no to `topic` on `channel`, or on any, and no later yes to the same."""
    about = {topic, "*"}
    for (no_topic, no_by), (is_yes, at) in wills.items():
        if is_yes or no_topic not in about or (channel and no_by not in {channel, "*"}):
            continue
        on = {channel or no_by, "*"}
        if not any(
            yes and when > at and yes_topic in about and yes_by in on
            for (yes_topic, yes_by), (yes, when) in wills.items()
        ):
            return True
    return False


def domain_of(address: str) -> str:
    """What stands for every address of its domain; empty for one that has none."""
    _, at, host = address.rpartition("@")
    return f"*@{host}" if at and host else ""


def place(person: Person, channel: str) -> str:
    """Where a channel reaches somebody."""
    address = person.columns.get("email" if channel == "email" else "phone")
    return (address or "").strip().lower()


def reach(props: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = props
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def total_of(function: str, values: list[Any]) -> tuple[Any, int]:
    """What the values come to, and in how many parts of one it is counted."""
    if function == "distinct":
        return len({key(value) for value in values} - {None}), 1
    numbers = [value for value in values if is_number(value)]
    if function in ("min", "max"):
        chosen = {"min": min, "max": max}[function]
        return (chosen(numbers) if numbers else None), 1
    total = 0.0
    for number in numbers:
        total += whole(number * 10_000.0)
    if function == "avg":
        return (total / len(numbers) if numbers else None), 10_000
    return total, 10_000


def whole(value: float) -> float:
    """The nearest whole number; a half goes away from zero."""
    if abs(value) >= 2**52:
        return value
    return math.copysign(math.floor(abs(value) + 0.5), value)


def key(value: Any) -> Any:
    """What tells values apart: neither 1 is true nor "1"; lists and objects have none."""
    if isinstance(value, bool):
        return ("flag", value)
    if is_number(value):
        return ("number", value)
    return ("text", value) if isinstance(value, str) else None


def joins(one: Any, other: Any) -> bool:
    return key(one) is not None and key(one) == key(other)


def related(op: str, one: Any, other: Any) -> bool:
    if op in ("=", "!="):
        if isinstance(one, str) and isinstance(other, str):
            one, other = one.lower(), other.lower()
        return joins(one, other) is (op == "=")
    return is_number(one) and is_number(other) and compare(op, one, other)


def dated(wanted: Any) -> bool:
    return isinstance(wanted, Range) and isinstance(wanted.low, On | Ago)


def compare(op: str, left: Any, right: Any) -> bool:
    return {
        "=": left == right, "!=": left != right, "<": left < right,
        "<=": left <= right, ">": left > right, ">=": left >= right,
    }[op]  # fmt: skip


def listed(op: str, items: list[Any], wanted: Any) -> bool:
    if op == "is empty":
        return len(items) == 0
    some = [wanted] if op == "has" else wanted
    found = [literal for literal in some if any(same(item, literal) for item in items)]
    return len(found) == len(some) if op == "has all" else len(found) > 0


def shaped(op: str, value: str, wanted: str) -> bool:
    if op == "starts with":
        return value[: len(wanted)] == wanted
    if op == "ends with":
        return value[max(0, len(value) - len(wanted)) :] == wanted
    signs = {"*": ".*", "?": "."}
    pattern = "".join(signs.get(sign) or re.escape(sign) for sign in wanted)
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def low(value: str, like: str) -> str:
    """Plain literals fold A-Z only, as SQL's lower() does; others fold every alphabet."""
    if not like.isascii():
        return value.lower()
    return "".join(letter.lower() if letter.isascii() else letter for letter in value)


def same(value: Any, literal: Any) -> bool:
    if isinstance(value, bool) or isinstance(literal, bool):
        return value is literal
    if isinstance(literal, str):
        return isinstance(value, str) and low(value, literal) == literal.lower()
    return isinstance(value, int | float) and value == literal
