"""`segments.toml`: named rules and lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from mautod.core.files.definition import Table, expected, flag, key_name, label, text
from mautod.core.rules.checker import depends
from mautod.core.rules.named import Texts, names, read, used
from mautod.core.rules.parser import parse
from mautod.core.rules.tree import All, InList, InSegment, Not, Rule, Some, Test

Kind = Literal["living", "static"]
LIVING: Final = "living"
STATIC: Final = "static"
MOST_STAGES: Final = 100
MOST_PEOPLE: Final = 1000
"""People named in the file for one segment; more belong on its list."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as it is written.

    A living one has a `rule`, a static one a list, filled by hand, and `people` who are on it by
    email or user id whether they are known yet or not. Nobody in a segment of `exclude` is in it.
    With a `stage` it is one of the journey, the higher the further. `rules` are the named rules
    that its own leads to, as they were when it was written.
    """

    key: str
    name: str
    rule: str = ""
    kind: Kind = LIVING
    people: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    stage: int | None = None

    def tree(self) -> Rule:
        """The rule that says who is in it.

        Raises:
            RuleError: `rule` does not parse.
        """
        static = self.kind == STATIC
        base = _on_the_list(self) if static else read(self.rule, dict(self.rules), entry=False)
        without = tuple(Not(InSegment(key)) for key in self.exclude)
        return All((base, *without)) if without else base

    def asks(self) -> frozenset[str]:
        """The segments that its rule asks."""
        return depends(self.tree()).segments

    def body(self) -> dict[str, Any]:
        """What tells one version from another; what the file leaves out is not in it."""
        extra: dict[str, Any] = {"people": self.people, "exclude": self.exclude}
        extra |= {"rules": dict(self.rules), "stage": self.stage}
        told = {"name": self.name, "rule": self.rule} | {k: v for k, v in extra.items() if v}
        return told | ({"static": True} if self.kind == STATIC else {})


def _on_the_list(segment: Segment) -> Rule:
    by_hand = InList(segment.key)
    if not segment.people:
        return by_hand
    named = (Test((name,), "in", segment.people) for name in ("email", "user_id"))
    return Some((by_hand, *named))


def read_segment(key: str, table: Table, known: Texts) -> Segment:
    """The segment that one table of the file describes; `known` are the named rules.

    Raises:
        DefinitionError: it describes none; a rule's error shows the place with a caret.
    """
    table.only("name", "rule", "static", "people", "exclude", "stage")
    stage = table.get("stage", _stage, None)
    name, exclude = table.get("name", label, key), table.get("exclude", _keys, ())
    if not table.get("static", flag, default=False):
        if "people" in table:
            raise table.error("people", "stands in a static segment only.", "Add static = true.")
        rule = table.need("rule", lambda value: _rule(value, known))
        asked = used(names(parse(rule)), known)
        return Segment(key, name, rule, exclude=exclude, rules=tuple(asked.items()), stage=stage)
    if "rule" in table:
        raise table.error("rule", "a static segment has no rule.", "Remove rule, or static.")
    people = table.get("people", _people, ())
    return Segment(key, name, "", STATIC, people, exclude, stage=stage)


def _rule(value: Any, known: Texts) -> str:
    rule = text(value).strip()
    read(rule, known, entry=False)
    return rule


def _stage(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_STAGES:
        raise expected(f"a stage of the journey from 1 to {MOST_STAGES}", value)
    return value


def _keys(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise expected('a list of segments like ["staff"]', value)
    return tuple(dict.fromkeys(map(key_name, value)))


def _people(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_PEOPLE:
        raise expected(f"at most {MOST_PEOPLE} emails or user ids", value)
    return tuple(dict.fromkeys(map(label, value)))
