"""How rows become the shapes of the control API: columns and builders that listings share.

Every column list is in the order of its shape's fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from mautod.core.goals import WHOLE
from mautod.core.reports.spans import Stretch
from mautod.duration import DAY, MINUTE
from mautod.store.db import Row, Tx, from_json
from mautod.wire import EventItem, Message, Money, Person, Run

ONLINE_MS: Final = 5 * MINUTE
"""Somebody is on the site for so long after their last sign of life."""

LABEL: Final = (
    "COALESCE(NULLIF(p.name, ''), NULLIF(p.email, ''), NULLIF(p.user_id, ''),"
    " NULLIF(p.phone, ''), 'visitor ' || p.id)"
)
PERSON: Final = (
    f"p.id, {LABEL}, COALESCE(p.name, ''), COALESCE(p.email, ''), COALESCE(p.phone, ''),"
    " COALESCE(p.user_id, ''), p.created_at, p.first_seen, p.last_seen, p.sessions,"
    " COALESCE(p.country, ''), COALESCE(p.language, ''), COALESCE(p.timezone, ''),"
    " COALESCE(p.page, '')"
)
PERSON_WIDTH: Final = 14
EVENT: Final = (
    f"e.id, e.ts, e.received_at, e.person_id, COALESCE({LABEL}, ''), n.name,"
    " COALESCE(s.name, ''), e.props"
)
EVENT_FROM: Final = (
    "event e JOIN event_name n ON n.id = e.name_id"
    " LEFT JOIN source s ON s.id = e.source_id LEFT JOIN person p ON p.id = e.person_id"
)
RUN: Final = (
    f"r.id, c.key, c.name, r.person_id, COALESCE({LABEL}, ''), r.key, r.state, r.step, '',"
    " r.entered_at, r.step_at, r.wake_at, COALESCE(r.awaiting, ''), r.goal_at, r.ended_at,"
    " COALESCE(r.outcome, ''), COALESCE(r.error, ''), r.holdout <> 0"
)
RUN_FROM: Final = "run r JOIN chain c ON c.id = r.chain_id LEFT JOIN person p ON p.id = r.person_id"
MESSAGE: Final = (
    f"m.id, m.person_id, COALESCE({LABEL}, ''), m.channel, m.template, m.topic, m.state,"
    " COALESCE(m.reason, ''), COALESCE(m.detail, ''), COALESCE(c.key, ''), COALESCE(c.name, ''),"
    " m.step, m.run_id, COALESCE(m.address, ''), m.attempt, m.queued_at, m.due_at, m.expires_at,"
    " m.sending_at, m.done_at, m.opened_at, m.clicked_at, COALESCE(m.server, ''),"
    " COALESCE(m.code, ''), COALESCE(m.schedule, '')"
)
MESSAGE_FROM: Final = (
    "message m LEFT JOIN chain c ON c.id = m.chain_id LEFT JOIN person p ON p.id = m.person_id"
)

# unique index of conversion (message_id, event_id)
_EARNED: Final = """
SELECT message_id, COALESCE(currency, ''), sum(value_e4) FROM conversion
WHERE message_id IN ({marks}) AND value_e4 IS NOT NULL
GROUP BY message_id, currency ORDER BY message_id, currency"""


def person(row: Row, now: int) -> Person:
    """A row of `PERSON` columns; who was seen within the last minutes is online."""
    found = Person(*row[:PERSON_WIDTH])
    online = found.last_seen is not None and found.last_seen > now - ONLINE_MS
    return msgspec.structs.replace(found, online=True) if online else found


def event(row: Row) -> EventItem:
    """A row of `EVENT` columns."""
    event_id, ts, received_at, person_id, label, name, source, props = row
    return EventItem(event_id, ts, received_at, person_id, label, name, source, from_json(props))


def run(row: Row) -> Run:
    """A row of `RUN` columns."""
    *values, held_out = row  # SQLite has no booleans
    return Run(*[*values, bool(held_out)])


def messages(tx: Tx, rows: Iterable[Row]) -> list[Message]:
    """Rows of `MESSAGE` columns, with the money that each is credited with."""
    found = [Message(*row) for row in rows]
    if not found:
        return []
    earned: dict[int, list[Money]] = {}
    sql = _EARNED.format(marks=marks(found))
    for message_id, currency, value in tx.execute(sql, [each.id for each in found]):
        earned.setdefault(message_id, []).append(money(value, currency))
    return [_with_money(each, earned.get(each.id)) for each in found]


def money(value_e4: int, currency: str) -> Money:
    """An amount kept in 1/10 000 units, with at least the two digits that people write."""
    amount = Decimal(value_e4).scaleb(-4)
    cents = amount.quantize(Decimal("0.01"))
    return Money(cents if cents == amount else amount.normalize(), currency)


def goals(share_e4: int) -> int | float:
    """So many goals; those that several messages share may come to a fraction."""
    whole, part = divmod(share_e4, WHOLE)
    return share_e4 / WHOLE if part else whole


def day_sql(column: str, spans: Sequence[Stretch]) -> str:
    """The day in which the instant in `column` lies; binds `ahead_values`."""
    cases = "".join(
        f" WHEN {column} < :until{number} THEN :ahead{number}" for number in range(len(spans) - 1)
    )
    last = f":ahead{len(spans) - 1}"
    ahead = f"CASE{cases} ELSE {last} END" if cases else last
    return f"({column} + {ahead}) / {DAY}"


def ahead_values(spans: Sequence[Stretch]) -> dict[str, int]:
    """What `day_sql` binds."""
    ahead = {f"ahead{number}": each.ahead_ms for number, each in enumerate(spans)}
    return ahead | {f"until{number}": each.until for number, each in enumerate(spans[:-1])}


def marks(values: Iterable[Any]) -> str:
    """As many placeholders as values."""
    return ",".join("?" for _ in values)


def _with_money(message: Message, earned: list[Money] | None) -> Message:
    if earned is None:
        return message
    return msgspec.structs.replace(message, money=earned)
