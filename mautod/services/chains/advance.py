"""Advance: due runs take their steps, leave their messages to the gate, and sleep again.

A batch is one transaction: where the runs stand, when they wake, what they queue and what they say
become true together or not at all. A batch that fails is taken again run by run; the run that
fails alone is set aside with its error, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mautod.core.chains import machine
from mautod.core.chains.definition import Chain
from mautod.core.chains.entry import BY, Keyed
from mautod.core.chains.machine import Advance
from mautod.core.chains.run import (
    ERROR,
    LEFT,
    STOPPED,
    Answer,
    Call,
    Change,
    Command,
    Draw,
    Given,
    Run,
    Send,
    Start,
    Stop,
    View,
)
from mautod.core.envelope import STARTED
from mautod.errors import Unavailable
from mautod.services.broadcasts import pump
from mautod.services.chains import codes
from mautod.services.chains.enter import Chains
from mautod.services.chains.versions import Version, Versions
from mautod.services.chains.view import views
from mautod.services.chains.wake import ENDED, ended, leaving, said
from mautod.store import inbox, state
from mautod.store.chains import calls, campaigns, experiments, runs
from mautod.store.chains.calls import Asked
from mautod.store.chains.experiments import Drawn
from mautod.store.chains.runs import Ended, Held, Queued
from mautod.store.db import Database, Tx
from mautod.store.inbox import Note
from mautod.store.rules.predicate import holds_for_runs
from mautod.store.state import Aside

BATCH: Final = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a run came when it woke."""

    held: Held
    answer: Advance


Witness = Callable[[Sequence[Walk]], None]
"""Hears of walks when they are stored."""


@dataclass(slots=True)
class _Ledger:
    """What a batch will write; `urgent` are templates whose messages wait behind no campaign."""

    urgent: frozenset[str] = frozenset()
    parked: list[Run] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    queued: list[Queued] = field(default_factory=list)
    changes: list[tuple[int, Change]] = field(default_factory=list)
    draws: list[Drawn] = field(default_factory=list)
    stops: list[tuple[int, str]] = field(default_factory=list)
    calls: list[Asked] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)

    def end(self, version: Version, over: Ended) -> None:
        self.ended.append(over)
        self.notes += said(version.chain, [over])

    def write(self, tx: Tx, now: int) -> None:
        runs.park(tx, self.parked)
        runs.end(tx, self.ended, now)
        runs.queue(tx, self.queued, now)
        experiments.note(tx, self.draws, now)
        calls.put(tx, self.calls, now)
        self.notes += _stopped(tx, self.stops, now)
        for person_id, change in self.changes:
            inbox.change(tx, now, person_id, change.values)
        inbox.post_all(tx, now, self.notes)


def advance(
    db: Database,
    chains: Chains,
    now: int,
    limit: int = BATCH,
    witness: Witness | None = None,
) -> int:
    """Let up to `limit` due runs of running chains take their steps; how many did.

    `witness` hears what each did after it was stored.

    Raises:
        Unavailable: the disk is full or the database is held; nothing has changed.
    """
    due = _due(db, chains.versions, now, limit)
    if not due:
        return 0
    try:
        with db.write() as tx:
            walks = _advance(tx, chains.versions, due, now)
    except Unavailable:
        raise
    except Exception:
        log.exception("a batch of %d runs failed; taking them one by one", len(due))
        walks = [walk for run_id in due for walk in _alone(db, chains.versions, run_id, now)]
    if witness is not None:
        witness(walks)
    return len(due)


def next_due(tx: Tx) -> int | None:
    """When the next run of a running chain wakes."""
    return runs.next_due(tx)


def _due(db: Database, versions: Versions, now: int, limit: int) -> list[int]:
    tx = db.read()
    held = pump.held(tx, pump.Setting(versions), now)
    running = [r.id for r in campaigns.every(tx) if r.state == "running" and r.id not in held]
    return runs.due(tx, running, now, limit)


def _alone(db: Database, versions: Versions, run_id: int, now: int) -> list[Walk]:
    try:
        with db.write() as tx:
            return _advance(tx, versions, [run_id], now)
    except Unavailable:
        raise
    except Exception as error:
        log.exception("run %d fails alone and is set aside", run_id)
        with db.write() as tx:
            _set_aside(tx, run_id, now, f"{type(error).__name__}: {error}")
        return []


def _set_aside(tx: Tx, run_id: int, now: int, reason: str) -> None:
    keys = {row.id: row.key for row in campaigns.every(tx)}
    for held in runs.woken(tx, [run_id], now):
        chain = keys.get(held.chain_id, "")
        runs.end(tx, [Ended(held.run, ERROR, error=reason)], now)
        state.set_aside(tx, now, [Aside("run", reason, held.run.step, chain, str(run_id))])
        inbox.post(tx, now, held.run.person_id, ENDED, ended(chain, ERROR))


def _advance(tx: Tx, versions: Versions, run_ids: Sequence[int], now: int) -> list[Walk]:
    """Take these runs, as far as they are still due, to where they park or end; their walks."""
    ledger = _Ledger(versions.urgent(tx))
    held = runs.woken(tx, run_ids, now)
    for definition_id in dict.fromkeys(each.definition_id for each in held):
        version = versions.get(tx, definition_id)
        group = [each for each in held if each.definition_id == definition_id]
        left = leaving(tx, version, group, now)
        for each in group:
            if each.run.id in left:
                ledger.end(version, Ended(each.run, LEFT))
        staying = [each for each in group if each.run.id not in left]
        seen = views(tx, version, staying, now, versions.zone)
        answers = list(_answers(tx, version, staying, seen, now))
        late = _overheard(tx, version, answers, versions.zone)
        for each, answer in answers:
            heard = each.run.id in late
            _record(ledger, version, each, _woken(answer, now) if heard else answer, now)
    ledger.write(tx, now)
    return ledger.walks


