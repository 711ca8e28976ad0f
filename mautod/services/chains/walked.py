"""Why a person walks a chain or does not: each run step by step, and what keeps them out now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from mautod import wire
from mautod.core.chains.definition import parse_chain
from mautod.core.chains.trail import trail
from mautod.errors import DefinitionError
from mautod.services.chains import campaigns as chains
from mautod.services.chains.hurdles import Entry
from mautod.services.chains.outline import NONE, Outline, outline
from mautod.services.delivery.fates import decided, fate, utc
from mautod.store import catalog, listing
from mautod.store.chains import campaigns
from mautod.store.chains.campaigns import ChainRow
from mautod.store.db import Tx
from mautod.store.delivery import messages
from mautod.store.listing import MessageFilter
from mautod.store.people import cards

MOST: Final = 50
"""Runs and messages looked at, the newest."""
MOST_MESSAGES: Final = 500
"""Messages of one person in one chain that are looked at, the newest."""


def walked(tx: Tx, person_id: int, key: str, now: int, zone: str) -> wire.Why:
    """What became of a living person on the chain or broadcast called `key`, the newest run first.

    What is told of runs is from what was stored at the time; of the entry, from how it is now.

    Raises:
        NotFound: there is no such chain.
    """
    person, _ = cards.person(tx, person_id, now) or (None, None)
    assert person is not None, "the caller has found this person"
    row = chains.find(tx, key)
    runs = listing.runs_of(tx, person_id, MOST, chain=key)
    steps = steps_of(tx, runs, person_id, key)
    found = [
        wire.WhyRun(run, trigger_of(tx, run.id), None, [], _standing(run), steps[run.id])
        for run in runs
    ]
    entry = _entry(tx, person_id, row, now, zone)
    text = found[0].text if found else _never(row, entry)
    return wire.Why(person, "", text, found, key, entry)


def trigger_of(tx: Tx, run_id: int | None) -> wire.EventItem | None:
    """The event that started a run."""
    entry = None if run_id is None else messages.entry_event(tx, run_id)
    return None if entry is None else listing.event(tx, entry)


def steps_of(
    tx: Tx, runs: Sequence[wire.Run], person_id: int, key: str
) -> dict[int, list[wire.WhyStep]]:
    """The steps of one person's runs on one chain, by run, with what each of them sent."""
    sought = MessageFilter(person=person_id, chain=key)
    sent: dict[int, dict[str, wire.Message]] = {run.id: {} for run in runs}
    for message in listing.messages(tx, sought, None, MOST_MESSAGES):
        if message.run_id in sent:
            sent[message.run_id][message.step] = message
    followed = campaigns.followed(tx, [run.id for run in runs])
    words = {number: _words(tx, number) for number in set(followed.values())}
    return {run.id: list(_steps(tx, run, words[followed[run.id]], sent[run.id])) for run in runs}


def _steps(
    tx: Tx, run: wire.Run, words: Outline, sent: Mapping[str, wire.Message]
) -> Iterator[wire.WhyStep]:
    ways = {step.id: [to for to in step.arrows.values() if to] for step in words.steps}
    active = run.state == "active"
    known = {*sent, *([] if active or not run.step else [run.step])}
    marks = trail(ways, known, run.step if active else None)
    for step in words.steps:
        message, text = sent.get(step.id), ""
        if message is not None:
            decisions = decided(tx, message.id)
            text = fate(message, decisions)
            message = msgspec.structs.replace(message, decisions=decisions)
        yield wire.WhyStep(step.id, step.title, marks[step.id], text, message)


def _words(tx: Tx, definition_id: int) -> Outline:
    """A version in words; none for one that is gone or that cannot be read any more."""
    definition = catalog.get(tx, definition_id)
    try:
        return NONE if definition is None else outline(definition)
    except DefinitionError:
        return NONE


def _standing(run: wire.Run) -> str:
    held = " It is held out: none of its marketing is sent." if run.holdout else ""
    began = f"On {run.chain} since {utc(run.entered_at)}"
    if run.state == "active":
        until = f" until {utc(run.wake_at)}" if run.wake_at else ""
        awaits = f", awaiting {run.awaiting}" if run.awaiting else ""
        return f"{began}, at {run.step or 'the start'}{until}{awaits}.{held}"
    how = f"{run.outcome}: {run.error}" if run.error else run.outcome
    return f"{began}, ended on {utc(run.ended_at)} ({how}).{held}"


def _entry(tx: Tx, person_id: int, row: ChainRow, now: int, zone: str) -> list[wire.Hurdle]:
    """The conditions of entry of a chain that can be read; nobody enters a broadcast."""
    definition = catalog.get(tx, row.definition_id)
    if row.kind != "chain" or definition is None:
        return []
    try:
        chain = parse_chain(definition.body, definition.file, definition.key)
    except DefinitionError:
        return []
    return Entry(tx, person_id, row, chain, outline(definition).enter, now, zone).hurdles()


def _never(row: ChainRow, entry: Sequence[wire.Hurdle]) -> str:
    if row.kind != "chain":
        return f"Not among the recipients of {row.key}."
    missing = [hurdle.text for hurdle in entry if not hurdle.holds]
    if not missing:
        return f"Never entered {row.key}; nothing stands in the way now."
    return f"Never entered {row.key}: {'; '.join(missing)}."
