"""What `/api/stream` carries."""

from __future__ import annotations

from typing import Final

from mautod.wire.alarms import Alarm
from mautod.wire.campaigns import Message
from mautod.wire.chats import Chat
from mautod.wire.events import EventItem
from mautod.wire.shape import Shape

TOPICS: Final = ("events", "segments", "chains", "messages", "chats", "alarms")


class SegmentSize(Shape, frozen=True):
    """A segment's size changed."""

    key: str
    name: str
    size: int


class ChainChange(Shape, frozen=True):
    """A chain's state or counters changed."""

    key: str
    name: str
    state: str
    version: int
    active: int
    entered: int


class Link(Shape, frozen=True):
    """The client's own word about its connection: up, or down and why."""

    up: bool
    detail: str = ""


class Update(Shape, frozen=True):
    """One thing that came over `/api/stream`, or `link` from the client itself.

    `id` is the last event id known to the daemon; passing it as `after` resumes there.
    """

    topic: str
    id: int
    body: EventItem | SegmentSize | ChainChange | Message | Chat | Alarm | Link


BODIES: Final[dict[str, type[EventItem | SegmentSize | ChainChange | Message | Chat | Alarm]]] = {
    "events": EventItem,
    "segments": SegmentSize,
    "chains": ChainChange,
    "messages": Message,
    "chats": Chat,
    "alarms": Alarm,
}
"""What each topic of the stream carries."""
