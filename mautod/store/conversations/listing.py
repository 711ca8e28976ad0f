"""Conversations for operators to read: a page at a time, what happened last first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.duration import MINUTE, SECOND
from mautod.store.db import Row, Tx, to_json
from mautod.store.rows import LABEL
from mautod.wire import Chat, ChatCounts

LONGEST_LAST: Final = 120
AWAY_MS: Final = 2 * MINUTE
"""Who has not been heard of for so long has left the page."""
TYPES_MS: Final = 6 * SECOND
"""Who types says so again within this time."""
_FLAGS: Final = {11: "waits", 13: "online", 14: "writes"}
"""Where truths stand among the columns."""

# A conversation that rested until now is open again without anybody's doing.
_STATE: Final = """
CASE WHEN c.state = 'snoozed' AND c.until <= :now THEN 'open' ELSE c.state END"""
# index part_conversation, from its end
_LAST: Final = """
(SELECT max(l.id) FROM part l WHERE l.conversation_id = c.id AND l.direction <> 'note')"""
# When the person said the first thing that nobody has answered; index part_conversation
_SINCE: Final = """
(SELECT min(u.at) FROM part u WHERE u.conversation_id = c.id AND u.direction = 'in' AND u.id >
  COALESCE((SELECT max(o.id) FROM part o WHERE o.conversation_id = c.id AND o.direction = 'out'), 0)
)"""
_COLUMNS: Final = f"""
c.id, c.person_id, COALESCE({LABEL}, ''), c.subject, c.channel, {_STATE}, c.operator, c.opened_at,
  c.changed_at, (SELECT count(*) FROM part n WHERE n.conversation_id = c.id),
  COALESCE(substr(s.text, 1, {LONGEST_LAST}), ''), COALESCE(s.direction, '') = 'in', c.until,
  c.channel = 'chat' AND c.present_at >= :now - {AWAY_MS}, c.writing_at >= :now - {TYPES_MS},
  c.read_id, c.seen_id,
  {_SINCE}"""
_FROM: Final = f"""
FROM conversation c LEFT JOIN person p ON p.id = c.person_id LEFT JOIN part s ON s.id = {_LAST}"""
# indexes conversation_changed, conversation_state, conversation_person; then primary keys
_PAGE: Final = """
SELECT c.id FROM conversation c WHERE {where} ORDER BY c.changed_at DESC, c.id DESC LIMIT :limit"""
_SOME: Final = f"""
SELECT {_COLUMNS} {_FROM} WHERE c.id IN ({{chosen}}) ORDER BY c.changed_at DESC, c.id DESC"""
# indexes conversation_state, conversation_resting, conversation_whose
_COUNTS: Final = """
SELECT (SELECT count(*) FROM conversation WHERE state = 'open')
    + (SELECT count(*) FROM conversation WHERE state = 'snoozed' AND until <= :now),
  (SELECT count(*) FROM conversation WHERE operator = :operator AND state = 'open')
    + (SELECT count(*) FROM conversation
       WHERE operator = :operator AND state = 'snoozed' AND until <= :now),
  (SELECT count(*) FROM conversation WHERE state = 'snoozed' AND until > :now)"""
# index conversation_whose, from one name to the next: as many looks as there are names
_OPERATORS: Final = """
WITH RECURSIVE o(name) AS (
  SELECT (SELECT min(operator) FROM conversation WHERE operator > '')
  UNION ALL
  SELECT (SELECT min(operator) FROM conversation WHERE operator > o.name) FROM o
  WHERE o.name IS NOT NULL)
SELECT name FROM o WHERE name IS NOT NULL"""
_IN_STATE: Final = {
    "open": "(c.state = 'open' OR (c.state = 'snoozed' AND c.until <= :now))",
    "snoozed": "c.state = 'snoozed' AND c.until > :now",
    "closed": "c.state = 'closed'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFilter:
    """Which conversations are wanted; an empty value filters nothing. `operator` "-" is nobody."""

    state: str = ""
    operator: str = ""
    person: int | None = None


def conversations(
    tx: Tx, sought: ChatFilter, after: tuple[int, int] | None, limit: int, now: int
) -> list[Chat]:
    """Conversations; `after` is (changed_at, id) of the last one of the page before."""
    values: dict[str, Any] = {"now": now, "limit": limit}
    parts = [_IN_STATE[sought.state]] if sought.state else []
    if sought.operator:
        parts.append("c.operator = :operator")
        values["operator"] = "" if sought.operator == "-" else sought.operator
    if sought.person is not None:
        parts.append("c.person_id = :person")
        values["person"] = sought.person
    if after is not None:
        parts.append("(c.changed_at, c.id) < (:at, :last)")
        values |= {"at": after[0], "last": after[1]}
    chosen = _PAGE.format(where=" AND ".join(parts) or "true")
    return [_chat(row) for row in tx.execute(_SOME.format(chosen=chosen), values)]


def conversation(tx: Tx, conversation_id: int, now: int) -> Chat | None:
    """One conversation."""
    values = {"now": now, "id": conversation_id}
    row = tx.execute(_SOME.format(chosen=":id"), values).fetchone()
    return _chat(row) if row else None


def some(tx: Tx, ids: Sequence[int], now: int) -> list[Chat]:
    """These conversations, what happened last first."""
    chosen = _SOME.format(chosen="SELECT value FROM json_each(:ids)")
    rows = tx.execute(chosen, {"now": now, "ids": to_json(list(ids))})
    return [_chat(row) for row in rows]


def counts(tx: Tx, operator: str, now: int) -> ChatCounts:
    """How many are open, how many of those are this operator's, how many rest."""
    row = tx.execute(_COUNTS, {"operator": operator, "now": now}).fetchone()
    return ChatCounts(*row)


def operators(tx: Tx) -> list[str]:
    """Everybody who has or had a conversation, by name."""
    return [name for (name,) in tx.execute(_OPERATORS)]


def labels(tx: Tx, people: Sequence[int]) -> dict[int, str]:
    """What people are called."""
    marks = ",".join("?" * len(people))
    sql = f"SELECT p.id, {LABEL} FROM person p WHERE p.id IN ({marks})"
    return dict(tx.execute(sql, list(people)).fetchall())


def _chat(row: Row) -> Chat:
    values = list(row)
    for place in _FLAGS:
        values[place] = bool(row[place])
    return Chat(*values)
