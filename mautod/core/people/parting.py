"""Two people who were merged are told apart again: what each of them knows.

The loser is as it was. The winner keeps what changed since the merge and gives back the rest:
a value that is still what the merge made of it becomes what it was before, a sum that grew since
keeps the growth alone.
"""

from __future__ import annotations

import re
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final

from mautod.core.people.person import COLUMNS, Card, absorb

_SUMS: Final = re.compile(r"orders_count|revenue(_[A-Z]{3})?")
_SINGLE: Final = (*COLUMNS, "created_at", "first_seen")
_LAST_VISIT: Final = ("last_seen", "session_start", "page")


def part(now: Card, before: Card, loser: Card) -> None:
    """Take from `now`, the winner, what the merge gave; both others are as they were before it."""
    after = deepcopy(before)
    absorb(after, deepcopy(loser))
    names = [*_SINGLE, *(_LAST_VISIT if now.last_seen == after.last_seen else ())]
    names += loser.props.keys() - before.props.keys()
    for name in names:
        if now.get(name) == after.get(name):
            now.put(name, before.get(name))
        elif _SUMS.fullmatch(name):
            now.put(name, _growth(now.get(name), after.get(name)))
    now.put("sessions", now.sessions - loser.sessions)


def _growth(now: Any, after: Any) -> Any:
    if not (_is_number(now) and _is_number(after)):
        return now
    grown = Decimal(str(now)) - Decimal(str(after))
    return int(grown) if grown == grown.to_integral_value() else float(grown)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
