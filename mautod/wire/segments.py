"""Segments, their people, and rules on trial."""

from __future__ import annotations

from mautod.wire.people import Person
from mautod.wire.shape import Shape


class Segment(Shape, frozen=True):
    """`error` tells why it is not kept up to date, empty when all is well."""

    key: str
    name: str
    rule: str
    size: int
    rebuilt_at: int | None = None
    error: str = ""


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
