"""How a file says who enters a chain: by an event, a segment, a date, a schedule, another chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mautod.core.chains.entry import (
    ALWAYS,
    CHAIN_ENDED,
    ONCE,
    SEGMENT_ENTERED,
    SEGMENT_LEFT,
    Again,
    Keyed,
    Trigger,
)
from mautod.core.chains.moments import Dated, Moment, Recurring
from mautod.core.chains.readers import again, date_path, entry_rule, offset, time_of_day, where
from mautod.core.files.definition import Table, expected, flag, key_name, label, nearest, one_of
from mautod.core.times.schedules import Schedule, parse_schedule
from mautod.duration import DAY

WAYS: Final = ("event", "segment", "date", "schedule", "chain", "manual")
MOST_EVENTS: Final = 20
_COMMON: Final = frozenset({"where", "when", "again"})


def read_trigger(table: Table) -> Trigger:
    """The trigger that the `enter` table of a chain describes.

    Raises:
        DefinitionError: it describes none, or several.
    """
    named = [way for way in WAYS if way in table]
    if "segment" in named and {"date", "schedule"} & set(named):
        named.remove("segment")
    if not named and (unknown := next((key for key in table.values if key not in _COMMON), "")):
        raise table.error(unknown, "there is no such key.", nearest(unknown, WAYS))
    if len(named) != 1:
        message = f"needs one of {', '.join(WAYS)}, found {len(named)}."
        raise table.error("", message, 'Write event = "….".')
    return _READERS[named[0]](table)


def _event(table: Table) -> Trigger:
    table.only("event", "where", "when", "again")
    return Trigger(
        events=table.need("event", _events),
        where=table.get("where", where, None),
        when=table.get("when", entry_rule, None),
        again=table.get("again", again, ONCE),
    )


def _segment(table: Table) -> Trigger:
    table.only("segment", "on", "where", "when", "again")
    leaving = table.get("on", one_of("enter", "leave"), "enter") == "leave"
    segment = table.need("segment", key_name)
    return Trigger(
        events=(SEGMENT_LEFT if leaving else SEGMENT_ENTERED,),
        about={"segment": segment},
        segment=segment,
        outside=leaving,
        where=table.get("where", where, None),
        when=table.get("when", entry_rule, None),
        again=table.get("again", again, ONCE),
    )


def _chain(table: Table) -> Trigger:
    table.only("chain", "outcome", "when", "again")
    about = {"chain": table.need("chain", key_name)}
    if "outcome" in table:
        about["outcome"] = table.need("outcome", key_name)
    return Trigger(
        events=(CHAIN_ENDED,),
        about=about,
        when=table.get("when", entry_rule, None),
        again=_unkeyed(table, ONCE),
    )


def _manual(table: Table) -> Trigger:
    table.only("manual", "when", "again")
    if not table.need("manual", flag):
        raise table.error("manual", "is true or is not there.", "Take it away.")
    return Trigger(when=table.get("when", entry_rule, None), again=_unkeyed(table, ONCE))


def _schedule(table: Table) -> Trigger:
    table.only("schedule", "segment", "when", "again")
    if "segment" not in table and "when" not in table:
        hint = "Write segment = \"…\" or when = '…'."
        raise table.error("schedule", "says when, but not for whom.", hint)
    return _timed(table, Recurring(table.need("schedule", schedule)))


def schedule(value: Any) -> Schedule:
    """Reader: days and times."""
    if not isinstance(value, str):
        raise expected('a schedule like "mon 10:00"', value)
    return parse_schedule(value)


def _date(table: Table) -> Trigger:
    table.only("date", "offset", "at", "every", "segment", "when", "again")
    yearly = table.get("every", one_of("year"), "") == "year"
    at_ms = table.get("at", time_of_day, 0 if yearly else None)
    after = table.get("offset", offset, 0)
    if at_ms is not None and after % DAY:
        raise table.error("offset", "is whole days where a day is meant.", 'Write "-3d".')
    return _timed(table, Dated(table.need("date", date_path), after, at_ms, yearly))


def _timed(table: Table, moment: Moment) -> Trigger:
    return Trigger(
        moment=moment,
        segment=table.get("segment", key_name, None),
        when=table.get("when", entry_rule, None),
        again=_unkeyed(table, ALWAYS),
    )


def _unkeyed(table: Table, usual: Again) -> Again:
    """Who may come again, where no event of the person's has a property to tell runs apart."""
    found = table.get("again", again, usual)
    if isinstance(found, Keyed):
        raise table.error("again", "there is no event with such a property.", 'Write "always".')
    return found


def _events(value: Any) -> tuple[str, ...]:
    """Reader: the name of an event, or several."""
    if not isinstance(value, list):
        return (label(value),)
    if not 1 <= len(value) <= MOST_EVENTS:
        raise expected(f"1 to {MOST_EVENTS} names of events", value)
    return tuple(dict.fromkeys(label(name) for name in value))


_READERS: Final[Mapping[str, Callable[[Table], Trigger]]] = {
    "event": _event,
    "segment": _segment,
    "date": _date,
    "schedule": _schedule,
    "chain": _chain,
    "manual": _manual,
}
