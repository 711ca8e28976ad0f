"""The pump of broadcasts: begins runs, spaces them, lets a variant win, and says when it is over.

Each step is one short transaction that notes how far it came, so whoever goes on after a crash
does nobody twice and leaves nobody out. Sending itself is the affair of the pumps of chains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mautod.core.broadcast import Hours, Plan, Slots
from mautod.core.chains.definition import Chain
from mautod.core.chains.limits import WAIT
from mautod.core.chains.run import MERGED
from mautod.core.sending.holdout import TREATED, Arms
from mautod.core.times.windows import Window, first_known_zone
from mautod.duration import MINUTE
from mautod.errors import DefinitionError, NotFound
from mautod.services.broadcasts.trial import decide, is_decided
from mautod.services.chains.versions import Versions
from mautod.services.delivery.admit import NO_TERMS as NO_CHANNEL_TERMS
from mautod.services.delivery.admit import Terms
from mautod.store import catalog
from mautod.store.chains import audiences, broadcasts, campaigns, holdout, outcomes, recipient_runs
from mautod.store.chains.audiences import Target
from mautod.store.chains.broadcasts import Broadcast
from mautod.store.chains.recipient_runs import Recipient
from mautod.store.db import Database, Tx

LAG_MS: Final = 2 * MINUTE
"""Recipients who are this late are spaced anew, so that what waited does not leave all at once."""
CROWD: Final = 1000
"""While so many messages wait for their channel no broadcast adds to them, so that the letters of
chains, which come after, never wait for all of a broadcast."""
NO_TERMS: Final = Terms()
ERASED: Final = "erased"
TOO_LATE: Final = "late"
SHARED: Final = "duplicate"
"""Another recipient has the same address."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The chains in force and what holds for every message of the workspace."""

    versions: Versions
    terms: Terms = NO_TERMS

    def chain(self, tx: Tx, found: Broadcast) -> Chain | None:
        """The definition; None if another version of mautod wrote what this one cannot read."""
        try:
            return self.sure_chain(tx, found)
        except (NotFound, DefinitionError):
            return None

    def sure_chain(self, tx: Tx, found: Broadcast) -> Chain:
        return self.versions.get(tx, found.definition_id).chain

    def plan(self, tx: Tx, found: Broadcast) -> Plan:
        chain = self.chain(tx, found)
        return (chain and chain.broadcast) or Plan()


def go_on(db: Database, setting: Setting, now: int) -> int:
    """One step of the oldest broadcast that has something to do; 0 when none has."""
    tx = db.read()
    for found in broadcasts.open_ones(tx):
        if _has_work(tx, setting, found, now):
            with db.write() as write:
                if _step(write, setting, broadcasts.get(write, found.key), now):
                    return 1
    return 0


def has_work(tx: Tx, setting: Setting, now: int) -> bool:
    """Whether any broadcast has something to do."""
    return any(_has_work(tx, setting, found, now) for found in broadcasts.open_ones(tx))


def held(tx: Tx, setting: Setting, now: int) -> set[int]:
    """The broadcasts, by the id of their chain, whose runs must not go on before the next step."""
    return {
        found.chain_id
        for found in broadcasts.open_ones(tx)
        if setting.chain(tx, found) is None
        or found.phase == broadcasts.PLANNING
        or _is_over(found, now)
        or _is_crowded(tx, setting, found, now)
        or _lags(tx, setting, found, now)
    }


def _has_work(tx: Tx, setting: Setting, found: Broadcast, now: int) -> bool:
    chain = setting.chain(tx, found)
    if chain is None:
        return False
    match found.phase:
        case broadcasts.TESTING:
            return is_decided(tx, found, now) or _lags(tx, setting, found, now)
        case broadcasts.SENDING:
            at_rest = not recipient_runs.is_open(tx, found.chain_id, _senders(chain))
            return at_rest or _lags(tx, setting, found, now)
        case _:
            return True


def _step(tx: Tx, setting: Setting, found: Broadcast, now: int) -> bool:
    """Do what comes next; whether anything was done."""
    match found.phase:
        case broadcasts.FILLING:
            _fill(tx, setting, found, now)
        case broadcasts.PLANNING:
            _space(tx, setting, found)
        case broadcasts.CANCELLING:
            return _cancel(tx, setting, found, now)
        case _:
            return _look(tx, setting, found, now)
    return True


def _look(tx: Tx, setting: Setting, found: Broadcast, now: int) -> bool:
    """Let a variant win, space late runs anew, or end it."""
    plan = setting.plan(tx, found)
    if found.phase == broadcasts.TESTING and is_decided(tx, found, now):
        decide(tx, setting.sure_chain(tx, found), found, now)
        _space_anew(tx, plan, found, found.slot, now, decided_at=now)
    elif _lags(tx, setting, found, now):
        _space_anew(tx, plan, found, _slot_of(tx, plan, found), now)
    elif found.phase == broadcasts.SENDING:
        return _end(tx, found, broadcasts.FINISHED, now)
    return True


# --- beginning ----------------------------------------------------------------------------------


