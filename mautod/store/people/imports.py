"""Imports of files, how far each is, and what many people at once need to be looked up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from mautod.core.sending.consent import ALL, NO_PROOF, Consent, address_key
from mautod.store.db import Tx, to_json
from mautod.store.delivery import ledger
from mautod.store.delivery.consent import find_salt, hashes_of
from mautod.store.people.words import LAST
from mautod.wire import Import, ImportAsk, ImportCounts, Refused

DRY: Final = "dry"
RUNNING: Final = "running"
DONE: Final = "done"
DROPPED: Final = "dropped"
ERASED: Final = "erased"

_COLUMNS: Final = "id, at, file, state, place, size, counts, moved_at, last"
_INSERT: Final = f"""
INSERT INTO import (at, moved_at, file, mark, size, ask, state) VALUES (?, ?, ?, ?, ?, ?, ?)
RETURNING {_COLUMNS}"""
# primary key of import
_FIND: Final = f"SELECT {_COLUMNS}, ask FROM import WHERE id = ?"
_LIST: Final = (
    f"SELECT {_COLUMNS} FROM import WHERE id < ? AND state <> 'dry' ORDER BY id DESC LIMIT ?"
)
_PROGRESS: Final = f"""
UPDATE import SET state = ?, place = ?, counts = ?, moved_at = ?, last = ? WHERE id = ?
RETURNING {_COLUMNS}"""
# index import_running
_RUNNING: Final = f"""
SELECT {_COLUMNS} FROM import WHERE mark = ? AND state = 'running' ORDER BY id DESC LIMIT 1"""

# one pass over import, which holds a few files
_LATEST: Final = f"""
SELECT {_COLUMNS} FROM import WHERE mark = ? AND state = 'done' ORDER BY id DESC LIMIT 1"""

# primary key of suppression
_SUPPRESSED: Final = """
SELECT k.value, s.reason FROM json_each(?) k CROSS JOIN suppression s
WHERE s.channel = ? AND s.address_hash = k.value"""
_CHANNELS: Final = "SELECT DISTINCT channel FROM suppression"
# index optout_address; the yes by the same
_OPTED_OUT: Final = """
SELECT o.address FROM json_each(:addresses) k CROSS JOIN optout o
WHERE o.address = k.value AND o.topic IN (:topic, '*') AND o.state <> 'subscribed'
  AND NOT EXISTS (SELECT 1 FROM optout y WHERE y.address = o.address AND y.state = 'subscribed'
    AND y.topic IN (:topic, '*') AND y.channel IN (o.channel, '*') AND y.at > o.at)"""
# primary key of consent
_DECLINED: Final = """
SELECT DISTINCT c.person_id FROM json_each(:people) k CROSS JOIN consent c
WHERE c.person_id = k.value AND c.state <> 'subscribed' AND c.topic IN (:topic, '*')
  AND NOT EXISTS (SELECT 1 FROM consent y WHERE y.person_id = c.person_id
    AND y.state = 'subscribed' AND y.firm = 1 AND y.topic IN (:topic, '*')
    AND y.channel IN (c.channel, '*') AND y.at > c.at)"""
# primary key of consent
_UNSAID: Final = """
SELECT k.value FROM json_each(:people) k WHERE NOT EXISTS (SELECT 1 FROM consent c
  WHERE c.person_id = k.value AND c.channel = '*' AND c.topic = :topic)"""
_SUBSCRIBE: Final = """
INSERT INTO consent (person_id, channel, topic, state, at, source, firm)
SELECT k.value, '*', ?, 'subscribed', ?, ?, 0 FROM json_each(?) k"""
# index run_active_person
_WALKING: Final = """
SELECT DISTINCT r.person_id FROM json_each(?) k CROSS JOIN run r
WHERE r.person_id = k.value AND r.state = 'active'"""
# index person_email (on lower(email))
_WITH_EMAIL: Final = """
SELECT lower(p.email), p.id FROM json_each(?) k CROSS JOIN person p
WHERE lower(p.email) = k.value AND p.email IS NOT NULL
AND p.merged_into IS NULL AND p.erased_at IS NULL"""
# primary key of word
_WITH_PHONE: Final = """
SELECT k.value, p.id FROM json_each(:numbers) k CROSS JOIN word w CROSS JOIN person p
WHERE w.word >= k.value AND w.word < k.value || :last AND p.id = w.person_id
AND p.phone IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class Asked:
    """An import with what was asked for."""

    told: Import
    ask: ImportAsk


