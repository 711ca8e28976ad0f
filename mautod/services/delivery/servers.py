"""How a channel's servers stand: written down for the next life, and told to operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from mautod import wire
from mautod.channels.port import Channel
from mautod.core.sending.fleet import LATELY_S, Standing
from mautod.core.sending.warmup import Today
from mautod.duration import DAY, SECOND
from mautod.store.db import Tx
from mautod.store.delivery import attempts, servers
from mautod.store.delivery.attempts import Count

EVERY_MS: Final = SECOND


class Watch:
    """Writes what has changed with the outcomes, numbers alone at most once a second."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._states: list[Standing] = []
        self._written_at = 0

    def resume(self, tx: Tx, now: int) -> None:
        """Let the servers go on from how they stood; inside `write`."""
        known = servers.list_servers(tx, self._channel.kind)
        self._channel.resume([standing for standing, _ in known])
        self.store(tx, now)

    def store(self, tx: Tx, now: int) -> None:
        """Write how they stand now; inside `write`."""
        standings = self._channel.standings()
        states = _states(standings)
        soon = 0 <= now - self._written_at < EVERY_MS
        if not standings or (soon and states == self._states):
            return
        servers.put(tx, self._channel.kind, standings, now)
        self._states, self._written_at = states, now


def _states(standings: Sequence[Standing]) -> list[Standing]:
    """What is worth writing at once: all but the numbers."""
    return [replace(each, per_s=0.0, today=Today()) for each in standings]


def listed(tx: Tx, channel: str, now: int) -> list[wire.MailServer]:
    """The servers of `channel` by name, with the counts of their last 24 hours."""
    counts: dict[str, dict[str, Count]] = {}
    for kind, count in attempts.between(tx, channel, now - DAY, now + SECOND).items():
        counts.setdefault(kind.server, {}).setdefault(kind.outcome, Count()).add(count)
    return [
        _told(standing, seen_at, counts.get(standing.name, {}), now)
        for standing, seen_at in servers.list_servers(tx, channel)
    ]


def _told(one: Standing, seen_at: int, counts: Mapping[str, Count], now: int) -> wire.MailServer:
    today = one.today.at(now)
    accepted = counts.get(attempts.ACCEPTED, Count())
    return wire.MailServer(
        name=one.name,
        state=_state(one, now),
        seen_at=seen_at,
        until=one.until,
        per_s=one.per_s if now - seen_at < LATELY_S * SECOND else 0.0,
        rate_per_s=one.rate_per_s,
        sent_today=today.sent,
        day=today.nth,
        day_limit=one.day_limit,
        error=one.error,
        error_at=one.error_at,
        accepted=accepted.count,
        deferred=counts.get(attempts.DEFERRED, Count()).count,
        bounced=counts.get(attempts.BOUNCED, Count()).count,
        refused=counts.get(attempts.REFUSED, Count()).count,
        unknown=counts.get(attempts.UNKNOWN, Count()).count,
        accept_ms=accepted.took_ms / accepted.timed if accepted.timed else None,
    )


def _state(one: Standing, now: int) -> str:
    """An open breaker whose time has come waits for a letter to try it."""
    return "half-open" if one.state == "open" and now >= one.until else one.state
