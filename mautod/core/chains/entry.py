"""Who enters a chain: what starts a run, and whether somebody may come again.

A person is on a chain at most once at a time, unless its runs are keyed: then each value of the
key, an order for example, has a run of its own, and each value once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mautod.core.chains.moments import Moment
from mautod.core.event import Happened
from mautod.core.rules.hands import counts
from mautod.core.rules.tree import All, InSegment, Not, Rule, Where
from mautod.core.rules.where import find
from mautod.duration import DAY, MINUTE

SEGMENT_ENTERED: Final = "Segment Entered"
SEGMENT_LEFT: Final = "Segment Left"
CHAIN_ENDED: Final = "Chain Ended"
MOMENT: Final = "moment"
"""The property of `Chain Started` that says which schedule or date is behind it."""
BY: Final = "by"
"""The property of `Chain Started` that names the chain behind it."""
LATEST_MS: Final = DAY
"""An event that was this old when it arrived starts nothing: it is history being imported."""

LONGEST_KEY: Final = 255  # characters


@dataclass(frozen=True, slots=True)
class Once:
    """Once in a lifetime."""


@dataclass(frozen=True, slots=True)
class Always:
    """Whenever the person is not on the chain."""


@dataclass(frozen=True, slots=True)
class Every:
    """Not on the chain, and the last entry is `period_ms` ago."""

    period_ms: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """Once for every value of the event's property `name`."""

    name: str


Again = Once | Always | Every | Keyed
ONCE: Final = Once()
ALWAYS: Final = Always()


@dataclass(frozen=True, slots=True)
class Past:
    """A person's earlier runs on a chain: whether one is under way, and the last entry."""

    active: bool
    entered_at: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a run: one of `events` with the properties `about`, or a `moment` of the clock.

    With neither, only an operator or another chain does. The person must be in `segment` (with
    `outside`, not be there) and the rule `when` must hold.
    """

    events: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    moment: Moment | None = None
    segment: str | None = None
    outside: bool = False
    where: Where | None = None
    when: Rule | None = None
    again: Again = ONCE

    @property
    def rule(self) -> Rule | None:
        """What must hold for a person to enter."""
        rules: list[Rule] = []
        if self.segment is not None:
            inside = InSegment(self.segment)
            rules.append(Not(inside) if self.outside else inside)
        if self.when is not None:
            rules.append(self.when)
        if len(rules) > 1:
            return All(tuple(rules))
        return rules[0] if rules else None

    def fits(self, event: Happened, zone: str) -> bool:
        """Whether `event` is what starts a run, as far as itself can say."""
        return (
            event.name in self.events
            and event.received_at - event.ts <= LATEST_MS
            and all(event.props.get(name) == value for name, value in self.about.items())
            and counts(event, self.where, zone)
        )

    def key(self, event: Happened) -> str | None:
        """What tells the run that `event` would start from the person's others.

        None if runs are keyed and the event has no fit value.
        """
        match self.again:
            case Once():
                return ""
            case Keyed(name):
                return key_of(event.props, name)
            case Always() | Every():
                return str(event.id)

    def admits(self, past: Past | None, event: Happened) -> bool:
        """Whether somebody with this past may enter by `event`.

        Keyed runs are told apart by their key alone, which is the ledger's affair. Chains that
        start each other in a circle go round once a minute at most.
        """
        match self.again:
            case Keyed():
                return True
            case Once():
                return past is None
            case Always():
                return past is None or (not past.active and not _too_soon(past, event))
            case Every(period):
                length = max(period, MINUTE if _by_chain(event) else 0)
                return past is None or (not past.active and event.ts - past.entered_at >= length)

    def same(self, run_key: str, props: Mapping[str, Any]) -> bool:
        """Whether an event may be about the run with this key: it says so, or says nothing."""
        if not isinstance(self.again, Keyed):
            return True
        key = key_of(props, self.again.name)
        return key is None or key == run_key


def _too_soon(past: Past, event: Happened) -> bool:
    return _by_chain(event) and event.ts - past.entered_at < MINUTE


def _by_chain(event: Happened) -> bool:
    """Whether a chain, not a person or an operator, is behind this event."""
    return event.name == CHAIN_ENDED or BY in event.props


def key_of(props: Mapping[str, Any], name: str) -> str | None:
    """The text of a property that tells runs apart; None if it has no fit value."""
    value = props[name] if name in props else find(props, tuple(name.split(".")))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value).strip()[:LONGEST_KEY] or None
