"""Segments and who is in them; their sizes are kept as people come and go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.core.segments import STATIC
from mautod.core.segments import Segment as Written
from mautod.store.db import Row, Tx, from_json, to_json
from mautod.store.rules.predicate import ALIVE, Predicate, ask, ask_in_parts

_COLUMNS: Final = (
    "id, key, name, rule, kind, people, exclude, rules, stage, made_at, size, rebuilt_at, error"
)

_LIST: Final = f"SELECT {_COLUMNS} FROM segment WHERE active = 1 ORDER BY key"
# index of UNIQUE (key)
_FIND: Final = f"SELECT {_COLUMNS} FROM segment WHERE key = ? AND active = 1"
_UPSERT: Final = f"""
INSERT INTO segment (key, name, rule, kind, people, exclude, rules, stage, made_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET name = excluded.name, rule = excluded.rule, kind = excluded.kind,
  people = excluded.people, exclude = excluded.exclude, rules = excluded.rules,
  stage = excluded.stage, made_at = excluded.made_at, active = 1
RETURNING {_COLUMNS}"""
_DEACTIVATE: Final = "UPDATE segment SET active = 0, size = 0, error = NULL WHERE id = ?"
_RESIZE: Final = "UPDATE segment SET size = size + ? WHERE id = ?"
_FAIL: Final = "UPDATE segment SET error = ? WHERE id = ? AND error IS NULL"

# primary keys of member and listed
_EMPTY: Final = "DELETE FROM member WHERE segment_id = :segment RETURNING person_id, since"
_UNLIST_ALL: Final = "DELETE FROM listed WHERE segment_id = ?"
# primary key of person, then of listed; the merged and the erased are on no list
_ENLIST: Final = """
INSERT INTO listed (segment_id, person_id, at)
SELECT :segment, p.id, :at FROM json_each(:ids) d CROSS JOIN person p
WHERE p.id = CAST(d.value AS BIGINT) AND p.merged_into IS NULL AND p.erased_at IS NULL
ON CONFLICT (segment_id, person_id) DO NOTHING RETURNING person_id"""
_UNLIST: Final = """
DELETE FROM listed WHERE segment_id = :segment
AND person_id IN (SELECT CAST(d.value AS BIGINT) FROM json_each(:ids) d) RETURNING person_id"""
_MEMBERS: Final = """
SELECT person_id, since FROM member WHERE segment_id = ? AND person_id > ?
ORDER BY person_id LIMIT ?"""
# every segment, by the primary key of member: an index by person would cost a page a move
_KEYS: Final = """
SELECT s.key, m.since FROM segment s CROSS JOIN member m ON m.segment_id = s.id
WHERE m.person_id = ? ORDER BY s.key"""
_JOIN: Final = """
INSERT INTO member (segment_id, person_id, since) VALUES (?, ?, ?)
ON CONFLICT (segment_id, person_id) DO NOTHING"""
_LEAVE: Final = """
DELETE FROM member WHERE segment_id = :segment
AND person_id IN (SELECT CAST(d.value AS BIGINT) FROM json_each(:ids) d)"""
# json_each leads, then the primary key of member; a clock that stepped back makes nobody leave
# before they came
_STAYED: Final = """
INSERT INTO stay (person_id, segment_id, entered_at, left_at)
SELECT m.person_id, m.segment_id, m.since, CASE WHEN m.since > :now THEN m.since ELSE :now END
FROM json_each(:ids) d CROSS JOIN member m
WHERE m.segment_id = :segment AND m.person_id = CAST(d.value AS BIGINT)
ON CONFLICT (person_id, segment_id, entered_at) DO UPDATE
SET left_at = excluded.left_at WHERE excluded.left_at > stay.left_at"""

# By index: json_each leads, then the primary keys of person and member.
CHANGES: Final = """
SELECT p.id, m.person_id IS NULL, {alive}
FROM json_each(:ids) d CROSS JOIN person p
LEFT JOIN member m ON m.segment_id = :segment AND m.person_id = p.id
WHERE p.id = CAST(d.value AS BIGINT) AND ({sql} <> (m.person_id IS NOT NULL))"""

# Everybody once, as store/rules/crowd.py has it; then the primary keys of both.
_GATHER: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS rebuilt (person_id INTEGER PRIMARY KEY)"""
_FORGET: Final = "DELETE FROM rebuilt"
_FIND_ALL: Final = "INSERT INTO rebuilt (person_id) SELECT p.id FROM person p WHERE {sql}"
_EXPEL: Final = """
DELETE FROM member WHERE segment_id = :segment
AND NOT EXISTS (SELECT 1 FROM rebuilt f WHERE f.person_id = member.person_id)
RETURNING person_id, since"""
_PAST: Final = """
INSERT INTO stay (person_id, segment_id, entered_at, left_at)
SELECT p.id, :segment, k.since, CASE WHEN k.since > :now THEN k.since ELSE :now END
FROM (SELECT CAST(json_extract(j.value, '$[0]') AS BIGINT) AS id,
             CAST(json_extract(j.value, '$[1]') AS BIGINT) AS since FROM json_each(:members) j) k
CROSS JOIN person p WHERE p.id = k.id AND p.merged_into IS NULL AND p.erased_at IS NULL
ON CONFLICT (person_id, segment_id, entered_at) DO UPDATE
SET left_at = excluded.left_at WHERE excluded.left_at > stay.left_at"""
_ADMIT: Final = """
INSERT INTO member (segment_id, person_id, since)
SELECT :segment, f.person_id, :now FROM rebuilt f WHERE TRUE
ON CONFLICT (segment_id, person_id) DO NOTHING"""
_REBUILT: Final = """
UPDATE segment SET rebuilt_at = :now, error = NULL,
  size = (SELECT count(*) FROM member WHERE segment_id = :segment)
WHERE id = :segment RETURNING size"""


@dataclass(frozen=True, slots=True)
class Segment:
    """One active segment; `error` says why its rule could not be asked, until it is rebuilt.

    `made_at`: when it was made at the desk; None if a file has it.
    """

    id: int
    written: Written
    made_at: int | None
    size: int
    rebuilt_at: int | None
    error: str | None

    @property
    def key(self) -> str:
        return self.written.key

    @property
    def is_static(self) -> bool:
        return self.written.kind == STATIC


@dataclass(frozen=True, slots=True)
class Change:
    """Who entered and who left; `gone` are the merged and erased, who leave without a word."""

    entered: list[int]
    left: list[int]
    gone: list[int]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did."""

    entered: int
    left: int
    size: int


def list_segments(tx: Tx) -> list[Segment]:
    """The active segments by key."""
    return [_segment(row) for row in tx.execute(_LIST)]


def find(tx: Tx, key: str) -> Segment | None:
    """The active segment called `key`."""
    row = tx.execute(_FIND, (key,)).fetchone()
    return None if row is None else _segment(row)


def made(tx: Tx) -> list[str]:
    """The keys of the segments that were made at the desk; no file has them."""
    return [found.key for found in list_segments(tx) if found.made_at is not None]


def put(tx: Tx, written: Written, made_at: int | None = None) -> Segment:
    """Define a segment, new or anew; its members stay as they are until it is rebuilt.

    Inside `write`.
    """
    lists = to_json(written.people), to_json(written.exclude), to_json(dict(written.rules))
    row: Row = tx.execute(
        _UPSERT,
        (written.key, written.name, written.rule, written.kind, *lists, written.stage, made_at),
    ).fetchone()
    return _segment(row)


def upsert(tx: Tx, key: str, name: str, rule_text: str) -> Segment:
    """Define a living segment, as `put` does."""
    return put(tx, Written(key, name, rule_text))


def _segment(row: Row) -> Segment:
    number, key, name, rule, kind, people, exclude, rules, stage, *rest = row
    lists = tuple(from_json(people)), tuple(from_json(exclude)), tuple(from_json(rules).items())
    return Segment(number, Written(key, name, rule, kind, *lists, stage), *rest)


def enlist(tx: Tx, segment_id: int, people: Iterable[int], at: int) -> list[int]:
    """Put people on the list of a static segment; those who were not on it. Inside `write`."""
    values = {"segment": segment_id, "ids": to_json(sorted(people)), "at": at}
    return [row[0] for row in tx.execute(_ENLIST, values)]


def unlist(tx: Tx, segment_id: int, people: Iterable[int]) -> list[int]:
    """Take people off the list of a static segment; those who were on it. Inside `write`."""
    values = {"segment": segment_id, "ids": to_json(sorted(people))}
    return [row[0] for row in tx.execute(_UNLIST, values)]


def deactivate(tx: Tx, key: str, now: int) -> None:
    """Take a segment away, with its members and its list; their stays are known. In `write`."""
    found = find(tx, key)
    if found is not None:
        for some in ask_in_parts(tx, _EMPTY, {"segment": found.id}):
            _remember(tx, found.id, some, now)
        tx.execute(_UNLIST_ALL, (found.id,))
        tx.execute(_DEACTIVATE, (found.id,))


def members(tx: Tx, key: str, after: int, limit: int) -> list[tuple[int, int]]:
    """A page of (person id, since), by person id beyond `after`."""
    found = find(tx, key)
    return [] if found is None else tx.execute(_MEMBERS, (found.id, after, limit)).fetchall()


def keys_of(tx: Tx, person_id: int) -> list[tuple[str, int]]:
    """The segments that a person is in, as (key, since)."""
    return tx.execute(_KEYS, (person_id,)).fetchall()


def changes(tx: Tx, segment_id: int, predicate: Predicate, ids: Sequence[int], now: int) -> Change:
    """Which of `ids` stand elsewhere than the predicate says at `now`.

    Raises:
        RuleFailed: some person's data made the statement fail.
    """
    values = predicate.bind(now, segment=segment_id, ids=to_json(ids))
    found = ask(tx, CHANGES.format(sql=predicate.sql, alive=ALIVE), values)
    return Change(
        entered=[person for person, enters, _ in found if enters],
        left=[person for person, enters, alive in found if not enters and alive],
        gone=[person for person, enters, alive in found if not enters and not alive],
    )


def move(tx: Tx, segment_id: int, change: Change, now: int) -> None:
    """Write a change of members down; inside `write`."""
    tx.executemany(_JOIN, [(segment_id, person, now) for person in change.entered])
    leaving = [*change.left, *change.gone]
    if leaving:
        values = {"segment": segment_id, "ids": to_json(leaving), "now": now}
        tx.execute(_STAYED, values | {"ids": to_json(change.left)})
        tx.execute(_LEAVE, values)
    difference = len(change.entered) - len(leaving)
    if difference:
        tx.execute(_RESIZE, (difference, segment_id))


def rebuild(tx: Tx, segment_id: int, predicate: Predicate, now: int) -> Rebuilt:
    """Ask about everybody; inside `write`.

    Raises:
        RuleFailed: some person's data made a statement fail; roll the transaction back.
    """
    values = {"segment": segment_id, "now": now}
    tx.execute(_GATHER)
    tx.execute(_FORGET)
    ask(tx, _FIND_ALL.format(sql=predicate.sql), predicate.bind(now))
    left = 0
    for some in ask_in_parts(tx, _EXPEL, values):
        left += len(some)
        _remember(tx, segment_id, some, now)
    entered = tx.execute(_ADMIT, values).rowcount
    size: int = tx.execute(_REBUILT, values).fetchone()[0]
    tx.execute(_FORGET)
    return Rebuilt(entered, left, size)


def _remember(tx: Tx, segment_id: int, left: Sequence[Row], now: int) -> None:
    """Write down the stays of those who left, as (person id, since)."""
    tx.execute(_PAST, {"segment": segment_id, "members": to_json(left), "now": now})


def fail(tx: Tx, segment_id: int, reason: str) -> bool:
    """Note why a segment's rule cannot be asked; whether that is news. Inside `write`."""
    return tx.execute(_FAIL, (reason, segment_id)).rowcount > 0


# index event_name_ts_person
EVENT_FRONTIER: Final = """
SELECT DISTINCT e.person_id FROM event e
WHERE e.name_id = (SELECT id FROM event_name WHERE name = :name)
AND e.ts >= :first AND e.ts <= :last"""
# indexes stay_left, and stay_entered with member_since
LEFT_FRONTIER: Final = """
SELECT st.person_id FROM stay st
WHERE st.segment_id = (SELECT id FROM segment WHERE key = :name)
AND st.left_at >= :first AND st.left_at <= :last"""
ENTERED_FRONTIER: Final = """
SELECT st.person_id FROM stay st
WHERE st.segment_id = (SELECT id FROM segment WHERE key = :name)
AND st.entered_at >= :first AND st.entered_at <= :last
UNION ALL SELECT ms.person_id FROM member ms
WHERE ms.segment_id = (SELECT id FROM segment WHERE key = :name)
AND ms.since >= :first AND ms.since <= :last"""
# primary key of person_date
DATE_FRONTIER: Final = """
SELECT d.person_id FROM person_date d
WHERE d.prop = :name AND d.at >= :first AND d.at <= :last"""
# indexes person_created, person_first_seen, person_last_seen
COLUMN_FRONTIERS: Final = {
    name: f"SELECT p.id FROM person p WHERE p.{name} >= :first AND p.{name} <= :last"
    for name in ("created_at", "first_seen", "last_seen")
}


# the same indexes, from both ends
DATE_REACH: Final = """
SELECT (SELECT min(d.at) FROM person_date d WHERE d.prop = :name),
       (SELECT max(d.at) FROM person_date d WHERE d.prop = :name)"""
COLUMN_REACHES: Final = {
    name: f"SELECT (SELECT min(p.{name}) FROM person p), (SELECT max(p.{name}) FROM person p)"
    for name in COLUMN_FRONTIERS
}


def reach(tx: Tx, statement: str, name: str) -> tuple[int, int] | None:
    """The first and the last instant that anybody's date has."""
    first, last = tx.execute(statement, {"name": name}).fetchone()
    return None if first is None else (first, last)


def turned(tx: Tx, statement: str, name: str, first: int, last: int) -> Iterable[int]:
    """The people on a frontier between two instants, both included."""
    return [row[0] for row in tx.execute(statement, {"name": name, "first": first, "last": last})]
