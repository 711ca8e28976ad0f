"""Erasing a person from the truth, and the record of it, which holds no data once it is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.people.redact import Traces
from mautod.core.sending.consent import ALL
from mautod.store import events
from mautod.store.db import Tx, from_json, to_json
from mautod.store.delivery import consent
from mautod.store.people import words
from mautod.store.people.belongings import BLANKED, COUNTED, FOLLOWING, KEYED, LISTED
from mautod.wire import Erasure

ERASED: Final = "erased"
_COLUMNS: Final = "id, person_id, at, stage, events, messages, requests, letters, done_at"

# primary keys and index merge_winner
FAMILY: Final = """
WITH RECURSIVE family (id) AS (
  SELECT :person UNION SELECT m.loser_id FROM family f
  JOIN merge m ON m.winner_id = f.id WHERE m.undone_at IS NULL)
SELECT id FROM family"""
_OF: Final = "person_id IN (SELECT value FROM json_each(:ids))"
_RECORD: Final = f"""
INSERT INTO erasure (person_id, at, stage, events, messages) VALUES (?, ?, 'asked', ?, ?)
RETURNING {_COLUMNS}"""
# index erasure_open
_NEXT: Final = """
SELECT id, person_id, stage, keys, cursor, upto FROM erasure
WHERE done_at IS NULL ORDER BY id LIMIT 1"""
_PENDING: Final = "SELECT 1 FROM erasure WHERE done_at IS NULL LIMIT 1"
# primary key of erasure
_LIST: Final = f"SELECT {_COLUMNS} FROM erasure WHERE id < ? ORDER BY id DESC LIMIT ?"
# primary key of event_stat, index message_person, chain by chain, primary key of identity
_WEIGH: Final = """
SELECT (SELECT coalesce(sum(count), 0) FROM event_stat WHERE {of}),
       (SELECT count(*) FROM message WHERE {of})"""
# index message_person
_SENDING: Final = f"""
SELECT 1 FROM message WHERE {_OF} AND coalesce(state, '') = 'sending' AND lease_until > :now"""
_MESSAGES: Final = f"SELECT id FROM message WHERE {_OF}"
# index mail_person
_LETTERS: Final = f"SELECT request_id FROM mail WHERE {_OF}"
_ADDRESSES: Final = f"""
SELECT email, phone FROM person WHERE id IN (SELECT value FROM json_each(:ids))
UNION SELECT address, NULL FROM message WHERE {_OF}"""
_IDENTITIES: Final = f"SELECT kind, value FROM identity WHERE {_OF}"
_USERS: Final = "SELECT user_id FROM person WHERE id IN (SELECT value FROM json_each(:ids))"
# index event_person_name_ts; addresses that the person had before
_FORMER: Final = f"""
SELECT props FROM event WHERE {_OF}
AND name_id IN (SELECT id FROM event_name WHERE name IN ('Email Changed', 'Phone Changed'))"""

_BLANK: Final = f"""
UPDATE person SET created_at = :now, first_seen = NULL, last_seen = NULL, user_id = NULL,
  email = NULL, phone = NULL, name = NULL, timezone = NULL, country = NULL, language = NULL,
  sessions = 0, session_start = NULL, page = NULL, props = '{{}}', erased_at = :now
  WHERE id IN (SELECT value FROM json_each(:ids));
UPDATE event_name SET count = count - (
    SELECT coalesce(sum(s.count), 0) FROM event_stat s
    WHERE s.person_id IN (SELECT value FROM json_each(:ids)) AND s.name_id = event_name.id);
UPDATE segment SET size = size - (
    SELECT count(*) FROM member m WHERE m.segment_id = segment.id
    AND m.person_id IN (SELECT value FROM json_each(:ids)));
DELETE FROM decision WHERE message_id IN (SELECT id FROM message WHERE {_OF});
DELETE FROM receipt WHERE message_id IN (SELECT id FROM message WHERE {_OF});
UPDATE message SET reason = CASE WHEN state = 'queued' THEN '{ERASED}' ELSE reason END,
  done_at = CASE WHEN state = 'queued' THEN :now ELSE done_at END,
  state = CASE WHEN state = 'queued' THEN 'refused' ELSE state END,
  detail = NULL, address = NULL, ref = NULL, lease_by = NULL, lease_until = NULL WHERE {_OF};
