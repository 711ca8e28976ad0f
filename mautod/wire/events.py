"""Events, stored and to be sent."""

from __future__ import annotations

from typing import Any

from mautod.wire.shape import Shape


class EventItem(Shape, frozen=True):
    """One stored event; `person` is the label of its person, `source` the write key's name."""

    id: int
    ts: int
    received_at: int
    person_id: int
    person: str
    name: str
    source: str = ""
    props: dict[str, Any] = {}


class EventPage(Shape, frozen=True):
    """Newest first; `next` is an event id, older events follow."""

    items: list[EventItem]
    next: int | None = None


class Moment(Shape, frozen=True):
    """Something in a person's timeline.

    `kind` is event, segment, chain, message, consent, change or merge; `id` is that of the event or
    of the merge.
    """

    at: int
    kind: str
    id: int
    name: str
    source: str = ""
    props: dict[str, Any] = {}


class Timeline(Shape, frozen=True):
    """Newest first."""

    items: list[Moment]
    next: str | None = None


class EventName(Shape, frozen=True):
    name: str
    count: int
    last_ts: int | None = None


class EventNames(Shape, frozen=True):
    items: list[EventName]


class Count(Shape, frozen=True):
    """How many events of one name are stored."""

    name: str
    count: int


class NewEvent(Shape, frozen=True):
    """What a person did, a `name` with `properties`; or what they are, `traits` without a name.

    One of `user_id` and `anonymous_id` is needed.
    """

    name: str = ""
    user_id: str = ""
    anonymous_id: str = ""
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    message_id: str = ""
    timestamp: int | None = None


class NewEvents(Shape, frozen=True):
    """Up to 2 500 events; all are on disk when the answer comes."""

    events: list[NewEvent]


class Accepted(Shape, frozen=True):
    """How many events are on disk, and their message ids in the same order."""

    accepted: int
    message_ids: list[str]