def _fill(tx: Tx, setting: Setting, found: Broadcast, now: int) -> None:
    """Begin the runs of the next part of the audience."""
    if found.begin_at is None:
        begin = _begin_at(setting, setting.plan(tx, found), found, now)
        broadcasts.update(tx, found.id, begin_at=begin)
        _time_trial(tx, setting, found, begin)
        return
    here = broadcasts.part(tx, found.id)
    if here is None:
        broadcasts.update(tx, found.id, phase=_after_filling(found))
        return
    number, people = here
    slots, recipients = _recipients(tx, setting, found, people)
    chain = found.chain_id, found.definition_id
    recipient_runs.begin(tx, chain, recipients, found.started_at or now, now)
    broadcasts.strike(tx, found.id, number)
    broadcasts.take_slots(tx, found.id, slots)


def _after_filling(found: Broadcast) -> str:
    undecided = found.decide_at is not None and found.decided_at is None
    return broadcasts.TESTING if undecided else broadcasts.SENDING


def _begin_at(setting: Setting, plan: Plan, found: Broadcast, now: int) -> int:
    """When slot 0 is: not before the first person's time, as far as it is the same for all."""
    if plan.local:
        return now
    return max(plan.earliest(setting.versions.zone, found.started_at or now) or now, now)


def _time_trial(tx: Tx, setting: Setting, found: Broadcast, begin: int) -> None:
    """Say when it is decided which variant the others get: so long after the last of the first."""
    plan = setting.plan(tx, found)
    if plan.trial is None:
        return
    windows = hours_of(setting.sure_chain(tx, found), setting.terms)
    times = _Times(setting, plan, replace(found, begin_at=begin), Slots(), windows)
    last = begin
    for people in _parts(tx, found):
        for target in audiences.people(tx, people):
            if plan.trial.takes(found.key, target.id):
                last = max(last, times.recipient(target, TREATED).wake_at or begin)
    broadcasts.update(tx, found.id, decide_at=last + plan.trial.decide_ms)


def _parts(tx: Tx, found: Broadcast) -> Iterator[list[int]]:
    here = broadcasts.part(tx, found.id)
    while here is not None:
        yield here[1]
        here = broadcasts.part(tx, found.id, here[0] + 1)


def _recipients(
    tx: Tx, setting: Setting, found: Broadcast, people: Sequence[int]
) -> tuple[Slots, list[Recipient]]:
    """The runs of one part, and which slots are left."""
    chain = setting.sure_chain(tx, found)
    arms = Arms(holdout.seed(tx), setting.terms.holdout)
    windows = hours_of(chain, setting.terms)
    times = _Times(setting, setting.plan(tx, found), found, found.slots, windows)
    now_there = [_alive(tx, target) for target in audiences.people(tx, people)]
    there = audiences.there(tx, found.chain_id, [target.id for target in now_there])
    mailed = _mailed(tx, chain, found, now_there)
    recipients = []
    for asked, target in zip(people, now_there, strict=True):
        if target.erased_at is not None:
            recipients.append(Recipient(target.id, f"{ERASED}-{asked}", outcome=ERASED))
        elif target.id in there:
            recipients.append(Recipient(target.id, f"~{asked}", outcome=MERGED))
        else:
            arm = arms.of(target.id, chain.key, chain.holdout)
            twin = target.email in mailed
            there.add(target.id)
            if target.email and chain.topic:
                mailed.add(target.email)
            recipients.append(
                Recipient(target.id, outcome=SHARED, holdout=arm)
                if twin
                else times.recipient(target, arm)
            )
    return times.slots, recipients


def _mailed(tx: Tx, chain: Chain, found: Broadcast, targets: Sequence[Target]) -> set[str]:
    """Addresses of these people that had the letter already; marketing comes to each once."""
    if not chain.topic or chain.channel != "email":
        return set()
    return audiences.mailed(tx, found.chain_id, {each.email for each in targets} - {""})


def _alive(tx: Tx, target: Target) -> Target:
    return target if target.merged_into is None else audiences.living(tx, target.id)


@dataclass(slots=True)
class _Times:
    """Hands out times, one person after the other."""

    setting: Setting
    plan: Plan
    found: Broadcast
    slots: Slots
    windows: tuple[Window, ...] = ()

    def recipient(self, target: Target, arm: int) -> Recipient:
        trial, decide_at = self.plan.trial, self.found.decide_at
        if trial is not None and not trial.takes(self.found.key, target.id):
            return Recipient(target.id, wake_at=decide_at, holdout=arm)
        started_at = self.found.started_at or 0
        earliest = self.plan.earliest(_zone(self.setting, self.plan, target.zone), started_at)
        if earliest is None:
            return Recipient(target.id, outcome=TOO_LATE, holdout=arm)
        return Recipient(target.id, wake_at=self.next(earliest, target.zone), holdout=arm)

    def next(self, earliest: int, zone: str | None) -> int:
        hours = Hours(self.windows, first_known_zone(zone, self.setting.versions.zone))
        begin = self.found.begin_at or 0
        when, self.slots = self.plan.take(hours, begin, self.slots, earliest)
        return when


