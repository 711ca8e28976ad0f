"""The timeline of a person: everything that happened, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mautod import wire
from mautod.errors import BadInput
from mautod.store.db import Tx
from mautod.store.people import merges, timeline
from mautod.store.people.timeline import NEWEST, Place

OURS: Final = {
    "segment": frozenset({"Segment Entered", "Segment Left"}),
    "chain": frozenset({"Chain Entered", "Chain Ended", "Chain Started"}),
    "message": frozenset(
        f"Message {verb}"
        for verb in ("Sent", "Refused", "Failed", "Opened", "Clicked", "Replied", "Bounced")
    ),
    "consent": frozenset({"Subscribed", "Unsubscribed"}),
    "change": frozenset(
        {"Email Changed", "Name Changed", "Phone Changed", "Person Edited", "Person Imported"}
    ),
}
"""Kinds of our own events; all others are `event`, and merges are no events."""

UNDONE: Final = "Merge Undone"
KINDS: Final = (*OURS, "event", "merge")
_KIND: Final = {name: kind for kind, names in OURS.items() for name in names}
_OWN: Final = frozenset(_KIND)


def page(tx: Tx, person_id: int, kind: str, after: str, limit: int) -> wire.Timeline:
    """What happened to a living person from below `after`, of one kind or of every kind.

    Raises:
        BadInput: no such kind, or `after` is no `next` of a page.
    """
    if kind and kind not in KINDS:
        raise BadInput(
            f"nothing is of the kind {kind!r}", field="kind", hint=f"One of: {', '.join(KINDS)}."
        )
    before = _place(after) if after else NEWEST
    found = [*_events(tx, person_id, kind, before, limit + 1)]
    found += [moment for moment in _merges(tx, person_id, kind) if _key(moment) < before]
    found.sort(key=_key, reverse=True)
    more = len(found) > limit
    shown = found[:limit]
    return wire.Timeline(shown, ".".join(map(str, _key(shown[-1]))) if more else None)


def _events(tx: Tx, person_id: int, kind: str, before: Place, limit: int) -> Iterator[wire.Moment]:
    if kind == "merge":
        return
    names = None if not kind else OURS.get(kind, _OWN)
    but = kind == "event"
    for each in timeline.events(tx, person_id, names, before, limit, but=but):
        of = _KIND.get(each.name, "event")
        yield wire.Moment(each.ts, of, each.id, each.name, each.source, each.props)


def _merges(tx: Tx, person_id: int, kind: str) -> Iterator[wire.Moment]:
    if kind not in {"", "merge"}:
        return
    for each in merges.merges_of(tx, person_id):
        props = {"winner": each.winner_id, "loser": each.loser_id, "reason": each.reason}
        yield wire.Moment(each.at, "merge", each.id, "Merged", "", props)
        if each.undone_at is not None:
            yield wire.Moment(each.undone_at, "merge", each.id, UNDONE, "", props)


def _key(moment: wire.Moment) -> Place:
    rank = 0 if moment.kind != "merge" else 1 + (moment.name == UNDONE)
    return moment.at, rank, moment.id


def _place(after: str) -> Place:
    parts = after.split(".")
    if len(parts) != len(NEWEST) or not all(part.isascii() and part.isdecimal() for part in parts):
        raise BadInput(f"{after!r} is no place in a timeline", field="after")
    at, rank, number = map(int, parts)
    return at, rank, number
