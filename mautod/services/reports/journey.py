"""The map of the journey: stages, who is at them, who moves on, which messages are at work."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from statistics import median

from mautod import wire
from mautod.core.reports.journey import Traffic, count, legs
from mautod.services.reports.earned import Period
from mautod.store.chains import campaigns
from mautod.store.db import Tx
from mautod.store.reports import journey


def journey_map(tx: Tx, period: Period) -> wire.Journey:
    """Every stage with its people now, and what became of people in a period."""
    named = journey.stages(tx)
    traffic = {each.stage: Traffic() for each in named}
    start, end = period.bounds
    until = min(end, period.now + 1)
    if named:
        sent = _By(journey.sent(tx, start, until))
        for person, stays in groupby(journey.stays(tx), key=itemgetter(0)):
            count(traffic, legs(list(stays)), sent.of(person), (start, until))
    keys = {row.id: (row.key, row.name) for row in campaigns.every(tx)}
    return wire.Journey(
        since=period.since,
        until=period.now if period.until is None else period.until,
        stages=[
            _stage(stage, list(segments), traffic[stage], keys)
            for stage, segments in groupby(named, key=lambda each: each.stage)
        ],
    )


class _By:
    """Rows that come in the order of people, given out to people who are asked for in order."""

    def __init__(self, rows: Iterable[tuple[int, int, int]]) -> None:
        self._rows = groupby(rows, key=itemgetter(0))
        self._next = next(self._rows, None)

    def of(self, person: int) -> list[tuple[int, int]]:
        while self._next is not None and self._next[0] < person:
            self._next = next(self._rows, None)
        if self._next is None or self._next[0] != person:
            return []
        return [(at, chain) for _, at, chain in self._next[1]]


def _stage(
    stage: int,
    segments: list[journey.Named],
    traffic: Traffic,
    keys: dict[int, tuple[str, str]],
) -> wire.JourneyStage:
    ordered = sorted(traffic.messages.items(), key=lambda item: (-item[1], item[0]))
    return wire.JourneyStage(
        stage=stage,
        segments=[each.key for each in segments],
        name=" / ".join(each.name for each in segments),
        people=traffic.people,
        seen=traffic.seen,
        moved=traffic.moved,
        fell=traffic.fell,
        share=traffic.moved / traffic.seen if traffic.seen else 0.0,
        median_ms=round(median(traffic.times)) if traffic.times else None,
        messages=[wire.JourneyChain(*keys.get(chain, ("", "")), sent) for chain, sent in ordered],
    )
