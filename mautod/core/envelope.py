"""From the raw body of an accepted request to checked events.

A request in the journal is only known to be JSON of the right outline. Here every event in it is
taken apart on its own: one that makes no sense becomes a `Reject` with its reason, the others go
on. Clients write the same thing in different ways; no difference reaches the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from mautod.core.times.instants import DAY_MS, read_instant

MAX_EVENT_BYTES: Final = 32 * 1024
MAX_NAME_BYTES: Final = 255
MAX_DEPTH: Final = 8
MAX_BATCH: Final = 2500
SHOWN_CHARS: Final = 4096
"""How much of a rejected event is kept for showing; all of it stays in the journal."""

BATCHES: Final = frozenset({"batch", "import"})
KINDS: Final = frozenset({"track", "identify", "page", "screen", "group", "alias"})
RECEIPT: Final = "receipt"
MAIL: Final = "mail"
"""A letter to us, its bytes as they came, after lines that say whom it was handed over for."""
LONGEST_CODE: Final = 16
LONGEST_TEXT: Final = 500

Bounce = Literal["", "hard", "soft", "policy"]
"""No such mailbox; full, or away for long; the server does not want this letter or its sender."""

CHAT_MESSAGE: Final = "Chat Message"
EDITED: Final = "Person Edited"
IMPORTED: Final = "Person Imported"
STARTED: Final = "Chain Started"
REQUESTED: Final = "Subscription Requested"
"""Sent by a form or a shop: with `topics`, perhaps `channel`, `source`, `text` and `language`."""
RESERVED: Final = frozenset(
    {
        *(f"Segment {verb}" for verb in ("Entered", "Left")),
        *(f"Chain {verb}" for verb in ("Entered", "Ended")),
        *(f"Message {verb}" for verb in ("Sent", "Refused", "Failed")),
        *(f"Message {verb}" for verb in ("Opened", "Clicked", "Replied")),
        *(f"Message {verb}" for verb in ("Delivered", "Bounced", "Complained")),
        *(f"{what} Changed" for what in ("Email", "Name", "Phone")),
        EDITED,
        IMPORTED,
        STARTED,
        CHAT_MESSAGE,
        "Preferences Changed",
        "Score Reached",
        "Session Started",
        "Subscribed",
        "Unsubscribed",
    }
)
"""Names of our own events. From outside they would be lies that rules and reports believe."""


class Request(NamedTuple):
    """One accepted request as the journal keeps it.

    `at` is when it was received (UTC ms), `source` the name of its write key, `kind` its route
    (`batch`, `track` … or `receipt`), `body` its raw JSON, decompressed. `id` grows with the order
    of commits; 0 before that.
    """

    at: int
    source: str
    kind: str
    ip: str
    body: bytes
    id: int = 0


class RawEvent(msgspec.Struct, frozen=True, gc=False):
    """One event as its client meant it; an absent text is empty, an absent object is `{}`.

    `name` is the event of a track, the page's or screen's own name, else empty. `ts` is corrected
    for the client's clock and never after the request was received. `day_key` is the UTC day of
    the client's own, uncorrected timestamp, the same in every retry; None if it gave none. Where
    the client names no `message_id`, the event's place in the journal does. `traits` are a person's
    for identify, a group's for group, else empty.
    """

    kind: str
    name: str
    message_id: str
    user_id: str
    anonymous_id: str
    previous_id: str
    group_id: str
    user_hash: str
    ts: int
    day_key: int | None
    props: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any]


class Reject(msgspec.Struct, frozen=True):
    """An event that makes no sense: why, which field is at fault, and how it begins."""

    reason: str
    field: str
    body: str


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came back of message `message`, by `kind`; `core.sending.receipts` makes them.

    open, click, trap: somebody did it, in `url`; `agent` is what their program calls itself,
    `method` how it asked. delivered: the mailbox took it. bounce: it came back, `bounce` says how,
    with the server's `code` and `text`. complaint: the reader called it spam, `text` says who
    tells.
    """

    kind: str
    message: int
    url: str = ""
    agent: str = ""
    bounce: Bounce = ""
    code: Annotated[str, msgspec.Meta(max_length=LONGEST_CODE)] = ""
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)] = ""
    method: str = "GET"


class Outline(msgspec.Struct, rename="camel", gc=False):
    """What every request must look like before it is accepted; its events are not looked at."""

    write_key: str | None = None
    batch: list[msgspec.Raw] | None = None
    sent_at: Any = None


