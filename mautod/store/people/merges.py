"""Merges: two people's rows become one person's, and can be told apart again.

What moves is in `belongings`. Rows with ids are listed in `merge_row` (events in `merge_event`);
of rows with keys the snapshot holds the loser's, the winner's of the same keys, and what they
became: what is still as it became goes back to what it was, what changed since stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.people.identity import Merge
from mautod.store.db import Row, Tx, from_json, to_json
from mautod.store.people.belongings import EVENT, KEYED, LISTED, RUN, Keyed
from mautod.store.rows import marks

MEMBER: Final = "member"
RUN_STANDING: Final = (
    "key", "state", "step", "step_at", "wake_at", "awaiting", "vars", "goal_at", "ended_at",
    "outcome", "error",
)  # fmt: skip
"""What giving way may change of a run."""

_RECORD: Final = (
    "INSERT INTO merge (at, winner_id, loser_id, reason, snapshot) VALUES (?, ?, ?, ?, ?)"
)
_COLUMNS: Final = "id, at, winner_id, loser_id, reason, undone_at"
# indexes merge_winner and merge_loser
_OF: Final = f"""
SELECT {_COLUMNS} FROM merge WHERE winner_id = :person
UNION SELECT {_COLUMNS} FROM merge WHERE loser_id = :person ORDER BY id DESC"""
_FIND: Final = f"SELECT {_COLUMNS} FROM merge WHERE id = ?"
# indexes merge_winner and merge_loser
_LATER: Final = """
SELECT id FROM merge WHERE id > :id AND undone_at IS NULL AND winner_id = :winner
UNION SELECT id FROM merge WHERE id > :id AND undone_at IS NULL AND loser_id = :winner
ORDER BY id DESC"""
# index merge_loser
_LAST: Final = """
SELECT max(id) FROM merge WHERE loser_id = ? AND winner_id = ? AND undone_at IS NULL"""
# index merge_undone
_PARTED: Final = "SELECT winner_id, loser_id FROM merge WHERE undone_at IS NOT NULL"

# Each by the index that begins with person_id, or chain by chain.
_LIST_EVENTS: Final = "INSERT INTO merge_event SELECT ?, id FROM event WHERE person_id = ?"
_LIST: Final = "INSERT INTO merge_row SELECT ?, ?, id, NULL FROM {table} WHERE {of}"
_MOVE: Final = "UPDATE {table} SET person_id = ? WHERE {of}"
# primary keys of merge_event and merge_row, then of the table
_EVENTS_BACK: Final = """
UPDATE event SET person_id = :loser WHERE person_id = :winner
AND id IN (SELECT event_id FROM merge_event WHERE merge_id = :id)"""
_BACK: Final = """
UPDATE {table} SET person_id = :loser WHERE person_id = :winner
AND id IN (SELECT row_id FROM merge_row WHERE merge_id = :id AND kind = :kind)"""
# primary key of event_stat
_ADD_COUNTS: Final = """
INSERT INTO event_stat (person_id, name_id, count, first_ts, last_ts)
  SELECT :winner, name_id, count, first_ts, last_ts FROM event_stat WHERE person_id = :loser
  ON CONFLICT (person_id, name_id) DO UPDATE SET count = event_stat.count + excluded.count,
    first_ts = min(event_stat.first_ts, excluded.first_ts),
    last_ts = max(event_stat.last_ts, excluded.last_ts)"""
_FORGET_COUNTS: Final = "DELETE FROM event_stat WHERE person_id = ?"
# index event_person_name_ts, which holds all that is asked
_COUNT_ANEW: Final = """
INSERT INTO event_stat (person_id, name_id, count, first_ts, last_ts)
SELECT person_id, name_id, count(*), min(ts), max(ts) FROM event WHERE person_id = ?
GROUP BY person_id, name_id"""
_RESIZE: Final = "UPDATE segment SET size = size + ? WHERE id = ?"
# primary key of run
_KEEP_RUNS: Final = f"""
SELECT id, {", ".join(RUN_STANDING)} FROM run WHERE id IN ({{marks}})"""
_KEEP: Final = """
INSERT INTO merge_row (merge_id, kind, row_id, was) VALUES (?, 'standing', ?, ?)"""
_KEPT: Final = """
SELECT row_id, was FROM merge_row WHERE merge_id = ? AND kind = 'standing'"""
# index of UNIQUE (chain_id, person_id, key); a key that was taken since is not taken back
_STAND: Final = f"""
UPDATE run SET {", ".join(f"{name} = :{name}" for name in RUN_STANDING[1:])},
  key = CASE WHEN EXISTS (
    SELECT 1 FROM run o WHERE o.chain_id = run.chain_id AND o.person_id = run.person_id
    AND o.key = :key AND o.id <> run.id) THEN key ELSE :key END
