"""Everything that the tables hold of a person, row by row, as machines read it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from mautod.core.people.redact import Traces
from mautod.core.sending.consent import address_hash
from mautod.store.db import Tx, from_json, to_json
from mautod.store.delivery.consent import find_salt
from mautod.store.people.belongings import COUNTED, FOLLOWING, KEYED, LISTED

_IDS: Final = "(SELECT value FROM json_each(:ids))"
_TEXTS: Final = "(SELECT value FROM json_each(:texts))"
# by the index that begins with person_id, segment by segment, chain by chain
_OF: Final = {
    table.table: f"{table.among and f'{table.among} AND '}person_id IN {_IDS}"
    for table in (*LISTED, *KEYED)
} | dict.fromkeys((*COUNTED, *FOLLOWING), f"person_id IN {_IDS}")
# indexes of merge and decision; the others are small
BESIDE: Final = {
    "person": f"id IN {_IDS}",
    "merge": f"winner_id IN {_IDS} OR loser_id IN {_IDS}",
    "decision": f"message_id IN (SELECT id FROM message WHERE person_id IN {_IDS})",
    "receipt": f"message_id IN (SELECT id FROM message WHERE person_id IN {_IDS})",
    "part": f"conversation_id IN (SELECT id FROM conversation WHERE person_id IN {_IDS})",
    "mail_file": f"mail_id IN (SELECT id FROM mail WHERE person_id IN {_IDS})",
    "optout": f"address IN {_TEXTS}",
    "suppression": "address_hash IN (SELECT value FROM json_each(:hashes))",
    "inbox": f"body ->> 'personId' IN {_IDS}",
    "rejected": (
        "EXISTS (SELECT 1 FROM json_each(:texts) t WHERE instr(fold(rejected.body), t.value) > 0)"
    ),
}
"""Tables that hold a person's data without a `person_id`, and how it is found there."""

_JSON: Final = frozenset(
    {"props", "snapshot", "vars", "kept", "evidence", "body", "letter", "refs"}
)
_WORDS: Final = {
    "name_id": ("name", "SELECT id, name FROM event_name"),
    "source_id": ("source", "SELECT id, name FROM source"),
    "segment_id": ("segment", "SELECT id, key FROM segment"),
    "chain_id": ("chain", "SELECT id, key FROM chain"),
    "score_id": ("score", "SELECT id, key FROM score"),
}
"""Columns with the number of something that has a name: what it is called, and the names."""


def tables(tx: Tx, ids: Collection[int], found: Traces) -> dict[str, list[dict[str, Any]]]:
    """Every table with the rows about these people, who are one; numbers with their names."""
    words = {column: (name, dict(tx.execute(sql))) for column, (name, sql) in _WORDS.items()}
    salt = find_salt(tx)
    hashes = [address_hash(salt, address) for address in found.addresses] if salt else []
    values = {
        "ids": to_json(list(ids)),
        "texts": to_json([text.lower() for text in (*found.addresses, *found.texts())]),
        "hashes": to_json(hashes),
    }
    return {
        table: [_named(row, words) for row in _rows(tx, table, where, values)]
        for table, where in sorted({**_OF, **BESIDE}.items())
    }


def _rows(tx: Tx, table: str, where: str, values: dict[str, str]) -> Iterator[dict[str, Any]]:
    cursor = tx.execute(f"SELECT * FROM {table} WHERE {where}", values)
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield {name: _value(name, value) for name, value in zip(names, row, strict=True)}


def _value(name: str, value: Any) -> Any:
    if name not in _JSON or not isinstance(value, str):
        return value
    try:
        return from_json(value)
    except ValueError:
        return value


def _named(row: dict[str, Any], words: dict[str, tuple[str, dict[int, str]]]) -> dict[str, Any]:
    told = {
        name: names.get(row[column]) for column, (name, names) in words.items() if column in row
    }
    return {**row, **told}
