"""Events that an operator sends: checked at once, then the road of all others, the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from mautod import wire
from mautod.core.envelope import MAX_BATCH, Reject, Request, split
from mautod.errors import BadInput, TooLarge
from mautod.store.journal import Journal

SOURCE: Final = "operator"
"""The source of these events; it is trusted, because its key is the operator's."""


def send(
    journal: Journal, events: Sequence[wire.NewEvent], now: int, new_id: Callable[[], str]
) -> wire.Accepted:
    """Put `events` on disk in one request; the digest takes it from there.

    An event without a message id gets one from `new_id`; the same message id again counts once.

    Raises:
        BadInput: an event makes no sense; none was kept.
        TooLarge: more than 2 500 events.
        Unavailable: the disk is full; none was kept.
    """
    if len(events) > MAX_BATCH:
        raise TooLarge(f"{len(events)} events, at most {MAX_BATCH} are taken at once")
    ids = [event.message_id or new_id() for event in events]
    batch = [_item(event, name, now) for event, name in zip(events, ids, strict=True)]
    request = Request(now, SOURCE, "batch", "", msgspec.json.encode({"batch": batch}))
    _check(events, request)
    journal.append_sync([request])
    return wire.Accepted(len(ids), ids)


def _item(event: wire.NewEvent, message_id: str, now: int) -> dict[str, Any]:
    given = {
        "type": "track" if event.name else "identify",
        "event": event.name,
        "userId": event.user_id,
        "anonymousId": event.anonymous_id,
        "messageId": message_id,
        "timestamp": _iso(now if event.timestamp is None else event.timestamp),
        "properties": event.properties,
        "traits": event.traits,
    }
    return {key: value for key, value in given.items() if value not in ("", {})}


def _iso(instant: int) -> str:
    try:
        return datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(
            f"{instant} is no instant", field="timestamp", hint="Write UTC milliseconds."
        ) from error


def _check(events: Sequence[wire.NewEvent], request: Request) -> None:
    for number, (event, part) in enumerate(zip(events, split(request), strict=True)):
        if isinstance(part, Reject):
            raise BadInput(f"event {number}: {part.reason}", field=part.field)
        if event.traits if event.name else event.properties:
            raise BadInput(
                f"event {number}: an event has a name and properties, a person has traits",
                field="traits" if event.name else "properties",
                hint="Send them as two events.",
            )
