"""Chains with their numbers, and turning them off and on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from mautod import wire
from mautod.core.chains.run import STOPPED
from mautod.duration import show_roughly
from mautod.errors import Conflict, NotFound
from mautod.services.broadcasts import status
from mautod.services.chains import experiments
from mautod.services.chains.outline import NONE, Outline, StepOutline, outline
from mautod.services.chains.wake import ENDED, ended
from mautod.store import catalog, inbox
from mautod.store.chains import campaigns, edits
from mautod.store.chains.broadcasts import KIND
from mautod.store.chains.campaigns import ChainRow, Tally
from mautod.store.db import Database, Tx
from mautod.store.reports import stats
from mautod.store.reports.stats import EVER, Goals

SPLIT: Final = "split"
RUNNING: Final = "running"
STOPPED_AT_ONCE: Final = 2000
_HELD: Final = (
    "Waits run on: what runs out meanwhile is taken when you resume it, or"
    " mautod chains resume --shift makes every wait as much longer as it was paused."
)
Places = dict[campaigns.Place, Goals]
"""Step, template and variant → what they are credited with."""


def every(tx: Tx) -> list[wire.Chain]:
    """All chains with their counters, without steps."""
    credited = stats.goals(tx, *EVER)
    return [_chain(tx, row, _of(credited, row)) for row in campaigns.chains(tx)]


def one(tx: Tx, key: str, now: int) -> wire.Chain:
    """One chain with its counters, step by step, splits with their variants.

    Raises:
        NotFound: there is no such chain.
    """
    row = find(tx, key)
    found = _chain(tx, row, _of(stats.goals(tx, *EVER), row), steps=True)
    definition = catalog.get(tx, row.definition_id)
    if definition is None or not any(step.kind == SPLIT for step in found.steps):
        return found
    compared = experiments.shown(tx, definition, now)
    steps = [
        msgspec.structs.replace(step, experiment=compared.get(step.id)) for step in found.steps
    ]
    return msgspec.structs.replace(found, steps=steps)


def find(tx: Tx, key: str) -> ChainRow:
    """The chain called `key`.

    Raises:
        NotFound: there is none; the hint names those that there are.
    """
    row = campaigns.chain(tx, key)
    if row is None:
        known = ", ".join(each.key for each in campaigns.chains(tx)) or "none was applied"
        raise NotFound(f"there is no chain {key!r}", field="key", hint=f"Known: {known}.")
    return row


def turn(tx: Tx, key: str, wanted: str, now: int, *, shift: bool = False) -> wire.Done:
    """Pause or resume a chain; call inside `write`.

    With `shift` every wait and expiry is longer by the pause; without, what ran out meanwhile is
    taken at once. A chain that was stopped runs again, without those who were stopped.

    Raises:
        NotFound: there is no such chain.
        Conflict: it was taken away by an apply; or it is a broadcast, and over.
    """
    row = find(tx, key)
    if row.kind == KIND:
        return status.turn(tx, key, wanted, now)
    if row.state == wanted:
        return wire.Done(0, f"{key} is {wanted} already.")
    if row.state == STOPPED and (wanted != RUNNING or catalog.find(tx, "chain", key) is None):
        hint = "Put its file back and run mautod apply."
        raise Conflict(f"{key} is stopped", field="key", hint=hint if wanted == RUNNING else "")
    said = _waits(tx, row, now, shift=shift) if wanted == RUNNING else _HELD
    campaigns.set_state(tx, row.id, wanted, now)
    catalog.bump(tx)
    active, _ = campaigns.walked(tx, row.id)
    return wire.Done(1, f"{key} is {wanted}; {active} people are under way in it. {said}".strip())


def _waits(tx: Tx, row: ChainRow, now: int, *, shift: bool) -> str:
    """What becomes of waits that went on while a chain was paused."""
    paused_at = campaigns.paused_at(tx, row.id)
    if paused_at is None:
        return "Those whose runs were stopped do not come back."
    if shift:
        edits.shift(tx, row.id, paused_at, now)
        return f"Their waits are {show_roughly(now - paused_at)} longer, as long as it was paused."
    late = edits.overdue(tx, row.id, now)
    return f"{late} waits ran out while it was paused: they go on at once." if late else ""


def stop(db: Database, key: str, now: int) -> wire.Done:
    """Stop a chain: nobody enters, everybody's run ends as "stopped", what is queued stays unsent.

    The chain stops first, in one transaction, then runs end some at a time; after a crash call it
    again. `turn` lets it run again.

    Raises:
        NotFound: there is no such chain.
        Conflict: it is a broadcast.
    """
    with db.write() as tx:
        row = find(tx, key)
        if row.kind == KIND:
            hint = f"To end it: mautod broadcast cancel {key}"
            raise Conflict(f"{key} is a broadcast", field="key", hint=hint)
        if row.state != STOPPED:
            campaigns.set_state(tx, row.id, STOPPED, now)
            catalog.bump(tx)
    count = 0
    while stopped := _stop_some(db, row, now):
        count += stopped
    return wire.Done(
        int(count > 0 or row.state != STOPPED), f"{key} is stopped; {count} runs ended."
    )


def _stop_some(db: Database, row: ChainRow, now: int) -> int:
    with db.write() as tx:
        people = edits.stop_some(tx, row.id, STOPPED, now, STOPPED_AT_ONCE)
        notes = ((person, ENDED, ended(row.key, STOPPED)) for person in people)
        inbox.post_all(tx, now, notes)
    return len(people)


def titled(tx: Tx, runs: Sequence[wire.Run]) -> list[wire.Run]:
    """`runs`, each with its present step in the words of the version that it follows."""
    followed = campaigns.followed(tx, [run.id for run in runs])
    outlines = {definition: _outline(tx, definition) for definition in set(followed.values())}
    return [
        msgspec.structs.replace(run, title=outlines[followed[run.id]].title(run.step))
        for run in runs
    ]


def _of(credited: dict[stats.Place, Goals], row: ChainRow) -> Places:
    return {
        (step, template, variant): part
        for (chain, step, template, variant), part in credited.items()
        if chain == row.id
    }


def _outline(tx: Tx, definition_id: int) -> Outline:
    definition = catalog.get(tx, definition_id)
    return NONE if definition is None else outline(definition)


def _chain(tx: Tx, row: ChainRow, credited: Places, *, steps: bool = False) -> wire.Chain:
    words, tallies = _outline(tx, row.definition_id), campaigns.tallies(tx, row.id, *EVER)
    active, entered = campaigns.walked(tx, row.id)
    whole = _sum(tallies.values())
    earned = stats.together(credited.values())
    return wire.Chain(
        key=row.key,
        name=row.name,
        state=row.state,
        version=row.version,
        changed_at=row.changed_at,
        channel=words.channel,
        topic=words.topic,
        enter=words.enter,
        leave=words.leave,
        goal=words.goal,
        window=words.window,
        cap=words.cap,
        holdout=words.holdout,
        test=words.test,
        policies=dict(words.policies),
        entered=entered,
        active=active,
        outcomes=campaigns.outcomes(tx, row.id),
        queued=whole.count("queued", "sending"),
        sent=whole.sent,
        opened=whole.opened,
        clicked=whole.clicked,
        failed=whole.count("failed"),
        unknown=whole.count("unknown"),
        expired=whole.count("expired"),
        refused=whole.refused,
        goals=earned.count,
        money=earned.money(),
        steps=_steps(tx, row, words, tallies, credited) if steps else [],
    )


def _steps(
    tx: Tx,
    row: ChainRow,
    words: Outline,
    tallies: dict[campaigns.Place, Tally],
    credited: Places,
) -> list[wire.Step]:
    here = campaigns.here(tx, row.id)
    return [
        _step(
            step,
            here.get(step.id, 0),
            _sum(tally for (of, *_), tally in tallies.items() if of == step.id),
            stats.together(part for (of, *_), part in credited.items() if of == step.id),
        )
        for step in words.steps
    ]


def _step(step: StepOutline, here: int, tally: Tally, earned: Goals) -> wire.Step:
    return wire.Step(
        id=step.id,
        kind=step.kind,
        title=step.title,
        template=step.template,
        arrows=dict(step.arrows),
        here=here,
        queued=tally.count("queued", "sending"),
        sent=tally.sent,
        opened=tally.opened,
        clicked=tally.clicked,
        failed=tally.count("failed"),
        unknown=tally.count("unknown"),
        expired=tally.count("expired"),
        refused=tally.refused,
        goals=earned.count,
        money=earned.money(),
    )


def _sum(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole
