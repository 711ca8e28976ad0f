"""Visits to messages as they came, and the rule by which each was judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mautod.core.sending.machines import Visit
from mautod.core.sending.returns import CLICKED, MACHINE_CLICKED, MACHINE_OPENED, OPENED
from mautod.store.db import Tx, from_json, to_json

MOST: Final = 200
"""Visits to one message that are looked at together, the newest."""

ADD: Final = """
INSERT INTO receipt (message_id, kind, at, url, agent, address, method, judge_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""

# Index receipt_message.
OF_MESSAGE: Final = """
SELECT id, kind, at, url, agent, address, method, rule, judge_at FROM receipt
WHERE message_id = ? ORDER BY at DESC, id DESC LIMIT ?"""

# Index receipt_waiting.
WAITING: Final = """
SELECT DISTINCT message_id FROM receipt WHERE rule IS NULL AND judge_at <= ? LIMIT ?"""
NEXT: Final = "SELECT min(judge_at) FROM receipt WHERE rule IS NULL"

# Index receipt_at.
SINCE: Final = """
SELECT DISTINCT message_id FROM receipt WHERE at >= ? AND message_id > ?
ORDER BY message_id LIMIT ?"""
FORGET: Final = """
DELETE FROM receipt WHERE at < ? AND rule IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM receipt o WHERE o.message_id = receipt.message_id AND o.at >= ?)"""

# Index receipt_message.
LEFT: Final = """
SELECT kind, rule = '', min(at) FROM receipt WHERE message_id = ? AND rule IS NOT NULL GROUP BY 1, 2
"""

# Primary key of message.
UNMARK: Final = """
UPDATE message SET marks = marks & ~?, opened_at = NULL, clicked_at = NULL WHERE id = ?"""
MARK: Final = """
UPDATE message SET marks = marks | :marks,
  opened_at = coalesce(min(opened_at, :open), opened_at, :open),
  clicked_at = coalesce(min(clicked_at, :click), clicked_at, :click)
WHERE id = :id"""

# Index event_person_name_ts.
EVENTS: Final = """
SELECT e.id, e.props FROM event e
WHERE e.person_id = ? AND e.name_id = (SELECT id FROM event_name WHERE name = ?) AND e.ts = ?"""

_MARKS: Final = {
    ("open", True): OPENED,
    ("open", False): MACHINE_OPENED,
    ("click", True): CLICKED,
    ("click", False): MACHINE_CLICKED,
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One visit with its verdict: the rule of a machine, "" for a person, None while it waits."""

    id: int
    visit: Visit
    rule: str | None
    judge_at: int


def add(tx: Tx, message_id: int, visit: Visit, judge_at: int) -> None:
    """Keep a visit; it has no verdict until `set_rule`. Inside `write`."""
    tx.execute(
        ADD,
        (
            message_id, visit.kind, visit.at, visit.url, visit.agent, visit.address, visit.method,
            judge_at,
        ),
    )  # fmt: skip


def of_message(tx: Tx, message_id: int) -> list[Kept]:
    """The newest visits to a message, at most `MOST`, in the order of time."""
    rows = tx.execute(OF_MESSAGE, (message_id, MOST)).fetchall()
    return [Kept(row[0], Visit(*row[1:7]), row[7], row[8] or 0) for row in reversed(rows)]


def waiting(tx: Tx, now: int, limit: int) -> list[int]:
    """Messages with visits whose verdict is due."""
    return [row[0] for row in tx.execute(WAITING, (now, limit))]


def next_verdict(tx: Tx) -> int | None:
    """When the next verdict is due; None if nothing waits."""
    found: int | None = tx.execute(NEXT).fetchone()[0]
    return found


def visited_since(tx: Tx, since: int, after: int, limit: int) -> list[int]:
    """Messages visited since an instant, by id, those after `after`."""
    return [row[0] for row in tx.execute(SINCE, (since, after, limit))]


def set_rules(tx: Tx, verdicts: Iterable[tuple[int, str]]) -> None:
    """Write verdicts down, each with its visit's id; inside `write`."""
    rows = ((rule, visit) for visit, rule in verdicts)
    tx.executemany("UPDATE receipt SET rule = ? WHERE id = ?", rows)


def set_marks(tx: Tx, message_id: int, *, anew: bool) -> None:
    """Let the message's marks say what its visits say, and when people opened and clicked it first.

    `anew` if some say less than before. Inside `write`.
    """
    if anew:
        tx.execute(UNMARK, (sum(_MARKS.values()), message_id))
    marks, firsts = 0, dict[str, int]()
    for kind, by_person, at in tx.execute(LEFT, (message_id,)):
        marks |= _MARKS.get((kind, bool(by_person)), 0)
        if by_person:
            firsts[kind] = at
    opened, clicked = firsts.get("open"), firsts.get("click")
    tx.execute(MARK, {"id": message_id, "marks": marks, "open": opened, "click": clicked})


def restate(tx: Tx, person_id: int, name: str, told: tuple[int, Visit], rule: str) -> None:
    """Let the event of a visit say by which rule it is a machine's; inside `write`."""
    message_id, visit = told
    for event_id, body in tx.execute(EVENTS, (person_id, name, visit.at)).fetchall():
        props = from_json(body)
        if props.get("message") == message_id and props.get("url", "") == visit.url:
            props.pop("machine", None)
            restated = {**props, "machine": rule} if rule else props
            sql = "UPDATE event SET props = ? WHERE id = ?"
            tx.execute(sql, (to_json(restated), event_id))


def forget(tx: Tx, before: int) -> int:
    """Drop the judged visits of messages that nobody visited since; how many. Inside `write`."""
    return tx.execute(FORGET, (before, before)).rowcount
