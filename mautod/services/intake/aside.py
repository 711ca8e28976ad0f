"""What was set aside: taken in again, or forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from mautod import wire
from mautod.core.envelope import Request
from mautod.errors import Conflict, NotFound
from mautod.store import inbox, state
from mautod.store.db import Database, Tx, from_json, to_json
from mautod.store.journal import Journal
from mautod.store.state import Aside

EVENT: Final = "event"
OWN: Final = "mautod"
_MEND: Final = "Mend its cause, then drop it: what it stands for is tried again by itself."


def retry(db: Database, journal: Journal, number: int, now: int) -> wire.Done:
    """Take an event in again, as it is kept. Killed in the middle, it still counts once.

    Raises:
        NotFound: nothing is set aside under this number.
        Conflict: it is no event, or only the beginning of it is kept.
    """
    at, kept = _find(db.read(), number)
    if kept.kind != EVENT:
        raise Conflict(f"a {kept.kind} is not taken in again", field="problem", hint=_MEND)
    body = _whole(kept)
    if kept.source == OWN:
        with db.write() as tx:
            if state.forget_aside(tx, number):
                inbox.restore(tx, now, to_json(body))
    else:
        journal.append_sync([_request(number, at, kept, body, now)])
        with db.write() as tx:
            state.forget_aside(tx, number)
    return wire.Done(1, f"problem {number} is taken in again; the digest judges it anew.")


def drop(tx: Tx, number: int) -> wire.Done:
    """Forget it; inside `write`.

    Raises:
        NotFound: nothing is set aside under this number.
    """
    _find(tx, number)
    state.forget_aside(tx, number)
    return wire.Done(1, f"problem {number} is forgotten.")


def _find(tx: Tx, number: int) -> tuple[int, Aside]:
    found = state.find_aside(tx, number)
    if found is None:
        raise NotFound(f"nothing is set aside as {number}", field="problem")
    return found


def _whole(kept: Aside) -> dict[str, Any]:
    try:
        body = from_json(kept.body)
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        hint = "Send it again from where it came."
        raise Conflict("only its beginning is kept, or it is no JSON", field="problem", hint=hint)
    return body


def _request(number: int, at: int, kept: Aside, body: dict[str, Any], now: int) -> Request:
    """The same event again; its id and its time are always the same, so that it counts once."""
    items = body.get("batch")
    whole = items if isinstance(items, list) else [body]
    batch = [
        {"messageId": f"aside-{number}-{place}", "timestamp": _iso(at), "type": _kind(one), **one}
        for place, one in enumerate(whole)
        if isinstance(one, dict)
    ]
    return Request(now, kept.source, "batch", "", msgspec.json.encode({"batch": batch}))


def _kind(item: dict[str, Any]) -> str:
    """What the route said of an event that does not say it itself."""
    if "event" in item:
        return "track"
    return "page" if "name" in item or "category" in item else "identify"


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
