"""Mail servers: how each stands and what it did lately."""

from __future__ import annotations

from mautod.wire.shape import Shape


class MailServer(Shape, frozen=True):
    """One server of a channel, as the worker last saw it at `seen_at`.

    `state`: closed (it gets letters), open (it failed and is left alone until `until`), half-open
    (one letter tries it) or off. `per_s`: letters a second in the last ten seconds; `rate_per_s`:
    at most, 0 for no limit. `sent_today` of `day_limit` on day `day` of its warm-up, None after
    it; days are in UTC. `error`: what went wrong last. The counts are of the last 24 hours, to the
    hour; `accept_ms` is the mean time from a letter's last byte to the server's yes.
    """

    name: str
    state: str
    seen_at: int
    until: int = 0
    per_s: float = 0.0
    rate_per_s: float = 0.0
    sent_today: int = 0
    day: int = 0
    day_limit: int | None = None
    error: str = ""
    error_at: int | None = None
    accepted: int = 0
    deferred: int = 0
    bounced: int = 0
    refused: int = 0
    unknown: int = 0
    accept_ms: float | None = None


class MailServers(Shape, frozen=True):
    """The servers of one channel, by name."""

    channel: str
    items: list[MailServer]
