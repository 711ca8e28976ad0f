"""How far people come on the way from one event to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mautod import wire
from mautod.core.files.definition import nearest
from mautod.core.reports import funnel as core
from mautod.core.reports.funnel import Walk
from mautod.duration import show_duration
from mautod.errors import NotFound
from mautod.services.reports.earned import Period
from mautod.store.db import Tx
from mautod.store.reports import funnels

MOST_GROUPS: Final = 20


def funnel(tx: Tx, ask: wire.FunnelAsk, period: Period, zone: str) -> wire.Funnel:
    """How many people came from event to event, and in what time.

    Raises:
        BadInput: it is no funnel.
        RuleError: its `where` does not parse.
        NotFound: an event of that name never happened.
        RuleFailed: some event's properties made the statement fail.
    """
    asked = core.read_funnel(ask.events, ask.within, ask.by, ask.where)
    check_names(tx, asked.events)
    found: dict[str | None, list[Walk]] = {}
    for value, walk in funnels.walks(tx, asked, *period.bounds, zone):
        found.setdefault(value, []).append(walk)
    everybody = [walk for walks in found.values() for walk in walks]
    return wire.Funnel(
        since=period.since,
        until=period.now if period.until is None else period.until,
        within=show_duration(asked.within_ms),
        steps=_steps(asked.events, everybody),
        by=asked.by,
        groups=_groups(asked.events, found) if asked.by else [],
    )


def check_names(tx: Tx, events: Sequence[str]) -> None:
    """Raises NotFound: an event of that name never happened; the hint is the nearest that did."""
    known = funnels.names(tx)
    for name in events:
        if name not in known:
            hint = nearest(name, known) if known else "No event has come in yet."
            raise NotFound(f"no event is called {name!r}", field="events", hint=hint)


def _steps(events: Sequence[str], walks: Sequence[Walk]) -> list[wire.FunnelStep]:
    people = core.reached(walks, len(events))
    times = core.medians(walks, len(events))
    before = [people[0], *people]
    return [
        wire.FunnelStep(
            event=event,
            people=count,
            of_previous=count / previous if previous else 0.0,
            of_first=count / people[0] if people[0] else 0.0,
            median_ms=time,
        )
        for event, count, previous, time in zip(events, people, before, times, strict=False)
    ]


def _groups(
    events: Sequence[str], found: Mapping[str | None, list[Walk]]
) -> list[wire.FunnelGroup]:
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0] or ""))
    groups = [
        wire.FunnelGroup(value or "", _steps(events, walks))
        for value, walks in ordered[:MOST_GROUPS]
    ]
    rest = [walk for _, walks in ordered[MOST_GROUPS:] for walk in walks]
    return [*groups, wire.FunnelGroup("", _steps(events, rest), rest=True)] if rest else groups
