"""The gate: may this message leave now? The first refusal wins, and says what it looked at.

The order is fixed: erased, no address, suppressed, unsubscribed, not confirmed, not subscribed,
left the chain or goal reached, not on the test list, holdout, paused, channel paused, cap, outside
the window, channel rate. Asked again at every attempt, in the transaction that marks the message
as `sending`, so nothing known before can be overlooked. What else would have stood in the way is
part of the evidence, under `also`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from mautod.core.sending.caps import Meter
from mautod.core.sending.consent import (
    ALL,
    Consent,
    Suppression,
    against,
    first_of,
    says_yes,
)
from mautod.core.times.habits import UNKNOWN, Best, Habits, best
from mautod.core.times.windows import Window, is_open, opening
from mautod.duration import DAY, MINUTE, SECOND

RATE: Final = "rate"
CHANNEL_PAUSED: Final = "channel paused"
PARKED_MS: Final = 365 * DAY
"""How far ahead that is due which waits for the channel to be resumed; that brings it forward."""
Evidence = Mapping[str, object]
"""The values that a verdict rests on, ready for JSON; instants in UTC ms."""

REASONS: Final = (
    "erased",
    "no address",
    "suppressed",
    "unsubscribed",
    "not confirmed",
    "not subscribed",
    "left",
    "goal reached",
    "test",
    "holdout",
    "paused",
    CHANNEL_PAUSED,
    "cap",
    "expired",
    "window",
    RATE,
)
"""Every reason of a refusal or postponement, in the order of the gate."""


@dataclass(frozen=True, slots=True)
class Pass:
    """It may leave now."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Refuse:
    """It will never leave."""

    reason: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Postpone:
    """It may be asked again at `until`, which is later than now."""

    until: int
    reason: str
    evidence: Evidence


Verdict = Pass | Refuse | Postpone


@dataclass(frozen=True, slots=True)
class Left:
    """How a run ended before its message left: by its `leave` rule, a merge, a stopped chain."""

    how: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class HeldOut:
    """By whose wish a person gets no marketing, with what share of all, and since when."""

    by: str
    share: str
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Marketing by the channel waits for an operator: since when, and why."""

    at: int
    why: str


WAIT: Final = "wait"
SKIP: Final = "skip"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the gate looks at, as plain values.

    `topics`: what the message is about, its own first; `asks_yes` are those for which everybody is
    asked before. `marketing` messages heed consent, holdouts, the person's pause, caps and windows;
    others (a receipt, a password) only that the person exists, has an address and that this is not
    suppressed. `not_tested`: the test list of the chain, if this person is not on
    it. `windows` must all be open; outside them, and over a cap, the message may wait or be
    skipped. `zone` is a known zone, `habits` are asked for the best hour within 24 h of
    `queued_at`. `rate_until`: when there is room for it again, None if there is; `rate_of`: whose
    rate that is if not the channel's, as ("gmail.com", 5).
    """

    channel: str
    topics: Sequence[str]
    marketing: bool = True
    erased_at: int | None = None
    address: str = ""
    suppressed: Suppression | None = None
    consents: Sequence[Consent] = ()
    asks_yes: Collection[str] = ()
    left: Left | None = None
    goal_at: int | None = None
    not_tested: str = ""
    held_out: HeldOut | None = None
    paused_until: int = 0
    stopped: Stopped | None = None
    caps: Sequence[Meter] = ()
    over_cap: str = SKIP
    windows: Sequence[Window] = ()
    outside: str = WAIT
    zone: str = "UTC"
    queued_at: int = 0
    habits: Habits = UNKNOWN
    expires_at: int | None = None
    rate_until: int | None = None
    rate_of: tuple[str, float] | None = None


def decide(facts: Facts, now: int) -> Verdict:
    """The first refusal or postponement in the order of the gate, or Pass."""
    for place, check in enumerate(_CHECKS, start=1):
        verdict = check(facts, now)
        if verdict is not None:
            others = (other(facts, now) for other in _CHECKS[place:])
            return _with(verdict, [other for other in others if other is not None])
    return Pass(_seen(facts, now))