def hours_of(chain: Chain, terms: Terms) -> tuple[Window, ...]:
    """The windows that a recipient's letter waits for, if it is marketing."""
    if not chain.topic or chain.outside != WAIT:
        return ()
    channel = terms.channels.get(chain.channel, NO_CHANNEL_TERMS)
    own = (chain.window,) if chain.window else ()
    return (*terms.windows, *channel.windows, *own)


def _zone(setting: Setting, plan: Plan, zone: str | None) -> str:
    return first_known_zone(zone if plan.local else None, setting.versions.zone)


# --- spacing ------------------------------------------------------------------------------------


def _space_anew(
    tx: Tx, plan: Plan, found: Broadcast, slot: int, now: int, *, decided_at: int | None = None
) -> None:
    """Let whoever has not left follow from `slot` on, which is now."""
    broadcasts.update(
        tx,
        found.id,
        phase=broadcasts.PLANNING,
        begin_at=now - (plan.ramp.moment(slot) if plan.ramp else 0),
        slot=slot,
        free="[]",
        cursor=0,
        decided_at=decided_at or found.decided_at,
    )


def _space(tx: Tx, setting: Setting, found: Broadcast) -> None:
    """Give the next runs that have not left their times anew."""
    rows = recipient_runs.waiting(tx, found.chain_id, found.cursor, broadcasts.PART)
    if not rows:
        broadcasts.update(tx, found.id, phase=_after_filling(found))
        return
    plan = setting.plan(tx, found)
    windows = hours_of(setting.sure_chain(tx, found), setting.terms)
    times = _Times(setting, plan, found, found.slots, windows)
    trial = plan.trial if found.decided_at is None else None
    started_at = found.started_at or 0
    wakes = [
        (times.next(plan.earliest(_zone(setting, plan, zone), started_at) or started_at, zone), run)
        for run, person, zone in rows
        if trial is None or trial.takes(found.key, person)
    ]
    recipient_runs.wake(tx, wakes)
    broadcasts.take_slots(tx, found.id, times.slots)
    broadcasts.update(tx, found.id, cursor=rows[-1][0])


def _lags(tx: Tx, setting: Setting, found: Broadcast, now: int) -> bool:
    """Whether so much of a throttled broadcast is late that it would leave faster than it may."""
    if found.state != "running" or found.phase not in _MOVING:
        return False
    if setting.plan(tx, found).ramp is None:
        return False
    first = recipient_runs.first_wake(tx, found.chain_id)
    late = first is not None and first < now - LAG_MS
    return late and not _is_crowded(tx, setting, found, now)


def _is_crowded(tx: Tx, setting: Setting, found: Broadcast, now: int) -> bool:
    return recipient_runs.is_crowded(tx, setting.sure_chain(tx, found).channel, CROWD, now)


_MOVING: Final = (broadcasts.TESTING, broadcasts.SENDING)


def _slot_of(tx: Tx, plan: Plan, found: Broadcast) -> int:
    """The slot of the first that has not left."""
    first = recipient_runs.first_wake(tx, found.chain_id)
    begin = found.begin_at or 0
    return plan.ramp.slot((first or begin) - begin) if plan.ramp else 0


# --- the end ------------------------------------------------------------------------------------


def _cancel(tx: Tx, setting: Setting, found: Broadcast, now: int) -> bool:
    """Close the next part of what has not been sent, then end it; whether anything was done."""
    here = broadcasts.part(tx, found.id)
    if here is not None:
        number, people = here
        _, recipients = _recipients(tx, setting, found, people)
        recipient_runs.begin(
            tx, (found.chain_id, found.definition_id), map(_called_off, recipients),
            found.started_at or now, now,
        )  # fmt: skip
        broadcasts.strike(tx, found.id, number)
        return True
    senders = _senders(setting.sure_chain(tx, found))
    if recipient_runs.close(tx, found.chain_id, senders, now):
        return True
    at_rest = not recipient_runs.is_open(tx, found.chain_id, senders)
    return at_rest and _end(tx, found, broadcasts.CANCELLED, now)


def _called_off(recipient: Recipient) -> Recipient:
    outcome = recipient.outcome or broadcasts.CANCELLED
    return Recipient(recipient.person_id, recipient.key, None, outcome, recipient.holdout)


def _end(tx: Tx, found: Broadcast, phase: str, now: int) -> bool:
    """Call it over, if a count of every recipient says so; whether it does."""
    counted = outcomes.count(tx, found.chain_id, now)
    whole = sum(each.count for each in counted)
    if outcomes.not_final(counted) or whole != found.audience:
        return False
    broadcasts.update(tx, found.id, phase=phase, ended_at=now)
    if phase == broadcasts.FINISHED:
        campaigns.set_state(tx, found.chain_id, broadcasts.FINISHED, now)
    catalog.retire(tx, broadcasts.KIND, found.key)
    return True


def _is_over(found: Broadcast, now: int) -> bool:
    """Whether a trial is over and nobody has said yet which variant has won."""
    return found.decide_at is not None and found.decided_at is None and found.decide_at <= now


def _senders(chain: Chain) -> list[str]:
    return [step.id for step in chain.steps if step.template is not None]
