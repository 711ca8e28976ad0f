"""`/event Called back`: something that the person did, told by an operator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mautod import wire
from mautod.core.envelope import Reject, Request, split
from mautod.errors import BadInput
from mautod.services.conversations.commands.port import Asked, At, beginning, noted
from mautod.services.conversations.commands.set import told
from mautod.store import inbox, listing
from mautod.store.db import to_json

MOST_NAMES: Final = 500


class Event:
    """Records an event of the person, with properties after a bar."""

    usage = "NAME | PROPERTY=VALUE, …"
    help = "record that the person did something"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Record it, once for each `ref`."""
        name, _, rest = asked.argument.partition("|")
        props = _props(rest)
        return record(at, asked, name.strip(), props)

    def complete(self, at: At, _chat: wire.Chat, typed: str) -> Iterable[wire.Candidate]:
        """Events that are known."""
        names = [each.name for each in listing.event_names(at.tx)[:MOST_NAMES]]
        return beginning(names, typed, "event")


def record(at: At, asked: Asked, name: str, props: Mapping[str, Any]) -> wire.Ran:
    """Leave an event of the person for the digest, and a note of it; inside `write`.

    Raises:
        BadInput: this is no event that may be told.
    """
    _check(name, props)
    words = " ".join([name, *(f"{key}={value}" for key, value in props.items())])
    if not noted(at, asked, f"event: {words}"):
        return wire.Ran(0, f"{name} was recorded already.")
    inbox.post(at.tx, at.now, asked.chat.person_id, name, props)
    return wire.Ran(1, f"{asked.chat.person}: {name} is recorded.")


def _props(text: str) -> dict[str, Any]:
    found = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise BadInput(f"{part[:40]!r} is no property", field="line", hint="As size=XL.")
        found[name.strip()] = told(value.strip())
    return found


def _check(name: str, props: Mapping[str, Any]) -> None:
    """Hold an operator's event to the bounds of everybody's."""
    item = {"type": "track", "userId": "operator", "event": name, "properties": dict(props)}
    (part,) = split(Request(0, "", "batch", "", to_json({"batch": [item]}).encode()))
    if isinstance(part, Reject):
        raise BadInput(part.reason, field=part.field or "line", hint="As /event Called back.")


COMMAND = Event()
