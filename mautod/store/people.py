"""People and their identities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from mautod.core.identity import Key, Merge
from mautod.core.person import Card
from mautod.store.db import Tx, from_json, to_json

FIELDS: Final = (
    "id", "created_at", "first_seen", "last_seen", "user_id", "email", "phone", "name",
    "timezone", "country", "language", "sessions", "session_start", "page", "props",
    "merged_into", "erased_at",
)  # fmt: skip
PROPS: Final = FIELDS.index("props")
_COLUMNS: Final = ", ".join(FIELDS)

# primary key of identity
FIND_IDENTITIES: Final = (
    "SELECT i.kind, i.value, i.person_id FROM json_each(?) k CROSS JOIN identity i"
    " ON i.kind = k.value ->> 0 AND i.value = k.value ->> 1"
)
# primary key of person
LOAD: Final = (
    f"SELECT {', '.join('p.' + name for name in FIELDS)}"
    " FROM json_each(?) k CROSS JOIN person p ON p.id = k.value"
)
INSERT: Final = f"INSERT INTO person ({_COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))})"
UPDATE: Final = f"UPDATE person SET {', '.join(name + ' = ?' for name in FIELDS[1:])} WHERE id = ?"
ATTACH: Final = (
    "INSERT INTO identity (kind, value, person_id, created_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (kind, value) DO UPDATE SET person_id = excluded.person_id"
)


def find_identities(tx: Tx, keys: Iterable[Key]) -> dict[Key, int]:
    """Those of `keys` that belong to somebody, with the person's id."""
    rows = tx.execute(FIND_IDENTITIES, (to_json(list(keys)),))
    return {(kind, value): person_id for kind, value, person_id in rows}


def load(tx: Tx, ids: Iterable[int]) -> dict[int, Card]:
    """The cards of `ids`, and of whoever absorbed any of them."""
    found: dict[int, Card] = {}
    wanted = set(ids)
    while wanted:
        for row in tx.execute(LOAD, (to_json(sorted(wanted)),)):
            found[row[0]] = _card(row)
        redirects = {card.merged_into for card in found.values() if card.merged_into is not None}
        wanted = redirects - found.keys()
    return found


def _card(row: Sequence[Any]) -> Card:
    values = list(row)
    values[PROPS] = from_json(values[PROPS])
    return Card(*values)


def next_id(tx: Tx) -> int:
    """The id that the next new person takes; valid until the transaction ends."""
    return int(tx.execute("SELECT coalesce(max(id), 0) + 1 FROM person").fetchone()[0])


def save(tx: Tx, cards: Iterable[Card]) -> None:
    """Write new and changed cards; call inside `write`."""
    fresh, changed = [], []
    for card in cards:
        if card.fresh:
            fresh.append(_values(card))
        elif card.changed:
            changed.append((*_values(card)[1:], card.id))
    tx.executemany(INSERT, fresh)
    tx.executemany(UPDATE, changed)


def _values(card: Card) -> tuple[Any, ...]:
    return (
        card.id, card.created_at, card.first_seen, card.last_seen, card.user_id, card.email,
        card.phone, card.name, card.timezone, card.country, card.language, card.sessions,
        card.session_start, card.page, to_json(card.props), card.merged_into, card.erased_at,
    )  # fmt: skip


def attach(tx: Tx, identities: Iterable[tuple[Key, int]], now: int) -> None:
    """Give identities to people, taking them from whoever had them; call inside `write`."""
    rows = ((kind, value, person_id, now) for (kind, value), person_id in identities)
    tx.executemany(ATTACH, rows)


def merge(tx: Tx, merge: Merge, now: int) -> None:
    """Move what the loser has to the winner and record it, so that it can be undone.

    Runs, consent and memberships move with it; the loser's row stays as a redirect.
    Call inside `write`, after the winner's row exists.
    """
    winner, loser = merge.winner_id, merge.loser_id
    recorded = tx.execute(
        "INSERT INTO merge (at, winner_id, loser_id, reason, snapshot) VALUES (?, ?, ?, ?, ?)",
        (now, winner, loser, merge.reason, to_json(merge.snapshot)),
    ).lastrowid
    tx.execute(
        "INSERT INTO merge_event SELECT ?, id FROM event WHERE person_id = ?", (recorded, loser)
    )
    for statement in MOVES:
        tx.execute(statement, {"winner": winner, "loser": loser})


# Each uses the index that begins with person_id, or the primary key (member: once a segment).
_MOVES: Final = """
UPDATE identity SET person_id = :winner WHERE person_id = :loser;
UPDATE event SET person_id = :winner WHERE person_id = :loser;
INSERT INTO event_stat (person_id, name_id, count, first_ts, last_ts)
  SELECT :winner, name_id, count, first_ts, last_ts FROM event_stat WHERE person_id = :loser
  ON CONFLICT (person_id, name_id) DO UPDATE SET count = event_stat.count + excluded.count,
    first_ts = min(event_stat.first_ts, excluded.first_ts),
    last_ts = max(event_stat.last_ts, excluded.last_ts);
DELETE FROM event_stat WHERE person_id = :loser;
UPDATE segment SET size = size - 1 WHERE id IN (
  SELECT s.id FROM segment s
  CROSS JOIN member l ON l.segment_id = s.id AND l.person_id = :loser
  CROSS JOIN member w ON w.segment_id = s.id AND w.person_id = :winner);
INSERT INTO member (segment_id, person_id, since)
  SELECT m.segment_id, :winner, m.since FROM segment s
  CROSS JOIN member m ON m.segment_id = s.id AND m.person_id = :loser WHERE true
  ON CONFLICT (segment_id, person_id) DO UPDATE SET since = min(member.since, excluded.since);
DELETE FROM member WHERE person_id = :loser AND segment_id IN (SELECT id FROM segment);
DELETE FROM person_date WHERE person_id = :loser;
UPDATE message SET person_id = :winner WHERE person_id = :loser;
UPDATE conversion SET person_id = :winner WHERE person_id = :loser;
INSERT INTO consent (person_id, channel, topic, state, at, source)
  SELECT :winner, channel, topic, state, at, source FROM consent WHERE person_id = :loser
  ON CONFLICT (person_id, channel, topic) DO UPDATE SET
    state = CASE WHEN excluded.state = 'unsubscribed' THEN excluded.state ELSE consent.state END;
DELETE FROM consent WHERE person_id = :loser
"""
MOVES: Final = tuple(statement.strip() for statement in _MOVES.split(";"))
