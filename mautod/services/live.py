"""The site at this moment."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from mautod import wire
from mautod.duration import MINUTE
from mautod.store import listing
from mautod.store.db import Tx
from mautod.store.reports import stats
from mautod.store.reports.stats import Seen

LATEST: Final = 50
DIRECT: Final = "direct"


def live(tx: Tx, now: int, limit: int) -> wire.LivePage:
    """Who is on the site and the latest events; `limit` bounds the visitors."""
    minutes = stats.minutes(tx, now)
    last = stats.last_event(tx)
    latest = listing.events_since(tx, last - LATEST, LATEST)
    return wire.LivePage(
        now=now,
        online=stats.online(tx, now),
        visitors=[_visitor(seen) for seen in stats.visitors(tx, now, limit)],
        per_minute=minutes[-2],
        minutes=minutes,
        events=latest[::-1],
    )


def _visitor(seen: Seen) -> wire.Visitor:
    last = seen.person.last_seen or seen.since
    return wire.Visitor(
        person=seen.person,
        page=seen.person.page,
        source=_source(seen),
        since=seen.since,
        last_seen=last,
        minutes=max(0, last - seen.since) // MINUTE,
    )


def _source(seen: Seen) -> str:
    """Where a visit came from in a word or two: the campaign's source, the site, or direct."""
    if seen.utm_source:
        return f"{seen.utm_source} {seen.utm_medium}".strip()
    try:
        host = urlsplit(seen.referrer).hostname or ""
    except ValueError:
        host = ""
    return host.removeprefix("www.") or DIRECT
