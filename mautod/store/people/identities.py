"""People and their identities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from mautod.core.people.identity import Key
from mautod.core.people.person import COLUMNS, Card
from mautod.store.db import Tx, from_json, to_json
from mautod.store.people import words

FIELDS: Final = (
    "id", "created_at", "first_seen", "last_seen", "user_id", "email", "phone", "name",
    "timezone", "country", "language", "sessions", "session_start", "page", "props",
    "merged_into", "erased_at",
)  # fmt: skip
PROPS: Final = FIELDS.index("props")
_COLUMNS: Final = ", ".join(FIELDS)
_PLAIN: Final = frozenset(COLUMNS)

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
OWNERS: Final = (
    "SELECT i.value, i.person_id FROM json_each(?) k CROSS JOIN identity i"
    " ON i.kind = ? AND i.value = k.value"
)
INSERT: Final = f"INSERT INTO person ({_COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))})"
ADD: Final = """
INSERT INTO person (created_at, id, props{more})
SELECT ?, k.value ->> 0, k.value ->> 1{values} FROM json_each(?) k ORDER BY k.key"""
UPDATE: Final = f"UPDATE person SET {', '.join(name + ' = ?' for name in FIELDS[1:])} WHERE id = ?"
ATTACH: Final = (
    "INSERT INTO identity (kind, value, person_id, created_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (kind, value) DO UPDATE SET person_id = excluded.person_id"
)


def find_identities(tx: Tx, keys: Iterable[Key]) -> dict[Key, int]:
    """Those of `keys` that belong to somebody, with the person's id."""
    rows = tx.execute(FIND_IDENTITIES, (to_json(list(keys)),))
    return {(kind, value): person_id for kind, value, person_id in rows}


def find_owners(tx: Tx, keys: Iterable[Key]) -> dict[Key, int]:
    """As `find_identities`, quicker where there are thousands of a few kinds."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for kind, value in keys:
        kinds[kind].append(value)
    found: dict[Key, int] = {}
    for kind, values in kinds.items():
        # In the order of the index, so that each of its pages is asked once.
        rows = tx.execute(OWNERS, (to_json(sorted(values)), kind))
        found.update(((kind, value), person_id) for value, person_id in rows)
    return found


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
    """Write new and changed cards, and the words by which they are found; inside `write`."""
    fresh, changed = [], []
    for card in cards:
        if card.fresh:
            fresh.append(card)
        elif card.changed:
            changed.append(card)
    tx.executemany(INSERT, [_values(card) for card in fresh])
    tx.executemany(UPDATE, [(*_values(card)[1:], card.id) for card in changed])
    words.save(tx, fresh, [card for card in changed if not words.OF.isdisjoint(card.changed)])


def add(tx: Tx, now: int, made: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Write many new people, by id and property; who calls it sees to their words.

    One statement with the columns that somebody has, of which nothing else in the process has to
    wait. Inside `write`.
    """
    held = set[str]().union(*(told for _, told in made))
    columns = [prop for prop in COLUMNS if prop in held]
    own = _own if len(columns) < len(held) else _none
    rows = [(person, own(told), *[told.get(prop) for prop in columns]) for person, told in made]
    more = "".join(f", {prop}" for prop in columns)
    values = "".join(f", k.value ->> {at}" for at in range(2, len(columns) + 2))
    tx.execute(ADD.format(more=more, values=values), (now, to_json(rows)))


def _none(_told: Mapping[str, Any]) -> str:
    return "{}"


def _own(told: Mapping[str, Any]) -> str:
    own = {prop: value for prop, value in told.items() if prop not in _PLAIN}
    return to_json(own) if own else "{}"


def _values(card: Card) -> tuple[Any, ...]:
    return (
        card.id, card.created_at, card.first_seen, card.last_seen, card.user_id, card.email,
        card.phone, card.name, card.timezone, card.country, card.language, card.sessions,
        card.session_start, card.page, to_json(card.props), card.merged_into, card.erased_at,
    )  # fmt: skip


def attach(tx: Tx, identities: Iterable[tuple[Key, int]], now: int) -> None:
    """Give identities to people, taking them from whoever had them; call inside `write`."""
    tx.executemany(ATTACH, [(*key, person_id, now) for key, person_id in identities])
