"""What a rule means, written as plainly as possible and sharing nothing with the compiler."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mautod.core.rules.tree import (
    Ago,
    All,
    Did,
    InSegment,
    Last,
    Not,
    On,
    Range,
    Rule,
    Since,
    SinceEntry,
    Some,
    Test,
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
class Person:
    id: int
    columns: dict[str, Any] = field(default_factory=dict)
    props: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    gone: bool = False


@dataclass
class Oracle:
    now: int
    zone: str
    segments: dict[str, Rule] = field(default_factory=dict)
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
        if isinstance(rule, InSegment):
            return rule.key in self.segments and self.ask(self.segments[rule.key], person)
        if isinstance(rule, Did):
            return self.did(rule, person)
        return self.person_test(rule, person)

    def did(self, rule: Did, person: Person) -> bool:
        times = 0
        for event in person.events:
            if event.name in rule.events and self.in_window(rule.window, event):
                times += rule.where is None or self.where(rule.where, event.props)
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
        return True

    def where(self, where: Rule, props: dict[str, Any]) -> bool:
        if isinstance(where, All):
            return all(self.where(part, props) for part in where.parts)
        if isinstance(where, Some):
            return any(self.where(part, props) for part in where.parts)
        if isinstance(where, Not):
            return not self.where(where.part, props)
        assert isinstance(where, Test)
        return self.json_test(where, props)

    def person_test(self, test: Test, person: Person) -> bool:
        name = test.path[0]
        if len(test.path) > 1 or name not in INSTANT_COLUMNS | TEXT_COLUMNS | {"sessions"}:
            return self.json_test(test, person.props)
        value = person.columns.get(name)
        if name in INSTANT_COLUMNS and value is not None:
            return self.instant_test(test, value)
        return self.value_test(test, value, dates=False)

    def json_test(self, test: Test, props: dict[str, Any]) -> bool:
        value: Any = props
        for key in test.path:
            value = value.get(key) if isinstance(value, dict) else None
        return self.value_test(test, value, dates=True)

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
