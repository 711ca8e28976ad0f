"""The tree of a rule: a question about one person that is true or false at an instant.

`All`, `Some`, `Not` and `Named` join leaves. A leaf is a frozen value; each kind has a line in the
grammar, the printer, the checker and the compiler of `store/`, and nothing else knows of it.
A `where` is the same tree with property tests for its only leaves: a path that begins with
`person` leads to a property of whoever the event is about, any other to one of the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Scalar = str | int | float | bool

PERSON: Final = "person"


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


@dataclass(frozen=True, slots=True)
class Of:
    """The value of another property, `person.x`; only inside a `where`."""

    path: tuple[str, ...]


Operand = Scalar | tuple[Scalar, ...] | On | Ago | Range | Of | int | None
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


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another, both included; a written day is included whole."""

    low: On | Ago
    high: On | Ago


Window = Last | Since | SinceEntry | Span

ONCE = Count(">=", 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Events of one of these names, `where` it holds: what a leaf about events looks at."""

    events: tuple[str, ...]
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Did:
    """An event of one of these names, `where` it holds, so many times in the window."""

    events: tuple[str, ...]
    where: Where | None = None
    count: Count = ONCE
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """What a sum or a score is compared with; up to `most` if `op` is `between`, both included."""

    op: str
    number: float
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What the values of a property of an event come to, as `sum "Order Completed".total > 5`.

    `function` is sum, avg, min, max or distinct. Numbers alone count, for distinct texts and flags
    too. The sum and the distinct values of nothing are 0, the others are unknown.
    """

    function: str
    event: str
    path: tuple[str, ...]
    amount: Amount
    where: Where | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """When an event was for the first or the last time, compared as a property of that date."""

    which: str
    event: str
    op: str
    value: On | Ago | Range | int
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """An event after the one before it, by time and id; less than `within_ms` after it."""

    asked: Asked
    within_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Events one after another, the first of them in the window.

    With `never` the last is followed by no such event within the time that it must have, which has
    run out. `on` leads to a property that has the same value in all of them.
    """

    first: Asked
    then: tuple[Then, ...] = ()
    never: Then | None = None
    on: tuple[str, ...] | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class InSegment:
    """Membership of another segment, as it stands."""

    key: str


@dataclass(frozen=True, slots=True)
class InList:
    """A place on the list of a static segment, put there by hand."""

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


HEARD: Final = {
    "got": "Message Sent",
    "opened": "Message Opened",
    "clicked": "Message Clicked",
    "replied": "Message Replied",
}
"""The words of a leaf about messages, and the events that they ask for."""


OPENS_AND_CLICKS: Final = frozenset({HEARD["opened"], HEARD["clicked"]})
"""What machines do as well."""
BY_PEOPLE: Final = Test(("machine",), "is unknown")


def heard(word: str, template: str, window: Window | None = None) -> Did:
    """What `got "cart-1" in 7d` asks: an event about a message made from that template.

    Machines open and click nothing in this sense.
    """
    about, event = Test(("template",), "=", template), HEARD[word]
    where = All((about, BY_PEOPLE)) if event in OPENS_AND_CLICKS else about
    return Did((event,), where, window=window)


def as_heard(leaf: Did) -> tuple[str, str] | None:
    """The word and the template of a leaf that `heard` makes; None of any other."""
    word = next((word for word, event in HEARD.items() if leaf.events == (event,)), None)
    about = leaf.where.parts[0] if isinstance(leaf.where, All) else leaf.where
    template = about.value if isinstance(about, Test) else None
    if word is None or not isinstance(template, str):
        return None
    return (word, template) if leaf == heard(word, template, leaf.window) else None


@dataclass(frozen=True, slots=True)
class Named:
    """A rule that has a name; `rule` is what it says, None until it is put in its place."""

    key: str
    rule: Rule | None = None


Eventful = Did | Aggregate | Occurrence | Series
"""The leaves about events."""


@dataclass(frozen=True, slots=True)
class WasIn:
    """A stay in a segment, present or past, that reaches into the window; anywhere without one."""

    key: str
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class InChain:
    """A run through a chain that goes on."""

    key: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Nothing was said against messages about a topic: on one channel, or on any."""

    topic: str
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Reachable:
    """There is an address for a channel, not suppressed, and nobody said no to all of it."""

    channel: str


@dataclass(frozen=True, slots=True)
class Scored:
    """The points that somebody has of a score; 0 if they never had any."""

    key: str
    amount: Amount


Will = Subscribed | Reachable
"""The leaves about whether somebody may be written to."""


@dataclass(frozen=True, slots=True)
class AtStage:
    """The segment that is the furthest stage of the person's, among those that are stages."""

    key: str


Standing = InSegment | InList | WasIn | InChain | Scored | AtStage
"""The leaves about where a person stands: neither about properties nor about events."""

Leaf = Test | Eventful | Standing | Will
Rule = All | Some | Not | Named | Leaf
Where = Rule


def leaves(rule: Rule) -> list[Leaf]:
    """The leaves of the tree from left to right; a `where` stays inside its leaf."""
    match rule:
        case All(parts) | Some(parts):
            return [leaf for part in parts for leaf in leaves(part)]
        case Not(part):
            return leaves(part)
        case Named(_, inner):
            return [] if inner is None else leaves(inner)
        case _:
            return [rule]


def asked(leaf: Eventful) -> list[Asked]:
    """What events the leaf looks at, in the order in which they are written."""
    match leaf:
        case Did(events, where):
            return [Asked(events, where)]
        case Aggregate() | Occurrence():
            return [Asked((leaf.event,), leaf.where)]
        case Series():
            steps = [*leaf.then, *([leaf.never] if leaf.never else [])]
            return [leaf.first, *(step.asked for step in steps)]


def personal(path: tuple[str, ...]) -> tuple[str, ...]:
    """The way to a person's property, if `path` leads there from inside a `where`; else empty."""
    return path[1:] if len(path) > 1 and path[0] == PERSON else ()
