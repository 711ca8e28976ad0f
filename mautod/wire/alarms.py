"""Alarms: too many letters come back or are complained about, and what waits because of it."""

from __future__ import annotations

from mautod.wire.shape import Shape


class Alarm(Shape, frozen=True):
    """Of the `sent` marketing letters of a channel, or of one chain on it, too many came back.

    `kind` is bounces or complaints, `limit` the share that was exceeded, `text` all of it in
    words. It lasts until `ended_at`. `paused_at`: when marketing was stopped for it. `told_at`:
    when operators were written to; `trouble` says why they were not.
    """

    id: int
    channel: str
    chain: str
    kind: str
    begun_at: int
    sent: int
    came_back: int
    limit: str
    text: str
    ended_at: int | None = None
    paused_at: int | None = None
    told_at: int | None = None
    trouble: str = ""


class Held(Shape, frozen=True):
    """A channel whose marketing waits since `at` until an operator resumes it."""

    channel: str
    at: int
    why: str


class Alarms(Shape, frozen=True):
    """Alarms newest first, and the channels that wait."""

    items: list[Alarm]
    held: list[Held]
    next: int | None = None