def _with(verdict: Refuse | Postpone, others: Sequence[Refuse | Postpone]) -> Verdict:
    """`verdict`, and in its evidence the others; a full channel is nobody's affair but its own."""
    also = [_other(other) for other in others if other.reason != RATE]
    return replace(verdict, evidence={**verdict.evidence, "also": also}) if also else verdict


def _other(verdict: Refuse | Postpone) -> Evidence:
    """One that came later in the order; with `until` it would only have put the message off."""
    seen = {"reason": verdict.reason, **verdict.evidence}
    return {**seen, "until": verdict.until} if isinstance(verdict, Postpone) else seen


def _erased(facts: Facts, _now: int) -> Refuse | None:
    if facts.erased_at is None:
        return None
    return Refuse("erased", {"erased_at": facts.erased_at})


def _no_address(facts: Facts, _now: int) -> Refuse | None:
    return None if facts.address else Refuse("no address", {"channel": facts.channel})


def _suppressed(facts: Facts, _now: int) -> Refuse | None:
    found = facts.suppressed
    if found is None:
        return None
    return Refuse("suppressed", {"why": found.reason, "at": found.at, "channel": facts.channel})


def _unsubscribed(facts: Facts, _now: int) -> Refuse | None:
    if not facts.marketing or not facts.consents:
        return None
    found = first_of(facts.consents, "unsubscribed", facts.channel, facts.topics)
    return None if found is None else Refuse("unsubscribed", _consent(facts, found))


def _unconfirmed(facts: Facts, _now: int) -> Refuse | None:
    if not facts.marketing or not facts.consents:
        return None
    found = first_of(facts.consents, "pending", facts.channel, facts.topics)
    return None if found is None else Refuse("not confirmed", _consent(facts, found))


def _not_subscribed(facts: Facts, _now: int) -> Refuse | None:
    """Where something was said against a topic, that is the reason, and not the missing yes."""
    if not (facts.marketing and facts.asks_yes):
        return None
    for topic in facts.topics:
        if topic not in facts.asks_yes or says_yes(facts.consents, facts.channel, topic):
            continue
        if next(against(facts.consents, facts.channel, (topic,)), None) is None:
            return Refuse("not subscribed", {"topic": topic, "channel": facts.channel})
    return None


def _consent(facts: Facts, found: Consent) -> Evidence:
    return {
        "topic": found.topic if found.topic != ALL else facts.topics[0],
        "scope": found.scope,
        "by": found.by,
        "at": found.at,
        "source": found.source,
    }


def _left(facts: Facts, _now: int) -> Refuse | None:
    if facts.left is not None:
        return Refuse("left", {"how": facts.left.how, "at": facts.left.at})
    if facts.goal_at is not None:
        return Refuse("goal reached", {"at": facts.goal_at})
    return None


def _test(facts: Facts, _now: int) -> Refuse | None:
    return Refuse("test", {"list": facts.not_tested}) if facts.not_tested else None


def _holdout(facts: Facts, _now: int) -> Refuse | None:
    held = facts.held_out
    if held is None or not facts.marketing:
        return None
    return Refuse("holdout", {"by": held.by, "share": held.share, "since": held.since})


def _paused(facts: Facts, now: int) -> Refuse | Postpone | None:
    """Asked again when the pause ends; refused if the message does not last so long."""
    until = facts.paused_until
    if not facts.marketing or until <= now:
        return None
    evidence: Evidence = {"paused_until": until}
    if facts.expires_at is not None and until >= facts.expires_at:
        return Refuse("paused", {**evidence, "expires_at": facts.expires_at})
    return Postpone(until, "paused", evidence)


def _stopped(facts: Facts, now: int) -> Postpone | None:
    """Asked again when an operator lets the channel go on."""
    if facts.stopped is None or not facts.marketing:
        return None
    evidence: Evidence = {
        "channel": facts.channel,
        "since": facts.stopped.at,
        "why": facts.stopped.why,
    }
    return Postpone(now + PARKED_MS, CHANNEL_PAUSED, evidence)


