"""What lets a person into a chain, or keeps them out: each condition of its entry as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mautod import wire
from mautod.core.chains.definition import Chain
from mautod.core.chains.entry import LATEST_MS, Always, Every, Keyed, Once, Past, Trigger
from mautod.core.envelope import STARTED
from mautod.core.event import Happened
from mautod.core.rules.printer import show
from mautod.core.rules.tree import Rule
from mautod.services.delivery.fates import utc
from mautod.services.segments.explain import Explainer
from mautod.store import listing
from mautod.store.chains import runs
from mautod.store.chains.campaigns import ChainRow
from mautod.store.db import Tx
from mautod.store.rules.predicate import RuleFailed

MOST_EVENTS: Final = 50
"""Events of one name that are looked at, the latest."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A person before the door of a chain; `enter` is its trigger in words."""

    tx: Tx
    person_id: int
    row: ChainRow
    chain: Chain
    enter: str
    now: int
    zone: str

    def hurdles(self) -> list[wire.Hurdle]:
        """All conditions in the order in which they are asked, those that hold as well."""
        return [
            self._state(),
            self._trigger(),
            *self._asked("rule", self.chain.enter.rule),
            *self._asked("test", self.chain.test),
            self._again(),
            *self._at_once(),
        ]

    def _state(self) -> wire.Hurdle:
        if self.row.state == "stopped":
            change = "its file put back, and mautod apply"
            return wire.Hurdle("chain", holds=False, text="the chain is stopped", change=change)
        waits = ": who enters waits" if self.row.state == "paused" else ""
        return wire.Hurdle("chain", holds=True, text=f"the chain is {self.row.state}{waits}")

    def _trigger(self) -> wire.Hurdle:
        trigger = self.chain.enter
        if not trigger.events:
            return wire.Hurdle("trigger", holds=True, text=f"starts by {self.enter}")
        found = list(self._events())
        fit = next((event for event in found if self._fits(event)), None)
        if fit is not None:
            return wire.Hurdle("trigger", True, f'did "{fit.name}" on {utc(fit.ts)}')
        names = " or ".join(f'"{name}"' for name in trigger.events)
        if not found:
            return wire.Hurdle("trigger", False, f"never did {names}", names)
        last = found[0]
        text = f'did "{last.name}" last on {utc(last.ts)}, {_unfit(trigger, last)}'
        return wire.Hurdle("trigger", False, text, f"{names} that fits: {self.enter}")

    def _events(self) -> Iterator[Happened]:
        """The latest events that might have started it, an operator's word among them."""
        found = [
            Happened(each.id, each.person_id, each.name, each.ts, each.received_at, each.props)
            for name in dict.fromkeys((*self.chain.enter.events, STARTED))
            for each in listing.events(
                self.tx, name=name, person=self.person_id, after=None, limit=MOST_EVENTS
            )
        ]
        ordered = sorted(found, key=lambda event: (event.ts, event.id), reverse=True)
        own = (e for e in ordered if e.name != STARTED or e.props.get("chain") == self.row.key)
        yield from own

    def _fits(self, event: Happened) -> bool:
        trigger = self.chain.enter
        fits = event.name == STARTED or trigger.fits(event, self.zone)
        return fits and trigger.key(event) is not None

    def _asked(self, what: str, rule: Rule | None) -> Iterator[wire.Hurdle]:
        """A rule that must hold, with what it found; nothing where the chain has none."""
        if rule is None:
            return
        try:
            reason = Explainer(self.tx, self.zone, self.now, self.person_id).reason(rule)
        except RuleFailed as error:
            yield wire.Hurdle(what, False, error.message, "data of which the rule can be asked")
            return
        if what == "test":
            said = "the chain is tried out on its test list alone"
        else:
            said = show(rule) if reason.holds else f"not so: {lacking(reason)}"
        lacks = "a place on that list" if what == "test" else f"that {lacking(reason)}"
        change = "" if reason.holds else lacks
        yield wire.Hurdle(what, reason.holds, said, change, reason)

    def _again(self) -> wire.Hurdle:
        past = runs.pasts(self.tx, self.row.id, [self.person_id]).get(self.person_id)
        trial = Happened(0, self.person_id, "", self.now, self.now, {})
        holds = self.chain.enter.admits(past, trial)
        change = "" if holds or past is None else self._free(past)
        return wire.Hurdle("again", holds, self._past(past), change)

    def _past(self, past: Past | None) -> str:
        if isinstance(self.chain.enter.again, Keyed):
            return f"there is a run for each {self.chain.enter.again.name}"
        if past is None:
            return "was never on it"
        return f"{'is' if past.active else 'was'} on it, entered on {utc(past.entered_at)}"

    def _free(self, past: Past) -> str:
        match self.chain.enter.again:
            case Once():
                return 'another again: "once" lets nobody in for the second time'
            case Every(period) if past.entered_at + period > self.now:
                return f"to come after {utc(past.entered_at + period)}"
            case Always() | Every() | Keyed():
                return "the end of the run under way"

    def _at_once(self) -> Iterator[wire.Hurdle]:
        most = self.chain.concurrent
        if most is None:
            return
        under_way = runs.under_way(self.tx, self.row.id, [self.person_id]).get(self.person_id, 0)
        change = "" if under_way < most else "the end of one of them"
        text = f"{under_way} of {most} runs at once are under way"
        yield wire.Hurdle("concurrent", under_way < most, text, change)


def lacking(reason: wire.Reason) -> str:
    """The least that must become true for a rule that does not hold, in the words of rules."""
    parts = [lacking(part) for part in reason.parts if not part.holds]
    match reason.kind:
        case "and":
            return " and ".join(parts)
        case "or":
            return f"({' or '.join(parts)})" if len(parts) > 1 else "".join(parts)
        case "rule":
            return "".join(parts) or reason.rule
        case _:
            return reason.rule


def _unfit(trigger: Trigger, event: Happened) -> str:
    if event.received_at - event.ts > LATEST_MS:
        return "which came in too late to start anything"
    if isinstance(trigger.again, Keyed) and trigger.key(event) is None:
        return f"which names no {trigger.again.name}"
    return "which does not fit"