UPDATE run SET outcome = CASE WHEN state = 'active' THEN '{ERASED}' ELSE outcome END,
  ended_at = CASE WHEN state = 'active' THEN :now ELSE ended_at END, state = 'done',
  key = '{ERASED}-' || id, entry_event = NULL, wake_at = NULL, awaiting = NULL, vars = '{{}}',
  kept = '{{}}', error = NULL WHERE chain_id IN (SELECT id FROM chain) AND {_OF};
UPDATE conversion SET event_id = -event_id, refunds = -refunds WHERE event_id > 0 AND {_OF};
DELETE FROM inbox WHERE body ->> 'personId' IN (SELECT value FROM json_each(:ids));
DELETE FROM part WHERE conversation_id IN (SELECT id FROM conversation WHERE {_OF});
DELETE FROM mail_file WHERE mail_id IN (SELECT id FROM mail WHERE {_OF});
DELETE FROM merge_event WHERE merge_id IN (
  SELECT id FROM merge WHERE winner_id IN (SELECT value FROM json_each(:ids)));
DELETE FROM merge_row WHERE merge_id IN (
  SELECT id FROM merge WHERE winner_id IN (SELECT value FROM json_each(:ids)));
DELETE FROM merge WHERE undone_at IS NULL
  AND winner_id IN (SELECT value FROM json_each(:ids))"""
"""Numbers of campaigns stay: messages, runs and conversions lose what is personal, not their rows.

Their `person_id` leads to an empty row; the money of a conversion, its chain and its message stay.
"""
# one pass over each, and they are small: what was set aside, and what operators searched for
_BY_TEXT: Final = """
DELETE FROM rejected WHERE EXISTS (SELECT 1 FROM json_each(:texts) t
  WHERE instr(fold(rejected.body), t.value) > 0 OR instr(fold(rejected.reason), t.value) > 0);
DELETE FROM search WHERE EXISTS (SELECT 1 FROM json_each(:texts) t
  WHERE instr(fold(search.query), t.value) > 0 OR instr(fold(search.name), t.value) > 0);
UPDATE bulk SET query = '' WHERE EXISTS (SELECT 1 FROM json_each(:texts) t
  WHERE instr(fold(bulk.query), t.value) > 0);
UPDATE broadcast SET query = '' WHERE EXISTS (SELECT 1 FROM json_each(:texts) t
  WHERE instr(fold(broadcast.query), t.value) > 0)"""
# index mail_sender: mail that says it is from one of their addresses, whoever it is filed under
_FROM_THEM: Final = """
DELETE FROM mail_file WHERE mail_id IN (
  SELECT id FROM mail WHERE sender IN (SELECT value FROM json_each(:addresses)) AND sender <> '');
