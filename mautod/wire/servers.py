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


class LandedRow(Shape, frozen=True):
    """How letters to one domain, by one server, answered with one code, or of one hour fared.

    Tries are counted: a letter that is deferred twice and then taken counts three times. `hour`
    rows are keyed by the UTC ms at which the hour began. `accept_ms` is the mean time from the last
    byte to the server's yes, `longest_ms` the longest.
    """

    key: str
    accepted: int
    deferred: int
    bounced: int
    refused: int
    unknown: int
    accept_ms: float | None = None
    longest_ms: int = 0


class LandedReport(Shape, frozen=True):
    """Rows by `by`, the one with the most tries first; hours in the order of time.

    From the hour of `since` on. `sent`, `bounced` and `complained`: marketing letters that left in
    that time, and those that came back or were complained about since.
    """

    channel: str
    by: str
    since: int
    items: list[LandedRow]
    sent: int = 0
    bounced: int = 0
    complained: int = 0


class MailServers(Shape, frozen=True):
    """The servers of one channel, by name."""

    channel: str
    items: list[MailServer]
