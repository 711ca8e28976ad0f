"""Occasions: chains that time starts, by a schedule or by a date among a person's properties.

How far each was followed is stored in the transaction that starts its people, so that a crash
neither skips an occasion nor repeats it. What was missed because nothing ran is made up for: of a
schedule the latest occurrence, of dates each person's, and only for a day. A chain is followed
from when it was first seen with its schedule or date, never backwards; so is one that comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from mautod.core.chains.moments import LATE_MS, Dated, Moment, Recurring
from mautod.core.rules.tree import Rule
from mautod.core.times.windows import first_known_zone
from mautod.duration import MINUTE
from mautod.errors import BadInput
from mautod.services.chains import start
from mautod.services.chains.versions import Version, Versions
from mautod.services.people.bulk import IN_TIME
from mautod.services.segments.asking import people_who
from mautod.store.chains import occasions
from mautod.store.chains.campaigns import ChainRow
from mautod.store.db import Database, Tx
from mautod.store.people import bulk
from mautod.store.rules.crowd import for_everybody
from mautod.store.rules.predicate import RuleFailed, select_people

KEPT_UP_MS: Final = MINUTE
"""So often it is noted how far a chain was followed, though nothing happened."""


def take(db: Database, versions: Versions, now: int) -> int:
    """Start chains for whom their moment has come; how many people.

    Raises:
        Unavailable: the disk is full or the database is held; it is taken up again.
    """
    with db.write() as tx:
        timed = [pair for pair in versions.open(tx, now) if pair[1].chain.enter.moment is not None]
        occasions.keep_only(tx, (row.id for row, _ in timed))
    return sum(_follow(db, row, version, versions.zone, now) for row, version in timed)


def next_due(tx: Tx, versions: Versions, now: int, until: int) -> int | None:
    """The first instant after `now`, up to `until`, at which somebody's moment may come.

    For a simulation, which has few people: all dates are looked at. Inside `write`.
    """
    moments = [version.chain.enter.moment for _, version in versions.open(tx, now)]
    found = [
        at
        for moment in moments
        if moment is not None
        for at in _coming(tx, moment, now, versions.zone)
    ]
    return min((at for at in found if at <= until), default=None)


def _coming(tx: Tx, moment: Moment, now: int, zone: str) -> Iterator[int]:
    """When somebody's moment comes next, person by person."""
    match moment:
        case Recurring(schedule):
            at = schedule.following(now, zone)
            if at is not None:
                yield at
        case Dated():
            reach = occasions.reach(tx, moment.path)
            for each in occasions.dated(tx, moment.path, *reach) if reach is not None else ():
                zones = (zone, first_known_zone(each.zone, zone))
                at = moment.following(each.at, now, zones)
                if at is not None:
                    yield at


def _follow(db: Database, row: ChainRow, version: Version, zone: str, now: int) -> int:
    moment = version.chain.enter.moment
    seen = occasions.mark(db.read(), row.id)
    if moment is None:
        return 0
    if seen is None or seen.moment != moment.text:
        with db.write() as tx:
            occasions.begin(tx, row.id, moment.text, now)
        return 0
    if now <= seen.upto:
        return 0
    upto, people = _whose(db.read(), version, moment, (max(seen.upto, now - LATE_MS), now), zone)
    if not people and upto - seen.upto < KEPT_UP_MS:
        return 0
    with db.write() as tx:
        if not occasions.move(tx, row.id, seen, upto):
            return 0
        return _start(tx, people, row.key, now, zone)


def _whose(
    tx: Tx, version: Version, moment: Moment, span: tuple[int, int], zone: str
) -> tuple[int, list[int]]:
    """Up to when it was looked, and whose moment came in the span."""
    first, now = span
    match moment:
        case Recurring(schedule):
            if schedule.latest(first, now, zone) is None:
                return now, []
            return now, _everybody(tx, version.chain.enter.rule, version, now, zone)
        case Dated():
            reach = occasions.reach(tx, moment.path) if moment.yearly else None
            spans = moment.spans(first, now, reach, zone)
            found = [each for part in spans for each in occasions.dated(tx, moment.path, *part)]
            return now, sorted(
                {
                    each.id
                    for each in found
                    if moment.moment(each.at, first, now, (zone, first_known_zone(each.zone, zone)))
                }
            )


def _everybody(tx: Tx, rule: Rule | None, version: Version, now: int, zone: str) -> list[int]:
    """Everybody whom the chain takes; whose data fail the rule is passed over and set aside."""
    if rule is None or version.entry is None:
        raise BadInput("a schedule is for somebody")
    try:
        return select_people(tx, for_everybody(tx, rule, zone=zone, now=now), None, now)
    except RuleFailed:
        return sorted(people_who(tx, version.entry, occasions.living(tx), now, version.chain.key))


def _start(tx: Tx, people: Sequence[int], key: str, now: int, zone: str) -> int:
    """Few are started at once; many are written down, and it is gone on with part by part."""
    if len(people) <= bulk.PART:
        return start.start_all(tx, people, key, now, zone, in_time=True) if people else 0
    made = bulk.put(tx, now, (IN_TIME, key), f"chain {key}, in its time", people)
    bulk.progress(tx, made.id, 0, 0)
    return len(people)