def put(tx: Tx, at: int, mark: str, ask: ImportAsk) -> Import:
    """Record an import that was asked for; inside `write`."""
    state = DRY if ask.dry else RUNNING
    values = (at, at, ask.file, mark, ask.size, to_json(ask), state)
    return _import(tx.execute(_INSERT, values).fetchone())


def find(tx: Tx, import_id: int) -> Asked | None:
    row = tx.execute(_FIND, (import_id,)).fetchone()
    if row is None:
        return None
    return Asked(_import(row[:-1]), msgspec.json.decode(row[-1], type=ImportAsk))


def running(tx: Tx, mark: str) -> Import | None:
    """The import of the same file with the same options that is not done."""
    row = tx.execute(_RUNNING, (mark,)).fetchone()
    return None if row is None else _import(row)


def done(tx: Tx, mark: str) -> Import | None:
    """The latest import of the same file with the same options that is done."""
    row = tx.execute(_LATEST, (mark,)).fetchone()
    return None if row is None else _import(row)


def drop_dry(tx: Tx, before: int) -> None:
    """Forget what only counted, from before an instant; inside `write`."""
    # one pass over import, which holds a few files
    tx.execute("DELETE FROM import WHERE state = 'dry' AND at < ?", (before,))


def list_imports(tx: Tx, before: int, limit: int) -> list[Import]:
    """The latest first, from below the id `before`."""
    return [_import(row) for row in tx.execute(_LIST, (before, limit))]


def progress(tx: Tx, told: Import) -> Import:
    """Note how far an import has come; inside `write`, with what it did."""
    values = (told.state, told.place, to_json(told.counts), told.moved_at, to_json(told.last))
    return _import(tx.execute(_PROGRESS, (*values, told.id)).fetchone())


def _import(row: Sequence[Any]) -> Import:
    number, at, file, state, place, size, counts, moved_at, last = row
    return Import(
        number,
        at,
        file,
        state,
        place,
        size,
        counts=msgspec.json.decode(counts, type=ImportCounts),
        moved_at=moved_at,
        last=msgspec.json.decode(last, type=list[Refused]),
    )


def suppressed(tx: Tx, addresses: Iterable[str]) -> dict[str, str]:
    """Those of `addresses` that must not be used on some channel, and why."""
    channels = [row[0] for row in tx.execute(_CHANNELS)]
    salt = find_salt(tx)
    if not (channels and salt):
        return {}
    hashes = hashes_of(salt, set(addresses))
    asked = to_json(sorted(hashes))
    rows = [row for channel in channels for row in tx.execute(_SUPPRESSED, (asked, channel))]
    told = [(address, reason) for digest, reason in rows for address in hashes[digest]]
    return dict(told) | {address: ERASED for address, reason in told if reason == ERASED}


def declined(
    tx: Tx, topic: str, people: Collection[int], addresses: Collection[str]
) -> set[int | str]:
    """Those of people and addresses who want nothing about a topic, or never confirmed it."""
    keys = to_json(sorted({address_key(address) for address in addresses}))
    found: set[int | str] = {
        row[0] for row in tx.execute(_OPTED_OUT, {"addresses": keys, "topic": topic})
    }
    values = {"people": to_json(sorted(people)), "topic": topic}
    return found | {row[0] for row in tx.execute(_DECLINED, values)}


def subscribe(tx: Tx, people: Iterable[int], topic: str, source: str, at: int) -> int:
    """Record that people said yes, by the word of whoever brings them; how many are new to it.

    Such a yes lifts no no. Inside `write`.
    """
    values = {"people": to_json(sorted(people)), "topic": topic}
    new = [row[0] for row in tx.execute(_UNSAID, values)]
    tx.execute(_SUBSCRIBE, (topic, at, source, to_json(new)))
    ledger.note(tx, new, Consent(ALL, topic, "subscribed", at, source, firm=False), NO_PROOF)
    return len(new)


def walking(tx: Tx, people: Collection[int]) -> list[int]:
    """Those of `people` who are on a chain."""
    return [row[0] for row in tx.execute(_WALKING, (to_json(sorted(people)),))]


def with_email(tx: Tx, addresses: Iterable[str]) -> list[tuple[str, int]]:
    """(address, person) for everybody whose card has it."""
    return tx.execute(_WITH_EMAIL, (to_json(sorted(addresses)),)).fetchall()


def with_phone(tx: Tx, numbers: Iterable[str]) -> list[tuple[str, int]]:
    """(digits, person) for everybody whose phone may begin with them."""
    values = {"numbers": to_json(sorted(numbers)), "last": LAST}
    return tx.execute(_WITH_PHONE, values).fetchall()
