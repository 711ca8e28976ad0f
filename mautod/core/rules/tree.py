"""The tree of a rule: a question about one person that is true or false at an instant.

`All`, `Some` and `Not` join leaves. A leaf is a frozen value; each kind has a line in the grammar,
in the printer, in the checker and in the compiler of `store/`, and nothing else knows of it.
A `where` is the same tree with property tests for its only leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class On:
    """A written date, `2026-01-31` (the workspace's day) or with a time, in ISO 8601."""

    text: str


@dataclass(frozen=True, slots=True)
class Ago:
    """The instant `span_ms` before now."""

    span_ms: int


@dataclass(frozen=True, slots=True)
class Range:
    """From one number, or date, to another, both included; a written day is included whole."""

    low: float | On | Ago
    high: float | On | Ago


Operand = Scalar | tuple[Scalar, ...] | On | Ago | Range | int | None
"""What stands to the right of a property; which of these, the operator's row says."""


@dataclass(frozen=True, slots=True)
class Test:
    """A property compared; `path` leads to it from the outermost name."""

    path: tuple[str, ...]
    op: str
    value: Operand = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many times, as `>= 3 times`; up to `most` if `op` is `between`, both included."""

    op: str
    number: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Last:
    """The `span_ms` up to now; an event exactly that old is out."""

    span_ms: int


@dataclass(frozen=True, slots=True)
class Since:
    """From a written date on, its first instant included."""

    date: On


@dataclass(frozen=True, slots=True)
class SinceEntry:
    """After the event that started the run; chains only."""


Window = Last | Since | SinceEntry

ONCE = Count(">=", 1)


@dataclass(frozen=True, slots=True)
class Did:
    """An event of one of these names, `where` it holds, so many times in the window."""

    events: tuple[str, ...]
    where: Where | None = None
    count: Count = ONCE
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class InSegment:
    """Membership of another segment, as it stands."""

    key: str


@dataclass(frozen=True, slots=True)
class All:
    """Each part holds; two parts or more."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; two parts or more."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold. Leaves are two-valued: what is unknown compares false."""

    part: Rule


Leaf = Test | Did | InSegment
Rule = All | Some | Not | Leaf
Where = Rule


def leaves(rule: Rule) -> list[Leaf]:
    """The leaves of the tree from left to right; a `where` stays inside its leaf."""
    match rule:
        case All(parts) | Some(parts):
            return [leaf for part in parts for leaf in leaves(part)]
        case Not(part):
            return leaves(part)
        case Test() | Did() | InSegment():
            return [rule]
