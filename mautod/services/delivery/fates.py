"""What became of a message, in one sentence. Instants are in UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mautod import wire
from mautod.core.sending.gate import CHANNEL_PAUSED
from mautod.core.sending.remedy import remedies
from mautod.store.db import Tx
from mautod.store.people import cards

_REFUSALS: Final[Mapping[str, str]] = {
    "erased": "the person was erased",
    "no address": "the person has no address on this channel",
    "suppressed": "the address is suppressed: {why}",
    "unsubscribed": "unsubscribed ({scope} {topic}) on {at_}, by {source}",
    "not confirmed": "the subscription to {topic} was never confirmed",
    "not subscribed": "nobody gets {topic} who did not ask for it, and this person did not",
    "left": "the run had ended: {how}",
    "goal reached": "the goal had been reached",
    "holdout": "held out by the {by} ({share}), to measure what its messages do",
    "test": "the chain writes to its test list alone",
    "paused": "the person wants nothing before {paused_until_}",
    "cap": "over the cap of {cap}: {sent} sent already",
    "expired": "it expired on {expires_at_}",
    "window": "outside the window {window} at {local} in {zone}",
}
_DELAYS: Final[Mapping[str, str]] = {
    "window": "outside the window {window} at {local} in {zone}",
    "paused": "the person wants nothing before {paused_until_}",
    CHANNEL_PAUSED: "marketing by {channel} is paused since {since_}: {why}",
    "cap": "the cap of {cap} is used up until {frees_at_}",
    "rate": "the channel sends no faster",
    "domain rate": "{of} gets no more than {rate_per_s} letters a second",
    "servers": "{detail}",
    "visit": "it is shown when the person is next on the site",
    "unreadable": "this mautod cannot read the version of the chain that it follows: {detail}",
}


def decided(tx: Tx, message_id: int) -> list[wire.Decision]:
    """What the gate decided about a message, in order, and what would have changed its mind."""
    return [
        wire.Decision(at, verdict, reason, evidence, remedies(verdict, reason, evidence))
        for at, verdict, reason, evidence in cards.decisions(tx, message_id)
    ]


def fate(message: wire.Message, decisions: Sequence[wire.Decision]) -> str:
    """The short answer about one message; `decisions` are those of the gate about it."""
    last = decisions[-1] if decisions else None
    match message.state:
        case "sent" | "delivered":
            return f"Sent to {message.address} on {utc(message.sending_at)}{_echo(message)}."
        case "queued":
            return _waiting(message, last)
        case "sending":
            return f"Being sent to {message.address} since {utc(message.sending_at)}."
        case "refused" | "expired" if last is not None:
            return f"{message.state.capitalize()} on {utc(last.at)}: {_words(_REFUSALS, last)}."
        case "unknown":
            return f"Perhaps sent on {utc(message.sending_at)}: {message.detail}."
        case _:
            return _end(message)


def _end(message: wire.Message) -> str:
    detail = f": {message.detail}" if message.detail else ""
    return f"{message.state.capitalize()} on {utc(message.done_at)} ({message.reason}){detail}."


def _waiting(message: wire.Message, last: wire.Decision | None) -> str:
    if last is None:
        return f"Queued; due on {utc(message.due_at)}."
    if last.verdict == "postpone" and last.reason == CHANNEL_PAUSED:
        return f"Waits: {_words(_DELAYS, last)}."
    if last.verdict == "postpone":
        reason = "domain rate" if "of" in last.evidence and last.reason == "rate" else last.reason
        return f"Waits until {utc(message.due_at)}: {_words(_DELAYS, last, reason)}."
    return f"Will be tried again on {utc(message.due_at)}: {message.detail}."


def _echo(message: wire.Message) -> str:
    """What came back of a message."""
    arrived = ", delivered" if message.state == "delivered" else ""
    opened = f", opened on {utc(message.opened_at)}" if message.opened_at else ""
    return (
        arrived + opened + (f", clicked on {utc(message.clicked_at)}" if message.clicked_at else "")
    )


def _words(phrases: Mapping[str, str], decision: wire.Decision, reason: str = "") -> str:
    phrase = phrases.get(reason or decision.reason, decision.reason)
    return phrase.format_map(_Values(decision.evidence))


class _Values(dict[str, Any]):
    """Evidence for phrases: `{at_}` is the instant `at` in words, lists are joined."""

    def __missing__(self, name: str) -> str:
        return utc(self.get(name.removesuffix("_"))) if name.endswith("_") else "?"

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return ", ".join(map(str, value)) if isinstance(value, list) else value


def utc(instant: int | None) -> str:
    """An instant in words, to the minute."""
    if instant is None:
        return "?"
    return f"{datetime.fromtimestamp(instant // 1000, UTC):%Y-%m-%d %H:%M} UTC"
