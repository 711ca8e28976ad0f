"""Forms and shops ask for topics by an event; what comes of it is decided with the event itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mautod.core.envelope import REQUESTED
from mautod.core.event import Happened
from mautod.core.sending.consent import Proof
from mautod.errors import BadInput
from mautod.services.delivery.optin import MOST_TOPICS, Wish, subscribe_in
from mautod.store.db import Tx
from mautod.store.people import cards

SOURCE: Final = "form"
_LONGEST: Final = 255


def follow(tx: Tx, happened: Iterable[Happened], now: int) -> None:
    """Ask for what people requested; topics that are not there come to nothing. Inside `write`."""
    for event in happened:
        if event.name != REQUESTED or not cards.exists(tx, event.person_id):
            continue
        try:
            subscribe_in(tx, event.person_id, _wish(event.props), now)
        except BadInput:
            continue


def _wish(props: Mapping[str, Any]) -> Wish:
    """What the event says; an address in it proves nothing, so neither does the wish."""
    named = props.get("topics", props.get("topic", ()))
    topics = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    proof = Proof(
        agent=_text(props, "agent"), language=_text(props, "language"), text=_text(props, "text")
    )
    return Wish(
        tuple(each for each in topics[:MOST_TOPICS] if isinstance(each, str) and each != "*"),
        _text(props, "source") or SOURCE,
        _text(props, "channel").strip("*"),
        proof,
    )


def _text(props: Mapping[str, Any], key: str) -> str:
    value = props.get(key)
    longest = 2000 if key == "text" else _LONGEST
    return value[:longest] if isinstance(value, str) else ""
