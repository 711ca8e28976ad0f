"""Alarms about letters that come back: who is told, what is stopped, and how it goes on.

A look compares what has left in the window with the limits. All that follows is kept in the same
transaction: an incident, once for as long as it lasts; the chain that is paused, or the channel
whose marketing waits; and that operators are to be told. So a process may die at any moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from mautod import wire
from mautod.config import Alerts
from mautod.core.sending.alarms import BOUNCES, COMPLAINTS, KINDS, Counted, Level, Limits
from mautod.core.sending.holdout import Share, parse_share
from mautod.duration import parse_duration, show_duration
from mautod.errors import BadInput, ConfigError
from mautod.store import catalog
from mautod.store.chains import campaigns
from mautod.store.db import Database, Tx
from mautod.store.delivery import incidents, tallies
from mautod.store.delivery.incidents import Incident

BY_HAND: Final = "an operator paused it"
PAUSED: Final = "paused"
_WORDS: Final = {BOUNCES: "came back", COMPLAINTS: "were complained about"}


def limits_of(alerts: Alerts) -> Limits:
    """The limits in `config.toml`.

    Raises:
        ConfigError: a share does not parse, or the window is longer than counts are kept.
    """
    window_ms = parse_duration(alerts.window)
    if window_ms > tallies.KEPT_MS:
        longest = show_duration(tallies.KEPT_MS)
        raise ConfigError(f"alerts.window: {longest} at most", field="alerts.window")
    return Limits(
        window_ms=window_ms,
        least=alerts.least,
        tell=_shares(alerts, {BOUNCES: "bounces", COMPLAINTS: "complaints"}),
        stop=_shares(alerts, {BOUNCES: "pause_bounces", COMPLAINTS: "pause_complaints"}),
        chains="chains" in alerts.pause,
        channels="channels" in alerts.pause,
    )


def _shares(alerts: Alerts, keys: dict[str, str]) -> dict[str, Share]:
    return {kind: _share(alerts, key) for kind, key in keys.items() if getattr(alerts, key)}


def _share(alerts: Alerts, key: str) -> Share:
    try:
        return parse_share(getattr(alerts, key))
    except BadInput as error:
        place = f"alerts.{key}"
        hint = 'Write one like "2%" or "0.1%", or "" for never.'
        raise ConfigError(f"{place}: {error.message}", field=place, hint=hint) from error


@dataclass(frozen=True, slots=True)
class _Scope:
    """A channel, or one chain on it, and what has left there. `paused`: whether it waits now."""

    channel: str
    chain: str
    counted: Counted
    paused: bool
    may_stop: bool


def look(tx: Tx, channel: str, limits: Limits, now: int) -> bool:
    """Compare `channel` with the limits and do what follows; whether anything changed.

    Idempotent: a second look at the same counts changes nothing. Inside `write`.
    """
    lifted = [each for each in incidents.open_ones(tx, channel) if _lifted(tx, each)]
    for each in lifted:
        incidents.end(tx, each.id, now)
    lasting = {(each.chain, each.kind): each for each in incidents.open_ones(tx, channel)}
    changed = bool(lifted)
    told_of = {chain for chain, _ in lasting if chain}
    for scope in _scopes(tx, channel, limits, told_of, now):
        for kind in KINDS:
            found = lasting.get((scope.chain, kind))
            changed |= _judge(tx, scope, kind, found, limits, now)
    return changed


def look_everywhere(db: Database, limits: Limits, now: int) -> None:
    """Look at every channel that letters left by, each in a short transaction."""
    for channel in tallies.channels(db.read()):
        with db.write() as tx:
            look(tx, channel, limits, now)


def _lifted(tx: Tx, one: Incident) -> bool:
    """Whether what was stopped for it goes on again, by whatever way."""
    if one.paused_at is None:
        return False
    if not one.chain:
        return incidents.hold_of(tx, one.channel) is None
    return not _is_paused(tx, one.chain)


def _is_paused(tx: Tx, key: str) -> bool:
    row = campaigns.chain(tx, key)
    return row is not None and row.state == PAUSED


def _scopes(
    tx: Tx, channel: str, limits: Limits, told_of: Collection[str], now: int
) -> Iterator[_Scope]:
    """The chains that letters came back from or that were told of, then the channel as a whole.

    Where an operator let marketing go on, only what has left since then counts.
    """
    since = now - limits.window_ms
    resumed = incidents.resumed(tx, channel, since)
    counted = tallies.since(tx, channel, since)
    for key in sorted({*counted, *told_of}):
        own = counted.get(key, Counted())
        if key in resumed:
            own = tallies.since(tx, channel, resumed[key]).get(key, Counted())
        if key and (key in told_of or own.bounced or own.complained):
            paused = _is_paused(tx, key)
            yield _Scope(channel, key, own, paused, limits.chains and not own.others)
    if "" in resumed:
        counted = tallies.since(tx, channel, resumed[""])
    paused = incidents.hold_of(tx, channel) is not None
    yield _Scope(channel, "", sum(counted.values(), Counted()), paused, limits.channels)


def _judge(
    tx: Tx, scope: _Scope, kind: str, found: Incident | None, limits: Limits, now: int
) -> bool:
    level = limits.level(kind, scope.counted)
    stops = level is Level.STOP and scope.may_stop and not scope.paused
    sent, back = scope.counted.sent, scope.counted.back(kind)
    if found is None:
        if level < Level.TELL or scope.paused:
            return False
        _begin(tx, scope, kind, limits, now, stops=stops)
    elif found.paused_at is not None:
        return False
    elif stops:
        incidents.count(tx, found.id, sent, back)
        incidents.pause(tx, found.id, limits.stop[kind].e4, now)
    elif level is Level.CALM:
        incidents.end(tx, found.id, now)
    elif (sent, back) != (found.sent, found.came_back):
        incidents.count(tx, found.id, sent, back)
    else:
        return False
    if stops:
        _stop(tx, scope, kind, now)
    return True


def _begin(tx: Tx, scope: _Scope, kind: str, limits: Limits, now: int, *, stops: bool) -> None:
    most = limits.stop[kind] if stops else limits.most(kind)
    assert most is not None, "a level above CALM has a limit"
    incidents.begin(
        tx,
        Incident(
            0, scope.channel, scope.chain, kind, now, None, scope.counted.sent,
            scope.counted.back(kind), most.e4, now if stops else None, now, 0, None, "",
        ),
    )  # fmt: skip


def _stop(tx: Tx, scope: _Scope, kind: str, now: int) -> None:
    if not scope.chain:
        why = said(kind, scope.counted.sent, scope.counted.back(kind))
        incidents.hold(tx, scope.channel, now, why)
        return
    row = campaigns.chain(tx, scope.chain)
    if row is not None and row.state == "running":
        campaigns.set_state(tx, row.id, PAUSED, now)
        catalog.bump(tx)


def said(kind: str, sent: int, back: int) -> str:
    """The numbers of an alarm in words."""
    return f"{back} of {sent} marketing letters {_WORDS[kind]} ({back / max(sent, 1):.2%})"


# --- what operators do and see ------------------------------------------------------------------


def pause(tx: Tx, channel: str, now: int) -> wire.Done:
    """Let marketing by `channel` wait until `resume`; inside `write`, idempotent."""
    new = incidents.hold(tx, channel, now, BY_HAND)
    words = "waits until you resume it" if new else "waits already"
    return wire.Done(int(new), f"Marketing by {channel} {words}; other letters go on.")


def resume(tx: Tx, channel: str, now: int) -> wire.Done:
    """Let marketing by `channel` go on; only what leaves from now on counts for alarms.

    Idempotent. Inside `write`.
    """
    new = incidents.release(tx, channel)
    incidents.end_pause(tx, channel, "", now)
    words = "goes on" if new else "did not wait"
    return wire.Done(int(new), f"Marketing by {channel} {words}.")


def shown(tx: Tx, after: int | None, limit: int) -> list[wire.Alarm]:
    """Alarms, newest first."""
    return [in_words(each) for each in incidents.latest(tx, after, limit)]


def lasting(tx: Tx) -> list[wire.Alarm]:
    """Alarms that are not over."""
    return [in_words(each) for each in incidents.open_ones(tx)]


def held(tx: Tx) -> list[wire.Held]:
    """Channels whose marketing waits."""
    return [wire.Held(each.channel, each.at, each.why) for each in incidents.holds(tx)]


def way_on(one: wire.Alarm) -> str:
    """The command that lets go on what an alarm has stopped; nothing if it stopped nothing."""
    if one.paused_at is None or one.ended_at is not None:
        return ""
    if one.chain:
        return f"mautod chains resume {one.chain}"
    return f"mautod messages resume {one.channel}"


def in_words(one: Incident) -> wire.Alarm:
    """An alarm as operators see it."""
    place = f"{one.channel}, chain {one.chain}" if one.chain else one.channel
    stopped = "" if one.paused_at is None else " Marketing was paused."
    limit = Share(one.most_e4)
    text = f"{place}: {said(one.kind, one.sent, one.came_back)}; the limit is {limit}.{stopped}"
    return wire.Alarm(
        id=one.id,
        channel=one.channel,
        chain=one.chain,
        kind=one.kind,
        begun_at=one.begun_at,
        sent=one.sent,
        came_back=one.came_back,
        limit=str(limit),
        text=text,
        ended_at=one.ended_at,
        paused_at=one.paused_at,
        told_at=one.told_at,
        trouble=one.detail,
    )
