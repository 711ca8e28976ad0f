"""Why a person did or did not get a letter, from what was stored at the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from mautod import wire
from mautod.services.chains.outline import Outline, outline
from mautod.services.chains.walked import MOST, steps_of, trigger_of
from mautod.services.delivery.fates import decided, fate, utc
from mautod.services.delivery.turn import turn
from mautod.store import catalog, listing
from mautod.store.chains import campaigns
from mautod.store.db import Tx
from mautod.store.listing import MessageFilter
from mautod.store.people import cards

NO_RATES: Final[Mapping[str, float]] = {}


def why(
    tx: Tx, person_id: int, template: str, now: int, rates: Mapping[str, float] = NO_RATES
) -> wire.Why:
    """What became of `template` for a living person, the newest run first.

    `rates`: what each channel sends at most in a second, 0 for no limit. Instants in the texts are
    in UTC; the shapes carry all of them in ms.
    """
    person, _ = cards.person(tx, person_id, now) or (None, None)
    assert person is not None, "the caller has found this person"
    sought = MessageFilter(person=person_id, template=template)
    queued = listing.messages(tx, sought, None, MOST)
    runs = listing.runs_of(tx, person_id, MOST)
    senders = _senders(tx, template, runs)
    of_runs = {message.run_id for message in queued}
    found = [_sent(tx, message, rates.get(message.channel, 0), now) for message in queued]
    found += [
        _not_yet(tx, run, senders[run.chain])
        for run in runs
        if run.chain in senders and run.id not in of_runs
    ]
    found.sort(key=_newest_first, reverse=True)
    found = _with_steps(tx, person_id, found)
    text = found[0].text if found else _never(template, senders)
    return wire.Why(person, template, text, found)


def is_chain(tx: Tx, name: str) -> bool:
    """Whether `name` is a chain's or a broadcast's, and no template that any chain sends."""
    return campaigns.chain(tx, name) is not None and not _senders(tx, name, ())


def _with_steps(tx: Tx, person_id: int, found: list[wire.WhyRun]) -> list[wire.WhyRun]:
    """The same with the steps of each run."""
    runs = [one.run for one in found if one.run is not None]
    steps: dict[int, list[wire.WhyStep]] = {}
    for key in {run.chain for run in runs}:
        steps |= steps_of(tx, [run for run in runs if run.chain == key], person_id, key)
    return [
        msgspec.structs.replace(one, steps=steps[one.run.id]) if one.run else one for one in found
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


def _sent(tx: Tx, message: wire.Message, rate_per_s: float, now: int) -> wire.WhyRun:
    """A message that was queued, and what followed."""
    decisions = decided(tx, message.id)
    run = None if message.run_id is None else listing.run(tx, message.run_id)
    chain = campaigns.chain(tx, message.chain) if message.chain else None
    text = turn(tx, message, rate_per_s, now) or fate(message, decisions)
    if chain is not None and chain.state == "paused" and message.state == "queued":
        text = f"Waits: the chain {message.chain} is paused."
    return wire.WhyRun(run, trigger_of(tx, message.run_id), message, decisions, text)


def _not_yet(tx: Tx, run: wire.Run, chain: Outline) -> wire.WhyRun:
    """A run that has not queued the letter, or never will."""
    return wire.WhyRun(run, trigger_of(tx, run.id), None, [], _standing(run, chain))


def _standing(run: wire.Run, chain: Outline) -> str:
    if run.state == "active":
        where = chain.title(run.step) or run.step or "the start"
        until = f" until {utc(run.wake_at)}" if run.wake_at else ""
        return f"Not yet: the run of {run.chain} is at {run.step or 'the start'} ({where}){until}."
    how = f"{run.outcome}: {run.error}" if run.error else run.outcome
    ended = f" on {utc(run.ended_at)}" if run.ended_at else ""
    return f"Never: the run of {run.chain} ended{ended} before this letter ({how})."


def _never(template: str, senders: Mapping[str, Outline]) -> str:
    if not senders:
        return f"No chain sends {template}."
    ways = ", ".join(f"{key} ({chain.enter})" for key, chain in sorted(senders.items()))
    return f"Never entered a chain that sends {template}: {ways}."