def _cap(facts: Facts, now: int) -> Refuse | Postpone | None:
    full = [meter for meter in facts.caps if meter.reached(now)] if facts.marketing else []
    if not full:
        return None
    frees_at = max(meter.frees_at(now) for meter in full)
    evidence = {
        "cap": str(full[0].cap),
        "of": full[0].of,
        "sent": full[0].used(now),
        "frees_at": frees_at,
    }
    if facts.over_cap != WAIT:
        return Refuse("cap", evidence)
    return _until(facts, _open_at(facts, frees_at), "cap", evidence)


def _window(facts: Facts, now: int) -> Refuse | Postpone | None:
    if facts.expires_at is not None and now >= facts.expires_at:
        return Refuse("expired", {"expires_at": facts.expires_at})
    windows = facts.windows if facts.marketing else ()
    closed = not all(is_open(window, facts.zone, now) for window in windows)
    if not closed and not _wants_best(windows):
        return None
    until = _open_at(facts, now)
    if until == now:
        return None
    evidence = {**_clock(facts, now), "opens_at": until}
    if closed and facts.outside == SKIP:
        return Refuse("window", evidence)
    return _until(facts, until, "window", evidence)


def _until(facts: Facts, until: int | None, reason: str, evidence: Evidence) -> Refuse | Postpone:
    """Put off, unless that moment never comes or comes too late."""
    if until is None:
        return Refuse("window", evidence)
    if facts.expires_at is not None and until >= facts.expires_at:
        return Refuse("expired", {**evidence, "expires_at": facts.expires_at})
    return Postpone(until, reason, evidence)


def _open_at(facts: Facts, at: int) -> int | None:
    """The first instant not before `at` in all windows, in its best hour if one asks for it."""
    chosen = _best(facts, at)
    return opening(facts.windows, facts.zone, at) if chosen is None else chosen.at


def _wants_best(windows: Sequence[Window]) -> bool:
    return any(window.best for window in windows)


def _best(facts: Facts, at: int) -> Best | None:
    if not _wants_best(facts.windows):
        return None
    return best(facts.windows, facts.zone, facts.habits, facts.queued_at, at)


def _rate(facts: Facts, now: int) -> Postpone | None:
    if facts.rate_until is None or facts.rate_until <= now:
        return None
    evidence: dict[str, object] = {"channel": facts.channel}
    if facts.rate_of is not None:
        evidence["of"], evidence["rate_per_s"] = facts.rate_of
    return Postpone(facts.rate_until, RATE, evidence)


def _clock(facts: Facts, now: int) -> dict[str, object]:
    seen: dict[str, object] = {
        "window": [window.text for window in facts.windows],
        "zone": facts.zone,
        "local": _local(facts.zone, now // MINUTE),
    }
    if _wants_best(facts.windows):
        chosen, habits = _best(facts, now), facts.habits
        seen["best"] = f"{chosen.hour:02}:00" if chosen else ""
        seen |= {"learnt_from": habits.whose, "events": sum(habits.counts)}
    return seen


@lru_cache(maxsize=1024)
def _local(zone: str, minute: int) -> str:
    """The wall clock of `zone`; all messages of a batch ask for the same minute."""
    wall = datetime.fromtimestamp(minute * (MINUTE // SECOND), UTC).astimezone(ZoneInfo(zone))
    return f"{wall:%a %Y-%m-%d %H:%M}"


def _seen(facts: Facts, now: int) -> Evidence:
    """What a message that passes was measured by; only the limits that it has."""
    seen: dict[str, object] = {"topic": facts.topics[0], "marketing": facts.marketing}
    if facts.marketing and facts.windows:
        seen |= _clock(facts, now)
    if facts.marketing and facts.caps:
        seen["caps"] = {str(meter): meter.used(now) for meter in facts.caps}
    if facts.expires_at is not None:
        seen["expires_at"] = facts.expires_at
    return seen


_CHECKS: Final[tuple[Callable[[Facts, int], Refuse | Postpone | None], ...]] = (
    _erased,
    _no_address,
    _suppressed,
    _unsubscribed,
    _unconfirmed,
    _not_subscribed,
    _left,
    _test,
    _holdout,
    _paused,
    _stopped,
    _cap,
    _window,
    _rate,
)