DELETE FROM mail WHERE sender IN (SELECT value FROM json_each(:addresses)) AND sender <> ''"""
_NAMED: Final = """
SELECT kind || ' ' || key FROM definition WHERE active = 1 AND EXISTS (
  SELECT 1 FROM json_each(?) t WHERE instr(fold(body), t.value) > 0) ORDER BY kind, key"""


@dataclass(frozen=True, slots=True)
class Open:
    """An erasure under way: how far it has come, and while it needs them, whom it seeks."""

    id: int
    person_id: int
    stage: str
    keys: str
    cursor: int
    upto: int


def family(tx: Tx, person_id: int) -> list[int]:
    """The person and everybody whom they absorbed."""
    return [row[0] for row in tx.execute(FAMILY, {"person": person_id})]


def weigh(tx: Tx, ids: Collection[int]) -> tuple[int, int]:
    """How many events and messages these people have."""
    found: tuple[int, int] = tx.execute(
        _WEIGH.format(of=_OF), {"ids": to_json(list(ids))}
    ).fetchone()
    return found


def ask(tx: Tx, person_id: int, weight: tuple[int, int], now: int) -> Erasure:
    """Record that a person is to be erased: from now on the gate refuses, and no search finds them.

    Inside `write`.
    """
    tx.execute("UPDATE person SET erased_at = ? WHERE id = ?", (now, person_id))
    words.forget(tx, [person_id])
    return Erasure(*tx.execute(_RECORD, (person_id, now, *weight)).fetchone())


def find_open(tx: Tx) -> Open | None:
    """The oldest erasure that is not done."""
    row = tx.execute(_NEXT).fetchone()
    return Open(*row) if row else None


def pending(tx: Tx) -> bool:
    return tx.execute(_PENDING).fetchone() is not None


def erasures(tx: Tx, before: int, limit: int) -> list[Erasure]:
    """The record, the latest first, from below the id `before`."""
    return [Erasure(*row) for row in tx.execute(_LIST, (before, limit))]


def unfinished(tx: Tx) -> list[Erasure]:
    """Those that are under way, or were left in the middle."""
    # index erasure_open
    sql = f"SELECT {_COLUMNS} FROM erasure WHERE done_at IS NULL ORDER BY id"
    return [Erasure(*row) for row in tx.execute(sql)]


def advance(tx: Tx, erasure_id: int, **columns: Any) -> None:
    """Note how far an erasure has come; inside `write`."""
    parts = ", ".join(f"{name} = :{name}" for name in columns)
    tx.execute(f"UPDATE erasure SET {parts} WHERE id = :id", {**columns, "id": erasure_id})


def add(tx: Tx, erasure_id: int, column: str, count: int) -> None:
    """Count what was rewritten or deleted outside; inside `write`."""
    tx.execute(f"UPDATE erasure SET {column} = {column} + ? WHERE id = ?", (count, erasure_id))


def is_being_sent(tx: Tx, ids: Collection[int], now: int) -> bool:
    """Whether a letter to one of these people is in a connection right now."""
    values = {"ids": to_json(list(ids)), "now": now}
    return tx.execute(_SENDING, values).fetchone() is not None


def traces(tx: Tx, ids: Collection[int]) -> Traces:
    """By what these people are known, now and before."""
    values = {"ids": to_json(list(ids))}
    keys = tx.execute(_IDENTITIES, values).fetchall()
    users = {value for kind, value in keys if kind == "user"}
    users |= {user for (user,) in tx.execute(_USERS, values) if user}
    former = [from_json(props) for (props,) in tx.execute(_FORMER, values)]
    told = [change.get(end) for change in former for end in ("old", "new")]
    told += [each for row in tx.execute(_ADDRESSES, values) for each in row]
    told += [value for kind, value in keys if kind not in {"user", "anonymous"}]
    return Traces(
        frozenset(users),
        frozenset(value for kind, value in keys if kind == "anonymous"),
        frozenset(each.strip().lower() for each in told if isinstance(each, str) and each.strip()),
        frozenset(row[0] for row in tx.execute(_MESSAGES, values)),
        frozenset(row[0] for row in tx.execute(_LETTERS, values)),
    )


def named_in(tx: Tx, texts: Iterable[str]) -> list[str]:
    """Definitions in force that name one of `texts`: those an operator must change."""
    return [row[0] for row in tx.execute(_NAMED, (_low(texts),))]


def erase(tx: Tx, ids: Collection[int], found: Traces, now: int) -> None:
    """Take these people out of every table; inside `write`.

    Their present addresses stay as salted hashes, so that nothing is sent there again.
    """
    values = {"ids": to_json(list(ids)), "now": now}
    _suppress(tx, values, found, now)
    for statement in _BLANK.split(";"):
        tx.execute(statement, values)
    for statement in _FROM_THEM.split(";"):
        tx.execute(statement, {"addresses": _low(found.addresses)})
    gone = [each.table for each in (*LISTED, *KEYED) if each.table not in BLANKED]
    for table in (*gone, *COUNTED, *FOLLOWING):
        among = next((f"{e.among} AND " for e in KEYED if e.table == table and e.among), "")
        tx.execute(f"DELETE FROM {table} WHERE {among}{_OF}", values)
    for statement in _BY_TEXT.split(";"):
        tx.execute(statement, {"texts": _low(found.texts())})
    events.add_counter(tx, "people", -1)


def _suppress(tx: Tx, values: dict[str, Any], found: Traces, now: int) -> None:
    sql = "SELECT email, phone FROM person WHERE id IN (SELECT value FROM json_each(:ids))"
    present = {each for row in tx.execute(sql, values) for each in row if each}
    refusing = {each for each in found.addresses if consent.has_optout(tx, each)}
    for address in present | refusing:
        consent.suppress(tx, ALL, address, ERASED, now)
    for address in found.addresses:
        consent.forget_address(tx, address)


def _low(texts: Iterable[str]) -> str:
    return to_json([text.lower() for text in texts])