def _overheard(
    tx: Tx, version: Version, answers: Sequence[tuple[Held, Advance]], zone: str
) -> set[int]:
    """The runs that come to await what has come already, between their time to wake and now.

    How late the pump is, or that two events came in one batch, must not make a difference.
    """
    fresh = [
        (_due_at(each.run), answer.run)
        for each, answer in answers
        if answer.run.awaiting is not None and answer.run.step != each.run.step
    ]
    asked = [(run.person_id, run.awaiting or "", since) for since, run in fresh]
    came = runs.since(tx, asked) if asked else {}
    return {
        run.id
        for place, (_, run) in enumerate(fresh)
        if any(machine.hears(version.chain, run, event, zone) for event in came.get(place, ()))
    }


def _woken(answer: Advance, now: int) -> Advance:
    return replace(answer, run=replace(answer.run, wake_at=now, awaiting=None, heard=True))


def _due_at(run: Run) -> int:
    """When a run would have gone on, had somebody looked at once."""
    return run.wake_at if run.step else run.entered_at


def _answers(
    tx: Tx, version: Version, held: Sequence[Held], views: Mapping[int, View], now: int
) -> Iterator[tuple[Held, Advance]]:
    """What the machine answers for each run, what they ask looked up for all runs at once."""
    seen = dict(views)
    while held:
        asking: dict[str, list[Held]] = {}
        for each in held:
            answer = machine.advance(version.chain, each.run, seen[each.run.id])
            if answer.asks is None:
                yield each, answer
            else:
                asking.setdefault(answer.asks, []).append(each)
        for step, those in asking.items():
            seen |= _told(tx, version, step, {each.run.id: each for each in those}, seen, now)
        held = [each for those in asking.values() for each in those]


def _told(
    tx: Tx,
    version: Version,
    step: str,
    asking: Mapping[int, Held],
    seen: Mapping[int, View],
    now: int,
) -> dict[int, View]:
    """The views of runs that ask at a step, with the answer: a code, or whether a rule holds."""
    pool = version.chain.step(step).pool
    if pool is None:
        true = holds_for_runs(tx, version.questions[step], asking, now)
        return {
            run_id: replace(seen[run_id], truths={**seen[run_id].truths, step: run_id in true})
            for run_id in asking
        }
    given = codes.take(tx, pool, [each.run.person_id for each in asking.values()], now)
    return {
        run_id: replace(seen[run_id], codes={**seen[run_id].codes, step: given[each.run.person_id]})
        for run_id, each in asking.items()
    }


def _expiry(chain: Chain, step: str, now: int) -> int | None:
    """When a message that is queued now may leave no more, by its step or else by the chain."""
    own = chain.step(step).limits.expires_ms
    length = chain.expires_ms if own is None else own
    return None if length is None else now + length


def _record(ledger: _Ledger, version: Version, held: Held, answer: Advance, now: int) -> None:
    chain = version.chain
    ledger.walks.append(Walk(held, answer))
    for command in answer.commands:
        _note(ledger, chain, held, command, now)
    if answer.outcome is None:
        ledger.parked.append(answer.run)
    else:
        ledger.end(version, Ended(answer.run, answer.outcome))


def _queued(chain: Chain, held: Held, send: Send, now: int, urgent: frozenset[str]) -> Queued:
    return Queued(
        held,
        send.step,
        send.channel or chain.channel,
        send.template,
        chain.topic,
        send.variant,
        _expiry(chain, send.step, now),
        chain.priority,
        send.key,
        chain.broadcast is None and send.template in urgent,
    )


def _note(ledger: _Ledger, chain: Chain, held: Held, command: Command, now: int) -> None:
    """What a command comes to."""
    match command:
        case Send():
            ledger.queued.append(_queued(chain, held, command, now, ledger.urgent))
        case Draw(step, variant, by_lot):
            drawn = Drawn(held.definition_id, step, held.run.id, variant, by_lot)
            ledger.draws.append(drawn)
        case Change():
            ledger.changes.append((held.run.person_id, command))
        case Start(other):
            ledger.notes.append((held.run.person_id, STARTED, _start(chain, held.run, other)))
        case Stop(other):
            ledger.stops.append((held.run.person_id, other))
        case Call(step, kind, until):
            ledger.calls.append(_asked(held, step, kind, until))
        case Answer() | Given():
            pass  # the run itself remembers it


def _asked(held: Held, step: str, kind: str, until: int) -> Asked:
    run = held.run
    return Asked(run.id, held.definition_id, held.chain_id, run.person_id, step, kind, until)


def _start(chain: Chain, run: Run, other: str) -> dict[str, str]:
    """The properties of the event that starts another chain; with the key of the run, if any."""
    props, again = {"chain": other, BY: chain.key}, chain.enter.again
    return {again.name: run.key, **props} if isinstance(again, Keyed) else props


def _stopped(tx: Tx, stops: Sequence[tuple[int, str]], now: int) -> list[Note]:
    """End the runs of people on chains that others stop; what it says."""
    if not stops:
        return []
    keys = {row.id: row.key for row in campaigns.chains(tx)}
    wanted = set(stops)
    held = [
        each
        for each in runs.active(tx, {person for person, _ in stops})
        if (each.run.person_id, keys.get(each.chain_id)) in wanted
    ]
    runs.end(tx, (Ended(each.run, STOPPED) for each in held), now)
    return [(each.run.person_id, ENDED, ended(keys[each.chain_id], STOPPED)) for each in held]
