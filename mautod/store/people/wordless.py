"""People who came many at once and cannot be found by words yet: stretches of ids, settled later.

A stretch is put down in the transaction that makes its people, and shrinks in those that write
their words, so that nobody is forgotten wherever it is cut off.
"""

from __future__ import annotations

from typing import Final

from mautod.store.db import Tx

# primary key of wordless, which holds a stretch for each step of an import
_COUNT: Final = "SELECT coalesce(sum(last_id - first_id + 1), 0) FROM wordless"
_NEXT: Final = "SELECT first_id, last_id FROM wordless ORDER BY first_id LIMIT 1"
_PUT: Final = "INSERT INTO wordless (first_id, last_id) VALUES (?, ?)"
_DROP: Final = "DELETE FROM wordless WHERE first_id = ?"
# primary key of person; who was changed meanwhile has some words already
WRITE: Final = """
INSERT INTO word (word, person_id)
SELECT w.value, p.id FROM person p, json_each(words(p.name, p.email, p.phone, p.user_id)) w
WHERE p.id BETWEEN ? AND ? AND p.merged_into IS NULL AND p.erased_at IS NULL ORDER BY 1, 2
ON CONFLICT (word, person_id) DO NOTHING"""


def put(tx: Tx, first: int, last: int) -> None:
    """Leave the words of people `first` to `last` for later; inside `write`."""
    tx.execute(_PUT, (first, last))


def count(tx: Tx) -> int:
    """How many people have their words still to come."""
    return int(tx.execute(_COUNT).fetchone()[0])


def settle(tx: Tx, most: int) -> int:
    """Write the words of the next `most` people at most; how many. Inside `write`."""
    row = tx.execute(_NEXT).fetchone()
    if row is None:
        return 0
    first, end = row
    last = min(end, first + most - 1)
    tx.execute(WRITE, (first, last))
    tx.execute(_DROP, (first,))
    if last < end:
        put(tx, last + 1, end)
    return int(last - first + 1)
