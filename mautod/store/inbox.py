"""Events of our own making, waiting for the digest in the transaction that caused them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mautod.store.db import Tx, from_json, to_json

Note = tuple[int, str, Mapping[str, Any]]
"""(person id, event name, properties)"""

Entry = tuple[int, dict[str, Any]]
"""(id, body)"""


def post(tx: Tx, at: int, person_id: int, name: str, props: Mapping[str, Any]) -> None:
    """Leave one event for the digest; call inside `write`."""
    post_all(tx, at, [(person_id, name, props)])


def post_all(tx: Tx, at: int, notes: Iterable[Note]) -> None:
    """Leave many events for the digest, in order; call inside `write`."""
    rows = (
        (at, to_json({"personId": person, "event": name, "timestamp": at, "properties": props}))
        for person, name, props in notes
    )
    tx.executemany("INSERT INTO inbox (at, body) VALUES (?, ?)", rows)


def change(tx: Tx, at: int, person_id: int, traits: Mapping[str, Any]) -> None:
    """Leave a change of properties for the digest, as an identify call would; inside `write`."""
    body = to_json({"personId": person_id, "timestamp": at, "traits": traits})
    tx.execute("INSERT INTO inbox (at, body) VALUES (?, ?)", (at, body))


def restore(tx: Tx, at: int, body: str) -> None:
    """Leave an entry that was taken before for the digest once more; inside `write`."""
    tx.execute("INSERT INTO inbox (at, body) VALUES (?, ?)", (at, body))


def take(tx: Tx, limit: int) -> list[Entry]:
    """The oldest entries; they stay until `drop`."""
    rows = tx.execute("SELECT id, body FROM inbox ORDER BY id LIMIT ?", (limit,))
    return [(entry, from_json(body)) for entry, body in rows]


def drop(tx: Tx, ids: Iterable[int]) -> set[int]:
    """Forget entries; those that were still there. In the transaction that holds their effects."""
    statement = "DELETE FROM inbox WHERE id IN (SELECT k.value FROM json_each(?) k) RETURNING id"
    return {entry for (entry,) in tx.execute(statement, (to_json(list(ids)),))}


def forget(tx: Tx, names: Iterable[str]) -> None:
    """Take back the events of these names; inside `write`."""
    statement = "DELETE FROM inbox WHERE body ->> 'event' IN (SELECT k.value FROM json_each(?) k)"
    tx.execute(statement, (to_json(list(names)),))


def pending(tx: Tx) -> int:
    """How many entries wait."""
    count: int = tx.execute("SELECT count(*) FROM inbox").fetchone()[0]
    return count


def recheck(tx: Tx, at: int, person_id: int) -> None:
    """Ask the digest to look at every rule about this person again; inside `write`."""
    change(tx, at, person_id, {})


def facts(tx: Tx, at: int, people: Iterable[int], *names: str) -> None:
    """Tell the digest which facts about these people have changed; inside `write`."""
    rows = (
        (at, to_json({"personId": person, "timestamp": at, "facts": names})) for person in people
    )
    tx.executemany("INSERT INTO inbox (at, body) VALUES (?, ?)", rows)
