"""Readers for what chains are made of besides plain values: rules, caps, re-entry, money."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from mautod.core.chains.entry import ALWAYS, ONCE, Again, Every, Keyed
from mautod.core.files.definition import duration, expected, label, span, text
from mautod.core.people.person import FIELDS
from mautod.core.rules.parser import parse, parse_where
from mautod.core.rules.tree import Rule, Some, Test, Where
from mautod.core.sending.holdout import Share, parse_share
from mautod.duration import DAY, HOUR, MINUTE, parse_duration
from mautod.errors import BadInput

GOAL_SHORTEST: Final = MINUTE
GOAL_LONGEST: Final = 30 * DAY
PRIORITY_LARGEST: Final = 1000
_MOST_TESTERS: Final = 100
_MOST_AT_ONCE: Final = 1000
_PROPERTY: Final = re.compile(r"per\s+property\s+(\S.*)")
_EVERY: Final = re.compile(r"per\s+(\w+)")
DATES: Final = frozenset({"created_at", "first_seen", "last_seen"})
"""What mautod itself knows of a person that is a date."""
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_AGAIN: Final = '"once", "always", "per 7d" or "per property order_id"'


def run_rule(value: Any) -> Rule:
    """Reader: a rule about somebody on a chain; `since entry` is allowed."""
    return parse(text(value))


def entry_rule(value: Any) -> Rule:
    """Reader: a rule about somebody who is not on the chain yet."""
    return parse(text(value), entry=False)


def where(value: Any) -> Where:
    """Reader: a test on an event's properties."""
    return parse_where(text(value))


def holdout(value: Any) -> Share:
    """Reader: how many people get nothing, for comparison."""
    if not isinstance(value, str):
        raise expected('a share of people like "10%"', value)
    return parse_share(value)


def test_list(value: Any) -> Rule:
    """Reader: who alone is written to while a chain is tried out: addresses, user ids or a rule."""
    if isinstance(value, str):
        return entry_rule(value)
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_TESTERS:
        raise expected(f'1 to {_MOST_TESTERS} people as ["me@shop.example"], or a rule', value)
    known = tuple(label(each) for each in value)
    return Some((Test(("email",), "in", known), Test(("user_id",), "in", known)))


def at_once(value: Any) -> int:
    """Reader: how many runs of one person may be under way."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_AT_ONCE:
        raise expected(f"a whole number of 1 to {_MOST_AT_ONCE}", value)
    return value


def priority(value: Any) -> int:
    """Reader: whose message goes first, if not all may."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > PRIORITY_LARGEST:
        raise expected(f"a whole number of -{PRIORITY_LARGEST} to {PRIORITY_LARGEST}", value)
    return value


def again(value: Any) -> Again:
    """Reader: whether somebody who was on the chain may come again."""
    words = " ".join(value.split()) if isinstance(value, str) else ""
    if words in {"once", "always"}:
        return ONCE if words == "once" else ALWAYS
    if found := _PROPERTY.fullmatch(words):
        return Keyed(label(found[1]))
    if found := _EVERY.fullmatch(words):
        return Every(span(found[1]))
    raise expected(_AGAIN, value)


def within(value: Any) -> int:
    """Reader: how long after a message its goal counts."""
    length = duration(value)
    if not GOAL_SHORTEST <= length <= GOAL_LONGEST:
        raise BadInput(f"{value!r} is out of bounds.", hint="Write 1m to 30d.")
    return length


def worth(value: Any) -> str | Decimal:
    """Reader: the property that holds the money of a goal, or a fixed amount."""
    if isinstance(value, str):
        return label(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or value < 0:
        raise expected('the name of a property like "total", or an amount', value)
    return Decimal(value)


def time_of_day(value: Any) -> int:
    """Reader: a time of day, in milliseconds after midnight."""
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise expected('a time of day like "10:00"', value)
    return int(found[1]) * HOUR + int(found[2]) * MINUTE


def offset(value: Any) -> int:
    """Reader: a signed span of time, in milliseconds: `-3d`, `0d`, `+1d`."""
    if not isinstance(value, str):
        raise expected('an offset like "-3d", "0d" or "+12h"', value)
    text = value.strip()
    sign = -1 if text.startswith("-") else 1
    return sign * parse_duration(text.removeprefix("+").removeprefix("-"))


def date_path(value: Any) -> tuple[str, ...]:
    """Reader: the name of a person's property that may be a date."""
    found = path(value)
    if found[0] in FIELDS - DATES:
        raise BadInput(f"{found[0]} is no date.", hint=f"Dates are {', '.join(sorted(DATES))}.")
    return found


def path(value: Any) -> tuple[str, ...]:
    """Reader: the name of a person's property; dots go into objects."""
    return tuple(label(value).split("."))
