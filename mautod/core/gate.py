"""The gate: may this message leave now? The first refusal wins, and says what it looked at.

The order is fixed: erased, no address, suppressed, unsubscribed, not confirmed, left the chain or
goal reached, holdout, cap, outside the window, channel rate. Asked again at every attempt, in the
transaction that marks the message as `sending`, so nothing known before can be overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from mautod.core.caps import Cap
from mautod.core.consent import ALL, Consent, Suppression, first_of
from mautod.core.windows import Window, is_open, next_opening
from mautod.duration import MINUTE, SECOND, WEEK

Evidence = Mapping[str, object]
"""The values that a verdict rests on, ready for JSON; instants in UTC ms."""

REASONS: Final = (
    "erased",
    "no address",
    "suppressed",
    "unsubscribed",
    "not confirmed",
    "left",
    "goal reached",
    "holdout",
    "cap",
    "expired",
    "window",
    "rate",
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
class Facts:
    """All that the gate looks at, as plain values.

    `topics`: what the message is about, its own first. `marketing` messages heed consent, holdouts,
    caps and windows; others (a receipt, a password) only that the person exists, has an address and
    that this is not suppressed. `sent_at`: when this person was sent marketing on this channel, as
    far back as the longest cap. `windows` must all be open; `zone` is a known zone. `rate_until`:
    when the channel has room again, None if it has.
    """

    channel: str
    topics: Sequence[str]
    marketing: bool = True
    erased_at: int | None = None
    address: str = ""
    suppressed: Suppression | None = None
    consents: Sequence[Consent] = ()
    left: Left | None = None
    goal_at: int | None = None
    held_out: HeldOut | None = None
    caps: Sequence[Cap] = ()
    sent_at: Sequence[int] = field(default=())
    windows: Sequence[Window] = ()
    zone: str = "UTC"
    expires_at: int | None = None
    rate_until: int | None = None


def decide(facts: Facts, now: int) -> Verdict:
    """The first refusal or postponement in the order of the gate, or Pass."""
    for check in _CHECKS:
        verdict = check(facts, now)
        if verdict is not None:
            return verdict
    return Pass(_seen(facts, now))


def opening(windows: Sequence[Window], zone: str, now: int) -> int | None:
    """The first instant not before `now` at which all `windows` are open; None if never."""
    at = now
    while at <= now + _SEARCHED_MS:
        later = max((next_opening(window, zone, at) for window in windows), default=at)
        if later == at:
            return at
        at = later
    return None


_SEARCHED_MS: Final = 3 * WEEK
"""Windows that meet at all meet within a week; a change of the clock may take one of these away."""


def _erased(facts: Facts, _now: int) -> Verdict | None:
    if facts.erased_at is None:
        return None
    return Refuse("erased", {"erased_at": facts.erased_at})


def _no_address(facts: Facts, _now: int) -> Verdict | None:
    return None if facts.address else Refuse("no address", {"channel": facts.channel})


def _suppressed(facts: Facts, _now: int) -> Verdict | None:
    found = facts.suppressed
    if found is None:
        return None
    return Refuse("suppressed", {"why": found.reason, "at": found.at, "channel": facts.channel})


def _unsubscribed(facts: Facts, _now: int) -> Verdict | None:
    if not facts.marketing or not facts.consents:
        return None
    found = first_of(facts.consents, "unsubscribed", facts.channel, facts.topics)
    return None if found is None else Refuse("unsubscribed", _consent(facts, found))


def _unconfirmed(facts: Facts, _now: int) -> Verdict | None:
    if not facts.marketing or not facts.consents:
        return None
    found = first_of(facts.consents, "pending", facts.channel, facts.topics)
    return None if found is None else Refuse("not confirmed", _consent(facts, found))


def _consent(facts: Facts, found: Consent) -> Evidence:
    return {
        "topic": found.topic if found.topic != ALL else facts.topics[0],
        "scope": found.scope,
        "by": found.by,
        "at": found.at,
        "source": found.source,
    }


def _left(facts: Facts, _now: int) -> Verdict | None:
    if facts.left is not None:
        return Refuse("left", {"how": facts.left.how, "at": facts.left.at})
    if facts.goal_at is not None:
        return Refuse("goal reached", {"at": facts.goal_at})
    return None


def _holdout(facts: Facts, _now: int) -> Verdict | None:
    held = facts.held_out
    if held is None or not facts.marketing:
        return None
    return Refuse("holdout", {"by": held.by, "share": held.share, "since": held.since})


def _cap(facts: Facts, now: int) -> Verdict | None:
    if not facts.marketing:
        return None
    for cap in facts.caps:
        if cap.reached(facts.sent_at, now):
            return Refuse("cap", {"cap": str(cap), "sent": cap.used(facts.sent_at, now)})
    return None


def _window(facts: Facts, now: int) -> Verdict | None:
    if facts.expires_at is not None and now >= facts.expires_at:
        return Refuse("expired", {"expires_at": facts.expires_at})
    windows = facts.windows if facts.marketing else ()
    if all(is_open(window, facts.zone, now) for window in windows):
        return None
    until = opening(windows, facts.zone, now)
    evidence = {**_clock(facts, now), "opens_at": until}
    if until is None:
        return Refuse("window", evidence)
    if facts.expires_at is not None and until >= facts.expires_at:
        return Refuse("expired", {**evidence, "expires_at": facts.expires_at})
    return Postpone(until, "window", evidence)


def _rate(facts: Facts, now: int) -> Verdict | None:
    if facts.rate_until is None or facts.rate_until <= now:
        return None
    return Postpone(facts.rate_until, "rate", {"channel": facts.channel})


def _clock(facts: Facts, now: int) -> dict[str, object]:
    return {
        "window": [window.text for window in facts.windows],
        "zone": facts.zone,
        "local": _local(facts.zone, now // MINUTE),
    }


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
        seen["caps"] = {str(cap): cap.used(facts.sent_at, now) for cap in facts.caps}
    if facts.expires_at is not None:
        seen["expires_at"] = facts.expires_at
    return seen


_CHECKS: Final[tuple[Callable[[Facts, int], Verdict | None], ...]] = (
    _erased,
    _no_address,
    _suppressed,
    _unsubscribed,
    _unconfirmed,
    _left,
    _holdout,
    _cap,
    _window,
    _rate,
)
