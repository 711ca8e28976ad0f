"""Segments, their people, and rules on trial."""

from __future__ import annotations

from typing import Any

from mautod.wire.people import Person
from mautod.wire.shape import Shape


class Segment(Shape, frozen=True):
    """`kind` is living (people by rule) or static (people by list, and no rule).

    Nobody in a segment of `exclude` is in it. `stage`: which stage of the journey it is, if it is
    one; the higher the further. `made`: it was made at the desk and is in no file.
    `error` tells why it is not kept up to date, empty when all is well.

    `hours` and `days`: the size at the end of each of the last 24 hours and 30 days, from the first
    one known; the last is the size now. Filled where segments are listed or shown.
    """

    key: str
    name: str
    rule: str
    size: int
    rebuilt_at: int | None = None
    error: str = ""
    hours: list[int] = []
    days: list[int] = []
    kind: str = "living"
    exclude: list[str] = []
    made: bool = False
    stage: int | None = None


class Segments(Shape, frozen=True):
    items: list[Segment]


class Member(Shape, frozen=True):
    person: Person
    since: int


class SegmentPage(Shape, frozen=True):
    """People of a segment, ordered by person id."""

    segment: Segment
    items: list[Member]
    next: int | None = None


class CreateAsk(Shape, frozen=True):
    """A static segment to make; its list begins empty."""

    key: str
    name: str = ""


class ListAsk(Shape, frozen=True):
    """People to put on the list of a static segment, and to take off.

    Each is an id, a user id, an anonymous id or an email; `by` says which of them all are: id,
    user_id or email.
    """

    add: list[str] = []
    remove: list[str] = []
    by: str = ""


class Unlisted(Shape, frozen=True):
    """Somebody who was not put on a list or taken off; `index` counts `add`, then `remove`."""

    index: int
    person: str
    reason: str


class Listed(Shape, frozen=True):
    """How many people were put on the list and taken off; `unchanged` were so already."""

    added: int
    removed: int
    unchanged: int
    unknown: list[Unlisted]


class PreviewAsk(Shape, frozen=True):
    """A rule to try on everybody; nothing is stored."""

    rule: str
    limit: int = 20


class Preview(Shape, frozen=True):
    """How many people a rule finds now, and some of them; `rule` is its normal form."""

    rule: str
    count: int
    sample: list[Person]
    warnings: list[str]
    took_ms: float


class CompleteAsk(Shape, frozen=True):
    """A rule that is being written, and the cursor in it, counted in characters."""

    rule: str
    cursor: int
    limit: int = 50


class Candidate(Shape, frozen=True):
    """What may stand at the cursor, as it is written; `kind` is word, event, property and so on."""

    text: str
    kind: str
    note: str = ""


class Candidates(Shape, frozen=True):
    """What may take the place of the characters from `start` to `end`, the likeliest first."""

    start: int
    end: int
    items: list[Candidate]


class DefineAsk(Shape, frozen=True):
    """The rule that a segment shall have; its name, if that shall be another.

    `was` is the rule that it is meant to replace, empty for a new segment; None if it is all one.
    """

    rule: str
    name: str = ""
    was: str | None = None


class Defined(Shape, frozen=True):
    """A segment that was written into its file and is in force; `changes` are all that changed."""

    segment: Segment
    file: str
    line: int
    changes: list[str]
    warnings: list[str]


class Reason(Shape, frozen=True):
    """One part of a rule as one person meets it; `kind` is and, or, not, rule, or leaf.

    `why` says it to a human. `value`: the property, or how many events the leaf counts, from
    `first_at` to `last_at`; for a segment `first_at` is since when. `turns_at`: when the leaf will
    have another answer by time alone, if nothing happens.
    """

    rule: str
    kind: str
    holds: bool
    why: str = ""
    value: Any = None
    first_at: int | None = None
    last_at: int | None = None
    turns_at: int | None = None
    parts: list[Reason] = []


class Explanation(Shape, frozen=True):
    """Why a person is in a segment or is not.

    `matches`: the rule's answer at `now`; `since`: when they became a member, None if they are
    none. The two differ only until the next event or sweep, or while the segment has an error.
    """

    segment: Segment
    person: Person
    now: int
    matches: bool
    since: int | None
    turns_at: int | None
    rule: Reason


class SqlAsk(Shape, frozen=True):
    """A rule to show as SQL; nothing is stored."""

    rule: str


class Sql(Shape, frozen=True):
    """The statement that finds whom a rule finds now; `rule` is its normal form.

    `values` are what it binds. `plan` is what the database says it will do, the steps of a step
    indented by two spaces more.
    """

    rule: str
    sql: str
    values: dict[str, Any]
    plan: list[str]


class Move(Shape, frozen=True):
    """One person who entered a segment, or left it, whether an event says so or a new rule did."""

    id: str
    at: int
    person_id: int
    person: str
    entered: bool


class MovePage(Shape, frozen=True):
    """Newest first; `next` is the id of a move, older ones follow."""

    items: list[Move]
    next: str | None = None


class OverlapAsk(Shape, frozen=True):
    """Keys of the segments to lay over each other."""

    keys: list[str]


class Overlap(Shape, frozen=True):
    """How many people segments have in common: `people[i][j]` are in `items[i]` and `items[j]`.

    On the diagonal stand the sizes.
    """

    items: list[Segment]
    people: list[list[int]]
