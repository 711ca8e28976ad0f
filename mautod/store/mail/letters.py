"""Mail that came in, each once: the hash of its bytes is its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.store import rows
from mautod.store.db import Row, Tx, from_json, to_json

MATCHED: Final = "matched"
UNMATCHED: Final = "unmatched"
ASSIGNED: Final = "assigned"
DROPPED: Final = "dropped"

# unique index of mail (hash)
ADD: Final = """
INSERT INTO mail (at, hash, request_id, kind, state, person_id, message_id, sender, subject, text,
  ref, refs, detail, left_out) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (hash) DO NOTHING RETURNING id"""
_COLUMNS: Final = """
id, at, kind, state, person_id, message_id, sender, subject, text, ref, refs, detail, left_out"""
# primary key of mail
_FIND: Final = f"SELECT {_COLUMNS} FROM mail WHERE id = ?"
# index mail_unmatched, read backwards
UNMATCHED_MAIL: Final = f"""
SELECT {_COLUMNS} FROM mail WHERE state = 'unmatched' AND id < ? AND (? = '' OR kind = ?)
ORDER BY id DESC LIMIT ?"""
# index mail_unmatched, which holds all that is asked
COUNTS: Final = "SELECT kind, count(*) FROM mail WHERE state = 'unmatched' GROUP BY kind"
# primary key of mail
_SETTLE: Final = "UPDATE mail SET state = ?, person_id = ? WHERE id = ? AND state = 'unmatched'"
_EMPTY: Final = """
UPDATE mail SET state = 'dropped', sender = '', subject = '', text = '', ref = '', refs = '[]',
  detail = '', left_out = 0 WHERE id = ? AND state = 'unmatched'"""
_FIRST: Final = 2**62
_REFS: Final = 10  # the place of `refs` among the columns


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A mail to be kept. `hash` is of its bytes, `request_id` its place in the journal.

    `ref` is its own Message-ID, `refs` are those that it answers, the oldest first.
    """

    at: int
    hash: str
    request_id: int
    kind: str
    state: str
    person_id: int | None = None
    message_id: int | None = None
    sender: str = ""
    subject: str = ""
    text: str = ""
    ref: str = ""
    refs: Sequence[str] = ()
    detail: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A mail as it is kept."""

    id: int
    at: int
    kind: str
    state: str
    person_id: int | None
    message_id: int | None
    sender: str
    subject: str
    text: str
    ref: str
    refs: Sequence[str]
    detail: str
    left_out: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a mail: its contents lie under `hash`, `name` is only for showing."""

    id: int
    hash: str
    name: str
    type: str
    size: int


def add(tx: Tx, letter: NewLetter) -> int | None:
    """Keep a mail; its number, or None if it is kept already. Inside `write`."""
    row = tx.execute(
        ADD,
        (
            letter.at, letter.hash, letter.request_id, letter.kind, letter.state,
            letter.person_id, letter.message_id, letter.sender, letter.subject, letter.text,
            letter.ref, to_json(list(letter.refs)), letter.detail, letter.left_out,
        ),
    ).fetchone()  # fmt: skip
    return row[0] if row else None


def attach(tx: Tx, mail_id: int, files: Iterable[tuple[str, str, str, int]]) -> None:
    """Note the files of a mail, as (hash, name, type, size); inside `write`."""
    sql = "INSERT INTO mail_file (mail_id, hash, name, type, size) VALUES (?, ?, ?, ?, ?)"
    tx.executemany(sql, ((mail_id, *each) for each in files))


def find(tx: Tx, mail_id: int) -> KeptLetter | None:
    row = tx.execute(_FIND, (mail_id,)).fetchone()
    return _letter(row) if row else None


def unmatched(tx: Tx, kind: str, after: int | None, limit: int) -> list[KeptLetter]:
    """Mail about nobody and nothing that we know, the latest first; of one kind, if named."""
    found = tx.execute(UNMATCHED_MAIL, (after or _FIRST, kind, kind, limit))
    return [_letter(row) for row in found]


def unmatched_counts(tx: Tx) -> dict[str, int]:
    """How many mails are unmatched, by kind."""
    return dict(tx.execute(COUNTS).fetchall())


def assign(tx: Tx, mail_id: int, person_id: int) -> bool:
    """Say whose an unmatched mail is; False if it is none. Inside `write`."""
    return tx.execute(_SETTLE, (ASSIGNED, person_id, mail_id)).rowcount > 0


def drop(tx: Tx, mail_id: int) -> bool:
    """Keep of an unmatched mail nothing but that it came; False if it is none. Inside `write`."""
    dropped = tx.execute(_EMPTY, (mail_id,)).rowcount > 0
    if dropped:
        tx.execute("DELETE FROM mail_file WHERE mail_id = ?", (mail_id,))
    return dropped


def files_of(tx: Tx, mail_ids: Sequence[int]) -> dict[int, list[Kept]]:
    """The files of these mails."""
    # index mail_file_mail
    sql = f"""SELECT mail_id, id, hash, name, type, size FROM mail_file
      WHERE mail_id IN ({rows.marks(mail_ids)}) ORDER BY id"""
    found: dict[int, list[Kept]] = {}
    for mail_id, *row in tx.execute(sql, list(mail_ids)):
        found.setdefault(mail_id, []).append(Kept(*row))
    return found


def find_file(tx: Tx, number: int) -> Kept | None:
    sql = "SELECT id, hash, name, type, size FROM mail_file WHERE id = ?"
    row = tx.execute(sql, (number,)).fetchone()
    return Kept(*row) if row else None


def has_file(tx: Tx, digest: str) -> bool:
    """Whether any mail still has the file of this hash."""
    # index mail_file_hash
    sql = "SELECT 1 FROM mail_file WHERE hash = ? LIMIT 1"
    return tx.execute(sql, (digest,)).fetchone() is not None


def _letter(row: Row) -> KeptLetter:
    values = list(row)
    values[_REFS] = from_json(row[_REFS])
    return KeptLetter(*values)