WHERE id = :id"""
# primary key of consent
_NOS: Final = """
SELECT channel, topic, state, at, source, firm FROM consent
WHERE person_id = ? AND state = 'unsubscribed'"""
_SAY_NO: Final = """
INSERT INTO consent (person_id, channel, topic, state, at, source, firm)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (person_id, channel, topic) DO UPDATE SET state = excluded.state,
    at = excluded.at, source = excluded.source, firm = excluded.firm
    WHERE consent.state <> 'unsubscribed' OR consent.at < excluded.at"""


@dataclass(frozen=True, slots=True)
class Merged:
    """One merge that was recorded; `undone_at` when it was undone, if it was."""

    id: int
    at: int
    winner_id: int
    loser_id: int
    reason: str
    undone_at: int | None


def merge(tx: Tx, merge: Merge, now: int) -> int:
    """Move what the loser has to the winner and record it, so that it can be undone; its number.

    The loser's row stays as a redirect; runs are moved by `Chains.moved`. Call inside `write`,
    after the winner's row exists.
    """
    winner, loser = merge.winner_id, merge.loser_id
    rows = {each.table: kept for each in KEYED if (kept := _join(tx, each, winner, loser))}
    nos = [[row[0], row[1], row[3]] for row in tx.execute(_NOS, (winner,))]
    snapshot = to_json({**merge.snapshot, "rows": rows, "nos": nos})
    number = tx.execute(_RECORD, (now, winner, loser, merge.reason, snapshot)).lastrowid
    if number is None:
        raise AssertionError("a merge has a number")
    tx.execute(_LIST_EVENTS, (number, loser))
    for each in LISTED:
        if each is not EVENT:
            of = each.of("?")
            tx.execute(_LIST.format(table=each.table, of=of), (number, each.table, loser))
        if each is not RUN:
            tx.execute(_MOVE.format(table=each.table, of=each.of("?")), (winner, loser))
    tx.execute(_ADD_COUNTS, {"winner": winner, "loser": loser})
    tx.execute(_FORGET_COUNTS, (loser,))
    tx.execute("DELETE FROM person_date WHERE person_id = ?", (loser,))
    return number


def keep_runs(tx: Tx, winner: int, loser: int, run_ids: Iterable[int]) -> None:
    """Note how runs stand that are about to give way; inside `write`, after `merge`."""
    (number,) = tx.execute(_LAST, (loser, winner)).fetchone()
    ids = list(run_ids)
    if number is None or not ids:
        return
    found = tx.execute(_KEEP_RUNS.format(marks=marks(ids)), ids).fetchall()
    kept = ((row[0], dict(zip(RUN_STANDING, row[1:], strict=True))) for row in found)
    tx.executemany(_KEEP, [(number, run_id, to_json(was)) for run_id, was in kept])


def undo(tx: Tx, merged: Merged, now: int) -> None:
    """Give the loser back what moved, and the winner how it stood; cards are the caller's.

    What came after the merge stays with the winner, but a no that was said since holds for both.
    Inside `write`; the later merges of the winner are undone before.
    """
    who = {"winner": merged.winner_id, "loser": merged.loser_id, "id": merged.id}
    kept = snapshot(tx, merged.id)
    rows, nos = kept["rows"], kept["nos"]
    said = [
        row
        for row in tx.execute(_NOS, (merged.winner_id,))
        if [row[0], row[1]] not in nos and [row[0], row[1], row[3]] not in nos
    ]
    for each in KEYED:
        _part(tx, each, who, _living(tx, each, rows.get(each.table, ())))
    tx.execute(_EVENTS_BACK, who)
    for listed in LISTED:
        if listed is not EVENT:
            tx.execute(_BACK.format(table=listed.table), {**who, "kind": listed.table})
    for run_id, was in tx.execute(_KEPT, (merged.id,)).fetchall():
        tx.execute(_STAND, {**from_json(was), "id": run_id})
    for person in (merged.winner_id, merged.loser_id):
        tx.execute(_FORGET_COUNTS, (person,))
        tx.execute(_COUNT_ANEW, (person,))
    tx.executemany(_SAY_NO, [(merged.loser_id, *row) for row in said])
    tx.execute("DELETE FROM merge_event WHERE merge_id = ?", (merged.id,))
    tx.execute("DELETE FROM merge_row WHERE merge_id = ?", (merged.id,))
    tx.execute("UPDATE merge SET undone_at = ?, snapshot = '{}' WHERE id = ?", (now, merged.id))


def snapshot(tx: Tx, merge_id: int) -> dict[str, Any]:
    """Both cards (`winner`, `loser`) as they were, the `rows` of keyed tables, and to what
    the winner said no by then (`nos`).
    """
    row = tx.execute("SELECT snapshot FROM merge WHERE id = ?", (merge_id,)).fetchone()
    found: dict[str, Any] = from_json(row[0])
    return found


def find(tx: Tx, merge_id: int) -> Merged | None:
    row = tx.execute(_FIND, (merge_id,)).fetchone()
    return Merged(*row) if row else None


def merges_of(tx: Tx, person_id: int) -> list[Merged]:
    """The merges that a person took part in on either side, the latest first."""
    return [Merged(*row) for row in tx.execute(_OF, {"person": person_id})]


def later(tx: Tx, merged: Merged) -> list[int]:
    """Merges of the winner after this one that stand, the latest first."""
    return [row[0] for row in tx.execute(_LATER, {"id": merged.id, "winner": merged.winner_id})]


def parted(tx: Tx) -> set[tuple[int, int]]:
    """Pairs whose merge was undone: operators' decisions, so few."""
    return set(tx.execute(_PARTED))


