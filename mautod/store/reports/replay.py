"""History read back in time's order, and copied as far as it must be into another database.

What is read is read a stretch at a time, so that nothing is held for long; the other database has
the same schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.store.db import Row, Tx, from_json, to_json
from mautod.store.events import Fresh

CHUNK: Final = 5000

# index event_name_ts_person, name by name
EVENTS: Final = """
SELECT e.person_id, n.name, e.ts, e.received_at, e.props, e.id
FROM json_each(:names) k CROSS JOIN event_name n ON n.name = k.value
CROSS JOIN event e ON e.name_id = n.id AND e.ts >= :first AND e.ts < :last
ORDER BY e.ts, e.id"""
# index event_name_ts_person alone
COUNT: Final = """
SELECT count(*) FROM json_each(:names) k CROSS JOIN event_name n ON n.name = k.value
CROSS JOIN event e ON e.name_id = n.id AND e.ts >= :first AND e.ts < :last"""
# index person_created
PEOPLE: Final = """
SELECT {columns} FROM person p
WHERE p.created_at >= :first AND p.created_at < :last AND p.merged_into IS NULL
  AND p.erased_at IS NULL"""
# index event_name_ts_person, name by name; what lies before is only counted and asked about
BEFORE: Final = """
SELECT e.id, e.person_id, n.name, e.ts, e.received_at, e.props
FROM json_each(:names) k CROSS JOIN event_name n ON n.name = k.value
CROSS JOIN event e ON e.name_id = n.id AND e.ts < :last"""
LISTED: Final = """
SELECT s.key, l.person_id, l.at FROM listed l JOIN segment s ON s.id = l.segment_id"""
_CONSENTS: Final = {
    "consent": "person_id, channel, topic, state, at, source, firm",
    "optout": "channel, address, topic, at, source, state",
    "suppression": "channel, address_hash, address, reason, at",
}
_OF_PERSON: Final = (
    "id", "created_at", "first_seen", "last_seen", "user_id", "email", "phone", "name", "timezone",
    "country", "language", "sessions", "session_start", "page", "props",
)  # fmt: skip


Refusal = tuple[int, str, Row]
"""(when, table, row)"""


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another, the last excluded."""

    first: int
    last: int


def events(tx: Tx, names: Iterable[str], span: Span) -> list[Fresh]:
    """What happened in a stretch, by these names, in order."""
    values = {"names": to_json(sorted(names)), "first": span.first, "last": span.last}
    return [
        Fresh(person, name, ts, received_at, None, from_json(props))
        for person, name, ts, received_at, props, _ in tx.execute(EVENTS, values)
    ]


def count(tx: Tx, names: Iterable[str], span: Span) -> int:
    """How many events by these names happened in a stretch."""
    values = {"names": to_json(sorted(names)), "first": span.first, "last": span.last}
    return int(tx.execute(COUNT, values).fetchone()[0])


def copy_people(source: Tx, target: Tx, span: Span) -> list[tuple[int, int]]:
    """Take those who came in a stretch along; (when they came, their id). Inside `write`."""
    columns = ", ".join(_OF_PERSON)
    sql = PEOPLE.format(columns=", ".join(f"p.{name}" for name in _OF_PERSON))
    marks = ", ".join("?" * len(_OF_PERSON))
    came: list[tuple[int, int]] = []
    for rows in _chunks(source, sql, {"first": span.first, "last": span.last}):
        target.executemany(f"INSERT INTO person ({columns}) VALUES ({marks})", rows)
        came += ((row[1], row[0]) for row in rows)
    return came


def copy_before(source: Tx, target: Tx, names: Iterable[str], before: int) -> int:
    """Take along what happened before an instant, of people who are there; inside `write`."""
    copied, ids = 0, dict[str, int]()
    values = {"names": to_json(sorted(names)), "last": before}
    for rows in _chunks(source, BEFORE, values):
        for name in {row[2] for row in rows} - ids.keys():
            target.execute(
                "INSERT INTO event_name (name) VALUES (?) ON CONFLICT DO NOTHING", (name,)
            )
            found = target.execute("SELECT id FROM event_name WHERE name = ?", (name,)).fetchone()
            ids[name] = found[0]
        target.executemany(
            "INSERT INTO event (id, person_id, name_id, ts, received_at, props)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(row[0], row[1], ids[row[2]], *row[3:]) for row in rows],
        )
        copied += len(rows)
    target.execute(
        "INSERT INTO event_stat (person_id, name_id, count, first_ts, last_ts)"
        " SELECT person_id, name_id, count(*), min(ts), max(ts) FROM event GROUP BY 1, 2"
    )
    return copied