class _Item(msgspec.Struct, rename="camel", gc=False):
    type: Any = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    message_id: str | int | None = None
    user_hash: str | None = None
    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None
    properties: dict[str, Any] | list[Any] | None = None
    traits: dict[str, Any] | list[Any] | None = None
    context: dict[str, Any] | list[Any] | None = None


class _NonsenseError(Exception):
    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


_OUTLINE: Final = msgspec.json.Decoder(Outline)
_ITEM: Final = msgspec.json.Decoder(_Item)
_RECEIPT: Final = msgspec.json.Decoder(Receipt)
_PLACE: Final = re.compile(r" - at `\$\.?([^`]*)`")


def outline(body: str | bytes) -> Outline:
    """The outline of a request's body.

    Raises:
        ValueError: it is not JSON, not an object, or `batch` is not a list.
    """
    try:
        return _OUTLINE.decode(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def split(request: Request) -> list[RawEvent | Reject]:
    """The events of a request, in its order, those that make no sense as rejects."""
    try:
        head = outline(request.body)
    except ValueError as error:
        return [Reject(f"not readable: {error}", "", _shown(request.body))]
    sent_at = _instant_or_none(head.sent_at)
    if request.kind not in BATCHES:
        return [_event(request, request.body, 0, sent_at)]
    return [
        _event(request, memoryview(raw), index, sent_at)
        for index, raw in enumerate(head.batch or ())
    ]


def receipt(request: Request) -> Receipt | Reject:
    """What a request of the kind `receipt` tells."""
    try:
        return _RECEIPT.decode(request.body)
    except ValueError as error:
        return Reject(f"not a receipt: {error}", "", _shown(request.body))


def _event(
    request: Request, raw: bytes | memoryview, index: int, sent_at: int | None
) -> RawEvent | Reject:
    try:
        return _checked(request, raw, index, sent_at)
    except _NonsenseError as error:
        return Reject(error.reason, error.field, _shown(raw))
    except RecursionError:
        return Reject("nested too deeply", "", _shown(raw))
    except ValueError as error:
        place = _PLACE.search(str(error))
        reason = _PLACE.sub("", str(error))
        return Reject(reason, place[1] if place else "", _shown(raw))


def _checked(
    request: Request, raw: bytes | memoryview, index: int, sent_at: int | None
) -> RawEvent:
    if len(raw) > MAX_EVENT_BYTES:
        raise _NonsenseError(f"{len(raw)} bytes, at most {MAX_EVENT_BYTES} are taken")
    item = _ITEM.decode(raw)
    kind = _kind(request.kind, item.type)
    context = _object(item.context, "context")
    traits = _traits(kind, _object(item.traits, "traits"), context)
    props = _object(item.properties, "properties")
    _check_nesting(bytes(raw), {"properties": props, "traits": traits, "context": context})
    ts, day_key = _times(item, sent_at, request.at)
    event = RawEvent(
        kind=kind,
        name=_name(kind, item, props),
        message_id=_id(item.message_id, "messageId") or f"journal-{request.id}-{index}",
        user_id=_id(item.user_id, "userId"),
        anonymous_id=_id(item.anonymous_id, "anonymousId"),
        previous_id=_id(item.previous_id, "previousId"),
        group_id=_id(item.group_id, "groupId"),
        user_hash=_user_hash(item, traits, context),
        ts=ts,
        day_key=day_key,
        props=props,
        traits=traits,
        context=context,
    )
    _check_identity(event)
    return event


def _kind(route: str, given: object) -> str:
    if route in KINDS:
        return route
    if isinstance(given, str) and given in KINDS:
        return given
    raise _NonsenseError(f"type must be one of {', '.join(sorted(KINDS))}", "type")


def _object(value: dict[str, Any] | list[Any] | None, field: str) -> dict[str, Any]:
    """A JSON object; PHP clients write an empty one as `[]`."""
    if not value:
        return {}
    if isinstance(value, list):
        raise _NonsenseError("expected an object, got an array", field)
    if max(map(len, value)) * 4 > MAX_NAME_BYTES:
        _check_keys(value, field)
    return value


def _check_keys(value: dict[str, Any], field: str) -> None:
    for key in value:
        if len(key.encode()) > MAX_NAME_BYTES:
            raise _NonsenseError(f"a name of more than {MAX_NAME_BYTES} bytes", field)


def _traits(kind: str, traits: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """RudderStack's clients put the traits of an identify into the context, and there only."""
    more = context.pop("traits", None)
    if kind == "identify" and isinstance(more, dict):
        return {**_object(more, "context.traits"), **traits}
    return traits if kind in {"identify", "group"} else {}


def _name(kind: str, item: _Item, props: dict[str, Any]) -> str:
    if kind == "track":
        return _event_name(item.event)
    if kind not in {"page", "screen"}:
        return ""
    if item.category:
        props.setdefault("category", item.category)
    if item.name:
        props.setdefault("name", item.name)
    return _bounded(item.name or "", "name")


def _event_name(given: str | None) -> str:
    name = _bounded(given or "", "event")
    if not name.strip():
        raise _NonsenseError("a track call needs the name of its event", "event")
    if name in RESERVED:
        raise _NonsenseError(f"{name!r} is a name of mautod's own events", "event")
    return name


def _id(value: str | int | None, field: str) -> str:
    return "" if value is None else _bounded(str(value), field)


def _bounded(text: str, field: str) -> str:
    if len(text) * 4 > MAX_NAME_BYTES and len(text.encode()) > MAX_NAME_BYTES:
        raise _NonsenseError(f"longer than {MAX_NAME_BYTES} bytes", field)
    if "\0" in text:
        raise _NonsenseError("holds a NUL character", field)
    return text


def _user_hash(item: _Item, traits: dict[str, Any], context: dict[str, Any]) -> str:
    """The proof of a userId, wherever a client lets one put it; it is never kept as a property."""
    given = (item.user_hash, context.pop("userHash", None), traits.pop("userHash", None))
    return next((value for value in given if value and isinstance(value, str)), "")


def _check_identity(event: RawEvent) -> None:
    if not event.user_id and not event.anonymous_id:
        raise _NonsenseError("neither userId nor anonymousId is given", "userId")
    if event.kind == "alias" and not event.user_id:
        raise _NonsenseError("an alias needs the new userId", "userId")
    if event.kind == "alias" and not event.previous_id and not event.anonymous_id:
        raise _NonsenseError("an alias needs previousId", "previousId")


def _check_nesting(raw: bytes, parts: dict[str, dict[str, Any]]) -> None:
    """Few brackets cannot nest deeply, and without the escape there is no NUL: mostly no walk."""
    deep = raw.count(b"{") + raw.count(b"[") > MAX_DEPTH
    if not deep and b"\\u0000" not in raw:
        return
    for field, part in parts.items():
        for value, depth in _walk(part):
            if depth > MAX_DEPTH:
                raise _NonsenseError(f"nested more than {MAX_DEPTH} deep", field)
            if isinstance(value, str) and "\0" in value:
                raise _NonsenseError("holds a NUL character", field)


def _walk(value: object) -> Iterator[tuple[object, int]]:
    """Every value within `value`, keys included, with the number of containers around it."""
    stack: list[tuple[object, int]] = [(value, 0)]
    while stack:
        here, depth = stack.pop()
        yield here, depth
        if isinstance(here, dict):
            stack.extend((inner, depth + 1) for pair in here.items() for inner in pair)
        elif isinstance(here, list):
            stack.extend((inner, depth + 1) for inner in here)


def _times(item: _Item, batch_sent_at: int | None, received_at: int) -> tuple[int, int | None]:
    """When it happened, and the UTC day that the client's own clock showed.

    What the client's clock is off by cancels out in `sentAt - timestamp`, however much it is.
    """
    own = item.timestamp if item.timestamp is not None else item.original_timestamp
    if own is None or own == "":
        return received_at, None
    claimed = _instant(own)
    sent_at = _instant_or_none(item.sent_at)
    if sent_at is None:
        sent_at = batch_sent_at
    ts = claimed if sent_at is None else received_at - (sent_at - claimed)
    if ts < 0:
        raise _NonsenseError("before the year 1970", "timestamp")
    return min(ts, received_at), claimed // DAY_MS


def _instant(value: object) -> int:
    found = read_instant(value)
    if found is None:
        raise _NonsenseError("not an ISO 8601 time nor milliseconds since 1970", "timestamp")
    return found


def _instant_or_none(value: object) -> int | None:
    return None if value is None else read_instant(value)


def _shown(raw: bytes | memoryview) -> str:
    text = bytes(raw[: SHOWN_CHARS + 1]).decode("utf-8", "replace")
    return text if len(raw) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "…"