def _join(tx: Tx, each: Keyed, winner: int, loser: int) -> list[list[Any]]:
    """Give the loser's rows to the winner; [loser's, winner's before, winner's after] by key."""
    theirs = _rows(tx, each, loser)
    if not theirs:
        return []
    before = _rows(tx, each, winner) if each.joined else {}
    tx.execute(f"DELETE FROM {each.table} WHERE {each.of('?')}", (loser,))
    tx.executemany(_insert(each), [(winner, *row) for row in theirs.values()])
    after = _rows(tx, each, winner) if each.joined else theirs
    if each.table == MEMBER:
        _resize(tx, [(key[0], -1) for key in theirs.keys() & before.keys()])
    return [[theirs[key], before.get(key), after[key]] for key in theirs]


def _part(tx: Tx, each: Keyed, who: Mapping[str, int], kept: Iterable[list[Any]]) -> None:
    winner, loser = who["winner"], who["loser"]
    now = _rows(tx, each, winner)
    sizes: list[tuple[int, int]] = []
    for theirs, before, after in kept:
        key = tuple(theirs[: len(each.key)])
        unchanged = now.get(key) == tuple(after)
        if unchanged:
            _put(tx, each, winner, key, before)
        if unchanged or each.joined:
            _put(tx, each, loser, key, theirs)
        sizes.append((key[0], 0 if unchanged and before is None else 1))
    if each.table == MEMBER:
        _resize(tx, sizes)


def _living(tx: Tx, each: Keyed, kept: Iterable[list[Any]]) -> Iterable[list[Any]]:
    """What was kept, of segments and scores only where they are still there."""
    table = _DEFINED.get(each.key)
    if table is None:
        return kept
    active = {row[0] for row in tx.execute(f"SELECT id FROM {table} WHERE active = 1")}
    return [rows for rows in kept if rows[0][0] in active]


_DEFINED: Final[dict[tuple[str, ...], str]] = {("segment_id",): "segment", ("score_id",): "score"}


def _put(tx: Tx, each: Keyed, person: int, key: Row, row: Iterable[Any] | None) -> None:
    """Make the person's row at this key be `row`, or not be."""
    where = " AND ".join(f"{name} = ?" for name in each.key)
    tx.execute(f"DELETE FROM {each.table} WHERE person_id = ? AND {where}", (person, *key))
    if row is not None:
        tx.execute(_insert(each), (person, *row))


def _rows(tx: Tx, each: Keyed, person: int) -> dict[Row, Row]:
    sql = f"SELECT {', '.join(each.columns)} FROM {each.table} WHERE {each.of('?')}"
    return {row[: len(each.key)]: row for row in tx.execute(sql, (person,))}


def _insert(each: Keyed) -> str:
    values = ", ".join("?" * (1 + len(each.columns)))
    into = f"INSERT INTO {each.table} (person_id, {', '.join(each.columns)}) VALUES ({values})"
    if not each.joined:
        return into
    return f"{into} ON CONFLICT (person_id, {', '.join(each.key)}) DO UPDATE SET {each.joined}"


def _resize(tx: Tx, sizes: Iterable[tuple[int, int]]) -> None:
    """`sizes`: (segment id, by how much it grew)."""
    tx.executemany(_RESIZE, [(by, segment_id) for segment_id, by in sizes])