def copy_lists(source: Tx, target: Tx) -> None:
    """Take along who is on the lists of static segments; inside `write`."""
    for rows in _chunks(source, LISTED, {}):
        target.executemany(
            "INSERT INTO listed (segment_id, person_id, at)"
            " SELECT s.id, ?2, ?3 FROM segment s WHERE s.key = ?1",
            rows,
        )


def refusals(source: Tx, span: Span) -> list[Refusal]:
    """Who said no in a stretch, in order."""
    found = [
        (row[columns.split(", ").index("at")], table, row)
        for table, columns in _CONSENTS.items()
        for row in source.execute(
            f"SELECT {columns} FROM {table} WHERE at >= ? AND at < ?", (span.first, span.last)
        )
    ]
    return sorted(found, key=lambda each: each[0])


def refuse(target: Tx, table: str, row: Row) -> None:
    """Write down a no; inside `write`."""
    columns = _CONSENTS[table]
    marks = ", ".join("?" * len(row))
    target.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING", row)


def copy_salt(source: Tx, target: Tx, key: str) -> None:
    """Take along what addresses are hashed with; inside `write`."""
    found = source.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
    if found is not None:
        target.execute("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)", (key, found[0]))


# --- what came of it ----------------------------------------------------------------------------

# index run_chain_state, outcomes from the rows
_ENDS: Final = """
SELECT CASE WHEN state = 'active' THEN 'under way' ELSE coalesce(outcome, '') END, count(*)
FROM run GROUP BY 1 ORDER BY 2 DESC, 1"""
_STEPS: Final = """
SELECT step, template, state, coalesce(reason, ''), count(*) FROM message
GROUP BY step, template, state, reason ORDER BY min(id)"""
_VERDICTS: Final = """
SELECT m.step, d.verdict, d.reason, count(*) FROM decision d JOIN message m ON m.id = d.message_id
GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC"""
_SAMPLE: Final = """
SELECT coalesce(m.sending_at, m.done_at, m.due_at), m.person_id,
  coalesce(p.email, p.user_id, p.name, ''), m.step, m.template, m.state, coalesce(m.reason, '')
FROM message m JOIN person p ON p.id = m.person_id ORDER BY m.id LIMIT ?"""
_SENT: Final = """
SELECT m.person_id, m.template, m.sending_at FROM message m
WHERE m.state IN ('sent', 'delivered') ORDER BY m.person_id, m.template, m.sending_at"""


@dataclass(frozen=True, slots=True)
class Came:
    """Messages of one step that came to the same."""

    step: str
    template: str
    state: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """How often the gate said the same of a step's messages."""

    step: str
    verdict: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """One message: when it left, was refused or is due."""

    at: int
    person_id: int
    person: str
    step: str
    template: str
    state: str
    reason: str


def ends(tx: Tx) -> dict[str, int]:
    """How runs ended, the most frequent first; those that go on as `under way`."""
    return dict(tx.execute(_ENDS).fetchall())


def came(tx: Tx) -> list[Came]:
    """What messages came to, step by step."""
    return [Came(*row) for row in tx.execute(_STEPS)]


def verdicts(tx: Tx) -> list[Verdict]:
    """What the gate said, step by step."""
    return [Verdict(*row) for row in tx.execute(_VERDICTS)]


def sample(tx: Tx, limit: int) -> list[Sampled]:
    """The first messages."""
    return [Sampled(*row) for row in tx.execute(_SAMPLE, (limit,))]


def sent(tx: Tx) -> Iterator[tuple[int, str, int]]:
    """(person, template, when) of every message that left, in this order."""
    yield from tx.execute(_SENT)


def _chunks(tx: Tx, sql: str, values: dict[str, Any]) -> Iterator[Sequence[Row]]:
    cursor = tx.execute(sql, values)
    while rows := cursor.fetchmany(CHUNK):
        yield rows
