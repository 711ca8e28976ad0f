"""Broadcasts in numbers: what became of each recipient, counted anew each time it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from mautod import wire
from mautod.core.broadcast import Plan
from mautod.core.chains.definition import Chain, parse_chain
from mautod.duration import MINUTE
from mautod.errors import BadInput, Conflict, NotFound
from mautod.services.chains import experiments
from mautod.services.chains.outline import Outline, outline
from mautod.store import catalog, listing
from mautod.store.catalog import Definition
from mautod.store.chains import broadcasts, campaigns, outcomes, recipient_runs
from mautod.store.chains import experiments as drawn
from mautod.store.chains.broadcasts import Broadcast
from mautod.store.chains.outcomes import Counted
from mautod.store.db import Tx
from mautod.store.reports import stats
from mautod.store.reports.stats import EVER, Goals, Place

ENDED: Final = ("left", "goal", "merged", "erased", "error", "cancelled", "late", "duplicate")
"""What becomes of recipients who are not written to at all."""
STATES: Final = (outcomes.WAITING_STATE, *wire.MESSAGE_STATES, *ENDED)

SCHEDULED: Final = "scheduled"
_WORDS: Final = {
    broadcasts.FILLING: "starting",
    broadcasts.PLANNING: "sending",
}


@dataclass(frozen=True, slots=True)
class _Facts:
    """A broadcast with its definition, and how its recipients stand."""

    found: Broadcast
    chain: Chain
    words: Outline
    counted: Sequence[Counted]
    unbegun: int

    @property
    def plan(self) -> Plan:
        return self.chain.broadcast or Plan()

    @property
    def senders(self) -> list[str]:
        return [step.template for step in self.chain.steps if step.template is not None]


def find(tx: Tx, key: str) -> Broadcast:
    """The broadcast called `key` that was started.

    Raises:
        NotFound: there is none.
    """
    found = broadcasts.find(tx, key)
    if found is None or found.phase == broadcasts.DRAFT:
        known = ", ".join(each.key for each in broadcasts.list_broadcasts(tx, None, 5))
        hint = f"The latest: {known}." if known else "None was sent yet: mautod broadcast send"
        raise NotFound(f"there is no broadcast {key!r}", field="key", hint=hint)
    return found


def page(tx: Tx, after: int | None, limit: int, now: int) -> wire.BroadcastPage:
    """Those that were started, the latest first."""
    found, more = listing.page(broadcasts.list_broadcasts(tx, after, limit + 1), limit)
    credited = stats.goals(tx, *EVER)
    items = [_shown(tx, _facts(tx, each, now), credited, now) for each in found]
    return wire.BroadcastPage(items, found[-1].id if more else None)


def one(tx: Tx, key: str, now: int) -> wire.Broadcast:
    """One broadcast, a draft too, with how its letters compare.

    Raises:
        NotFound: there is none.
    """
    draft = broadcasts.find(tx, key)
    if draft is not None and draft.phase == broadcasts.DRAFT:
        return _shown(tx, _facts(tx, draft, now), {}, now)
    found = find(tx, key)
    shown = _shown(tx, _facts(tx, found, now), stats.goals(tx, *EVER), now)
    return msgspec.structs.replace(shown, trial=_trial(tx, found, now))


def recipients(tx: Tx, key: str, state: str, after: int | None, limit: int) -> wire.RecipientPage:
    """Recipients whose run has begun, in that order.

    Raises:
        NotFound: there is no such broadcast.
        BadInput: there is no such state.
    """
    if state and state not in STATES:
        raise BadInput(
            f"{state!r} is no state", field="state", hint=f"One of: {', '.join(STATES)}."
        )
    found = find(tx, key)
    chain = _chain(_definition(tx, found))
    steps = [step.id for step in chain.steps if step.template is not None]
    rows = outcomes.recipients(tx, found.chain_id, steps, state, after or 0, limit + 1)
    items, more = listing.page(rows, limit)
    return wire.RecipientPage(items, items[-1].run if more else None)


def turn(tx: Tx, key: str, wanted: str, now: int) -> wire.Done:
    """Pause or resume; inside `write`.

    Raises:
        NotFound: there is no such broadcast.
        Conflict: it is over.
    """
    found = _under_way(tx, key)
    if found.state == wanted:
        return wire.Done(0, f"{key} is {wanted} already.")
    campaigns.set_state(tx, found.chain_id, wanted, now)
    catalog.bump(tx)
    left = _open(found, outcomes.count(tx, found.chain_id, now))
    return wire.Done(1, f"{key} is {wanted}; {left} of {found.audience} are not written to yet.")


def cancel(tx: Tx, key: str, now: int) -> wire.Done:
    """Let nobody be written to who has not been; the pump closes them. Inside `write`.

    Raises:
        NotFound: there is no such broadcast.
        Conflict: it is over.
    """
    found = _under_way(tx, key)
    left = _open(found, outcomes.count(tx, found.chain_id, now))
    campaigns.set_state(tx, found.chain_id, "stopped", now)
    broadcasts.update(tx, found.id, phase=broadcasts.CANCELLING)
    catalog.bump(tx)
    return wire.Done(left, f"{key} is cancelled: {left} of {found.audience} get nothing.")


def _under_way(tx: Tx, key: str) -> Broadcast:
    found = find(tx, key)
    if found.ended_at is not None or found.phase == broadcasts.CANCELLING:
        raise Conflict(f"{key} is {_state(found)} already", field="key")
    return found


def _open(found: Broadcast, counted: Sequence[Counted]) -> int:
    """Recipients of whom something may yet become, those without a run included."""
    begun = sum(each.count for each in counted)
    return outcomes.not_final(counted) + found.audience - begun


# --- showing ------------------------------------------------------------------------------------


def _facts(tx: Tx, found: Broadcast, now: int) -> _Facts:
    definition = _definition(tx, found)
    counted = outcomes.count(tx, found.chain_id, now - MINUTE) if found.chain_id else []
    unbegun = found.audience - sum(each.count for each in counted)
    return _Facts(found, _chain(definition), outline(definition), counted, unbegun)


def _definition(tx: Tx, found: Broadcast) -> Definition:
    """What was stored, or will be."""
    stored = catalog.get(tx, found.definition_id)
    if stored is not None:
        return stored
    return Definition(
        0, broadcasts.KIND, found.key, 0, catalog.digest(found.body), f"broadcast {found.key}",
        found.body, found.asked_at, active=False,
    )  # fmt: skip


def _chain(definition: Definition) -> Chain:
    return parse_chain(definition.body, definition.file, definition.key)


def _state(found: Broadcast) -> str:
    if found.state == "paused" and found.ended_at is None:
        return "paused"
    return _WORDS.get(found.phase, found.phase)


def _begins_at(tx: Tx, facts: _Facts, now: int) -> int | None:
    """When the first one is written to, if nobody has been yet."""
    found, moving = facts.found, (broadcasts.TESTING, broadcasts.SENDING)
    if found.phase not in moving or found.state != "running":
        return None
    if any(each.state not in (outcomes.WAITING_STATE, *ENDED) for each in facts.counted):
        return None
    first = recipient_runs.first_wake(tx, found.chain_id)
    return first if first is not None and first > now else None


def _shown(tx: Tx, facts: _Facts, credited: dict[Place, Goals], now: int) -> wire.Broadcast:
    found, plan, words, counted = facts.found, facts.plan, facts.words, facts.counted
    mine = (part for (chain, *_), part in credited.items() if chain == found.chain_id)
    earned = stats.together(mine)
    won = drawn.winners(tx, found.definition_id)
    begins_at = _begins_at(tx, facts, now)
    return wire.Broadcast(
        key=found.key,
        name=facts.chain.name,
        state=_state(found) if begins_at is None else SCHEDULED,
        begins_at=begins_at,
        query=found.query,
        recipients=found.audience,
        templates=facts.senders,
        channel=words.channel,
        topic=words.topic,
        goal=words.goal,
        at=_when(plan),
        ramp=plan.ramp.text if plan.ramp else "",
        window=words.window,
        cap=words.cap,
        holdout=words.holdout,
        leave=words.leave,
        test=str(plan.trial.share) if plan.trial else "",
        asked_at=found.asked_at,
        started_at=found.started_at,
        ended_at=found.ended_at,
        ends_at=_ends_at(tx, facts, now),
        states=_states(facts),
        reasons=_reasons(counted),
        open=_open(found, counted),
        per_minute=_lately(facts),
        opened=sum(each.opened for each in counted),
        clicked=sum(each.clicked for each in counted),
        goals=earned.count,
        money=earned.money(),
        decide_at=found.decide_at,
        winner=next(iter(won.values()), ""),
    )


def _when(plan: Plan) -> str:
    if plan.at is None:
        return ""
    where = " in each recipient's zone" if plan.local else ""
    late = ", skipped where it has passed" if plan.late == "skip" else ""
    return f"{plan.at:%Y-%m-%d %H:%M}{where}{late}"


def _states(facts: _Facts) -> dict[str, int]:
    """Recipients by state in the order of their way; whoever has no run yet waits."""
    numbers = dict(outcomes.states(facts.counted))
    if facts.unbegun:
        waiting = outcomes.WAITING_STATE
        numbers[waiting] = numbers.get(waiting, 0) + facts.unbegun
    return {state: numbers[state] for state in (*STATES, *sorted(numbers)) if state in numbers}


def _reasons(counted: Sequence[Counted]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for each in sorted(counted, key=lambda each: -each.count):
        if each.reason and each.state not in outcomes.NOT_FINAL:
            found.setdefault(each.state, {})[each.reason] = each.count
    return found


def _lately(facts: _Facts) -> int:
    return sum(each.lately for each in facts.counted if each.state not in outcomes.NOT_FINAL)


def _ends_at(tx: Tx, facts: _Facts, now: int) -> int | None:
    """When the last one is written to, as far as that can be told."""
    found = facts.found
    if not found.chain_id or found.ended_at is not None or found.state != "running":
        return None
    planned = (recipient_runs.last_wake(tx, found.chain_id) or now) + _rest(facts)
    lately, left = _lately(facts), _open(found, facts.counted)
    at_this_rate = now + left * MINUTE // lately if lately else now
    return max(planned, at_this_rate)


def _rest(facts: _Facts) -> int:
    """How long those take who wait for a winner, once there is one."""
    found, ramp = facts.found, facts.plan.ramp
    if found.decide_at is None or found.decided_at is not None or ramp is None:
        return 0
    waiting = outcomes.states(facts.counted).get(outcomes.WAITING_STATE, 0) + facts.unbegun
    return ramp.moment(found.slot + waiting) - ramp.moment(found.slot)


def _trial(tx: Tx, found: Broadcast, now: int) -> wire.Experiment | None:
    definition = _definition(tx, found)
    return next(iter(experiments.shown(tx, definition, now).values()), None)
