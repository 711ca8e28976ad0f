"""Why a person did or did not get a letter, from what was stored at the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mautod import wire
from mautod.core.remedy import remedies
from mautod.services.outline import Outline, outline
from mautod.store import campaigns, cards, catalog, listing, messages
from mautod.store.db import Tx
from mautod.store.listing import MessageFilter

MOST: Final = 50
"""Runs and messages looked at, the newest."""

_REFUSALS: Final[Mapping[str, str]] = {
    "erased": "the person was erased",
    "no address": "the person has no address on this channel",
    "suppressed": "the address is suppressed: {why}",
    "unsubscribed": "unsubscribed ({scope} {topic}) on {at_}, by {source}",
    "not confirmed": "the subscription to {topic} was never confirmed",
    "left": "the run had ended: {how}",
    "goal reached": "the goal had been reached",
    "holdout": "held out by the {by} ({share}), to measure what its messages do",
    "test": "the chain writes to its test list alone",
    "cap": "over the cap of {cap}: {sent} sent already",
    "expired": "it expired on {expires_at_}",
    "window": "outside the window {window} at {local} in {zone}",
}
_DELAYS: Final[Mapping[str, str]] = {
    "window": "outside the window {window} at {local} in {zone}",
    "cap": "the cap of {cap} is used up until {frees_at_}",
    "rate": "the channel sends no faster",
}


def why(tx: Tx, person_id: int, template: str, now: int) -> wire.Why:
    """What became of `template` for a living person, the newest run first.

    Instants in the texts are in UTC; the shapes carry all of them in ms.
    """
    person, _ = cards.person(tx, person_id, now) or (None, None)
    assert person is not None, "the caller has found this person"
    sought = MessageFilter(person=person_id, template=template)
    queued = listing.messages(tx, sought, None, MOST)
    runs = listing.runs_of(tx, person_id, MOST)
    senders = _senders(tx, template, runs)
    of_runs = {message.run_id for message in queued}
    found = [_sent(tx, message) for message in queued]
    found += [
        _not_yet(tx, run, senders[run.chain])
        for run in runs
        if run.chain in senders and run.id not in of_runs
    ]
    found.sort(key=_newest_first, reverse=True)
    text = found[0].text if found else _never(template, senders)
    return wire.Why(person, template, text, found)


def decided(tx: Tx, message_id: int) -> list[wire.Decision]:
    """What the gate decided about a message, in order, and what would have changed its mind."""
    return [
        wire.Decision(at, verdict, reason, evidence, remedies(verdict, reason, evidence))
        for at, verdict, reason, evidence in cards.decisions(tx, message_id)
    ]


def _newest_first(one: wire.WhyRun) -> tuple[int, int]:
    entered = one.run.entered_at if one.run else 0
    return entered, one.message.id if one.message else 0


def _senders(tx: Tx, template: str, runs: Sequence[wire.Run]) -> dict[str, Outline]:
    """The chains that send `template`, as they are applied now, and the broadcasts of `runs`."""
    followed = campaigns.followed(tx, [run.id for run in runs]).values()
    sent = [catalog.get(tx, definition) for definition in followed]
    broadcasts = [one for one in sent if one is not None and one.kind == "broadcast"]
    outlines = {d.key: outline(d) for d in (*catalog.active(tx, "chain"), *broadcasts)}
    return {
        key: chain
        for key, chain in outlines.items()
        if any(step.template == template for step in chain.steps)
    }


def _sent(tx: Tx, message: wire.Message) -> wire.WhyRun:
    """A message that was queued, and what followed."""
    decisions = decided(tx, message.id)
    run = None if message.run_id is None else listing.run(tx, message.run_id)
    chain = campaigns.chain(tx, message.chain) if message.chain else None
    text = _fate(message, decisions)
    if chain is not None and chain.state == "paused" and message.state == "queued":
        text = f"Waits: the chain {message.chain} is paused."
    return wire.WhyRun(run, _trigger(tx, message.run_id), message, decisions, text)


def _not_yet(tx: Tx, run: wire.Run, chain: Outline) -> wire.WhyRun:
    """A run that has not queued the letter, or never will."""
    return wire.WhyRun(run, _trigger(tx, run.id), None, [], _standing(run, chain))


def _standing(run: wire.Run, chain: Outline) -> str:
    if run.state == "active":
        where = chain.title(run.step) or run.step or "the start"
        until = f" until {_at(run.wake_at)}" if run.wake_at else ""
        return f"Not yet: the run of {run.chain} is at {run.step or 'the start'} ({where}){until}."
    how = f"{run.outcome}: {run.error}" if run.error else run.outcome
    ended = f" on {_at(run.ended_at)}" if run.ended_at else ""
    return f"Never: the run of {run.chain} ended{ended} before this letter ({how})."


def _never(template: str, senders: Mapping[str, Outline]) -> str:
    if not senders:
        return f"No chain sends {template}."
    ways = ", ".join(f"{key} ({chain.enter})" for key, chain in sorted(senders.items()))
    return f"Never entered a chain that sends {template}: {ways}."


def _trigger(tx: Tx, run_id: int | None) -> wire.EventItem | None:
    entry = None if run_id is None else messages.entry_event(tx, run_id)
    return None if entry is None else listing.event(tx, entry)


def _fate(message: wire.Message, decisions: Sequence[wire.Decision]) -> str:
    """The short answer about one message."""
    last = decisions[-1] if decisions else None
    match message.state:
        case "sent" | "delivered":
            return f"Sent to {message.address} on {_at(message.sending_at)}{_echo(message)}."
        case "queued":
            return _waiting(message, last)
        case "sending":
            return f"Being sent to {message.address} since {_at(message.sending_at)}."
        case "refused" | "expired" if last is not None:
            return f"{message.state.capitalize()} on {_at(last.at)}: {_words(_REFUSALS, last)}."
        case "unknown":
            return f"Perhaps sent on {_at(message.sending_at)}: {message.detail}."
        case _:
            return _end(message)


def _end(message: wire.Message) -> str:
    detail = f": {message.detail}" if message.detail else ""
    return f"{message.state.capitalize()} on {_at(message.done_at)} ({message.reason}){detail}."


def _waiting(message: wire.Message, last: wire.Decision | None) -> str:
    if last is None:
        return f"Queued; due on {_at(message.due_at)}."
    if last.verdict == "postpone":
        return f"Waits until {_at(message.due_at)}: {_words(_DELAYS, last)}."
    return f"Will be tried again on {_at(message.due_at)}: {message.detail}."


def _echo(message: wire.Message) -> str:
    """What came back of a message."""
    opened = f", opened on {_at(message.opened_at)}" if message.opened_at else ""
    return opened + (f", clicked on {_at(message.clicked_at)}" if message.clicked_at else "")


def _words(phrases: Mapping[str, str], decision: wire.Decision) -> str:
    return phrases.get(decision.reason, decision.reason).format_map(_Values(decision.evidence))


class _Values(dict[str, Any]):
    """Evidence for phrases: `{at_}` is the instant `at` in words, lists are joined."""

    def __missing__(self, name: str) -> str:
        return _at(self.get(name.removesuffix("_"))) if name.endswith("_") else "?"

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return ", ".join(map(str, value)) if isinstance(value, list) else value


def _at(instant: int | None) -> str:
    if instant is None:
        return "?"
    return f"{datetime.fromtimestamp(instant // 1000, UTC):%Y-%m-%d %H:%M} UTC"
