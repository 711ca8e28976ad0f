"""Take one person out of a raw request and leave everybody else in it as they are.

What leaves the journal can't be told from what never came: a request of theirs alone becomes an
empty batch. Who else is in a batch keeps their events byte for byte, and those without an id of
their own get the one that the digest would give them by their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from mautod.core.envelope import BATCHES, MAIL, RECEIPT, Receipt, Request, receipt
from mautod.core.sending.consent import address_key

EMPTY: Final = b'{"batch":[]}'
SHORT: Final = 6
"""A text of fewer characters is sought with its quotes: it stands in too many others."""

_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Traces:
    """By what a person is known in requests: ids, addresses, and the messages that they got.

    `requests` are theirs by what the tables say: letters that they wrote to us.
    """

    users: frozenset[str] = frozenset()
    visitors: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    messages: frozenset[int] = frozenset()
    requests: frozenset[int] = frozenset()

    def texts(self) -> list[str]:
        """All of them as they may stand in JSON or plain, the short ones in quotes."""
        found = {form for text in self.values() for form in (text, _escaped(text))}
        return sorted(f'"{text}"' if len(text) < SHORT else text for text in found if text)

    def values(self) -> frozenset[str]:
        """All texts as they are."""
        return self.users | self.visitors | self.addresses


def redact(request: Request, traces: Traces) -> Request | None:
    """The request without the person; None when they are not in it."""
    if request.kind == RECEIPT:
        return _emptied(request) if _is_theirs(receipt(request), traces) else None
    if request.kind == MAIL:
        return _emptied(request) if _is_their_mail(request, traces) else None
    if not _may_hold(request.body, traces):
        return None
    if request.kind not in BATCHES:
        return _emptied(request) if _kept(request.body, traces) != request.body else None
    return _redacted_batch(request, traces)


def told(request: Request, traces: Traces) -> list[Any]:
    """What of the request is the person's, as JSON values: what `redact` takes away."""
    if redact(request, traces) is None:
        return []
    if request.kind == MAIL:
        return [request.body.decode("utf-8", "replace")]
    try:
        outline = _OBJECT.decode(request.body)
        whole = request.kind not in BATCHES
        raws = [request.body] if whole else [bytes(raw) for raw in _ITEMS.decode(outline["batch"])]
        theirs = [raw for raw in raws if request.kind == RECEIPT or _kept(raw, traces) != raw]
        return [msgspec.json.decode(raw) for raw in theirs]
    except (ValueError, KeyError):
        return [request.body.decode("utf-8", "replace")]


def _is_theirs(found: object, traces: Traces) -> bool:
    return isinstance(found, Receipt) and found.message in traces.messages


def _is_their_mail(request: Request, traces: Traces) -> bool:
    """Whether a letter is theirs, or names one of their addresses where it is not encoded."""
    low = request.body.lower()
    named = any(text.encode() in low for text in traces.addresses if len(text) >= SHORT)
    return named or request.id in traces.requests


def _may_hold(body: bytes, traces: Traces) -> bool:
    """Quick: most requests are of others. An escape may hide any text."""
    if b"\\" in body:
        return True
    low = body.lower()
    return any(text.lower().encode() in low for text in traces.values())


def _redacted_batch(request: Request, traces: Traces) -> Request | None:
    try:
        outline = _OBJECT.decode(request.body)
        items = _ITEMS.decode(outline["batch"])
    except (ValueError, KeyError):
        return _emptied(request) if _holds_text(request.body, traces) else None
    kept = [_kept(bytes(raw), traces) for raw in items]
    if kept == [bytes(raw) for raw in items]:
        return None
    if not any(kept):
        return _emptied(request)
    named = [_named(raw, f"journal-{request.id}-{place}") for place, raw in enumerate(kept) if raw]
    body = msgspec.json.encode({**outline, "batch": [msgspec.Raw(raw) for raw in named]})
    return request._replace(body=body, ip="")


def _kept(raw: bytes, traces: Traces) -> bytes:
    """What stays of one event: all, all but its visitor's id, or nothing."""
    try:
        item = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        item = None
    if not isinstance(item, dict):
        return b"" if _holds_text(raw, traces) else raw
    user = _id(item.get("userId"))
    visitors = {_id(item.get("anonymousId")), _id(item.get("previousId"))}
    if not user and not any(visitors):
        return b"" if _holds_text(raw, traces) else raw
    if user in traces.users or (not user and _means_them(item, visitors, traces)):
        return b""
    if visitors & (traces.visitors | traces.users):
        return _without(item, traces)
    return raw


def _means_them(item: Mapping[str, Any], visitors: set[str], traces: Traces) -> bool:
    return bool(visitors & (traces.visitors | traces.users)) or _address(item) in traces.addresses


def _without(item: Mapping[str, Any], traces: Traces) -> bytes:
    """Another user's event that came from a browser which was the person's: without its id."""
    gone = traces.visitors | traces.users
    left = {
        key: value
        for key, value in item.items()
        if not (key in {"anonymousId", "previousId"} and _id(value) in gone)
    }
    return msgspec.json.encode(left)


def _named(raw: bytes, own_id: str) -> bytes:
    """The event with a message id: its place, which named it, has changed."""
    item = msgspec.json.decode(raw)
    if not isinstance(item, dict) or item.get("messageId") is not None:
        return raw
    return msgspec.json.encode({**item, "messageId": own_id})


def _address(item: Mapping[str, Any]) -> str:
    context = item.get("context")
    places = (item.get("traits"), context.get("traits") if isinstance(context, dict) else None)
    found = (place.get("email") for place in places if isinstance(place, dict))
    return next((address_key(email) for email in found if isinstance(email, str)), "")


def _holds_text(raw: bytes, traces: Traces) -> bool:
    low = raw.decode("utf-8", "replace").lower()
    return any(text.lower() in low for text in traces.texts())


def _id(value: object) -> str:
    return "" if value is None else str(value)


def _escaped(text: str) -> str:
    """`text` as a cautious JSON writer puts it down: in ASCII alone."""
    return "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in text)


def _emptied(request: Request) -> Request:
    return request._replace(kind="batch", ip="", body=EMPTY)
