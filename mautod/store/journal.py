"""The journal: every accepted request, on disk before it is answered.

A file of its own, append-only but for `purge` and, when somebody is erased, `rewrite`. Ids follow
the order of commits, have no gaps and never return, so one number says what has been digested.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from mautod.clock import now_ms
from mautod.core.envelope import Request
from mautod.errors import Unavailable
from mautod.store.people.residue import cleared

BUSY_TIMEOUT_S: Final = 5.0
CHECKPOINT_PAGES: Final = 4000
ROWS_A_STATEMENT: Final = 128
IDS_A_MS: Final = 1000
MOST_BYTES: Final = 32 * 1024 * 1024
"""So much is read at once: a letter with its files is as long as ten thousand events."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS request (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at BIGINT NOT NULL, source TEXT NOT NULL,
  kind TEXT NOT NULL, ip TEXT NOT NULL, body BLOB NOT NULL)
"""
# A new file begins above all ids of an older one that was lost or put aside: otherwise its requests
# would hide behind the offset that the truth remembers.
_FIRST_ID: Final = """
INSERT INTO sqlite_sequence (name, seq) SELECT 'request', ?
WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'request')
"""
# primary key
_READ: Final = """
SELECT at, source, kind, ip, body, id FROM request WHERE id > ? ORDER BY id LIMIT ?
"""
# primary key: both ends of the table, no row between them
_ENDS: Final = """
SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'request'),
       (SELECT id FROM request ORDER BY id LIMIT 1)
"""
# primary key
_OLDEST: Final = "SELECT id, at FROM request WHERE id <= ? ORDER BY id LIMIT ?"
_REWRITE: Final = "UPDATE request SET kind = ?, ip = ?, body = ? WHERE id = ?"
_PURGE: Final = "DELETE FROM request WHERE id <= ?"


class Journal:
    """The file at `path`; every thread has a connection of its own.

    One that is not `durable` is for a while only: nothing of it need survive the machine.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path = path
        self._synchronous = "full" if durable else "off"
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    def open(self) -> Journal:
        """Create the file if need be; idempotent.

        Raises:
            Unavailable: the disk is full.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._writing() as connection:
            connection.execute(_SCHEMA)
            connection.execute(_FIRST_ID, (now_ms() * IDS_A_MS,))
        return self

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._opened:
            self._opened.pop().close()
        self._local = threading.local()

    def append_sync(self, requests: Sequence[Request]) -> None:
        """Put `requests` on disk in one transaction; their own ids are ignored.

        Raises:
            Unavailable: the disk is full or the file is held by somebody; nothing was kept.
        """
        if len(requests) <= ROWS_A_STATEMENT:
            # A statement alone is a transaction; without BEGIN and COMMIT a tenth cheaper.
            with _translated():
                _insert(self._connection(), requests)
            return
        with self._writing() as connection:
            for start in range(0, len(requests), ROWS_A_STATEMENT):
                _insert(connection, requests[start : start + ROWS_A_STATEMENT])

    def read_after(self, offset: int, limit: int) -> list[Request]:
        """The `limit` oldest requests with ids above `offset`, in order.

        Fewer, but one at least, where they are so large that they would fill the memory.
        """
        found: list[Request] = []
        size = 0
        for row in self._connection().execute(_READ, (offset, limit)):
            found.append(Request(*row))
            size += len(found[-1].body)
            if size >= MOST_BYTES:
                break
        return found

    def pending(self, offset: int) -> int:
        """How many requests lie above `offset`."""
        last, first = self._connection().execute(_ENDS).fetchone()
        return 0 if first is None else int(last) - max(offset, first - 1)

    def last_id(self) -> int:
        """The id of the newest request ever kept."""
        return int(self._connection().execute(_ENDS).fetchone()[0])

    def purge(self, before_ms: int, upto_id: int, limit: int = 1000) -> int:
        """Forget the oldest requests, received before `before_ms` and with ids up to `upto_id`.

        Takes at most `limit` in one short transaction and answers how many; call until it is 0.
        """
        with self._writing() as connection:
            last = count = 0
            for request_id, at in connection.execute(_OLDEST, (upto_id, limit)):
                if at >= before_ms:
                    break
                last, count = request_id, count + 1
            if count:
                connection.execute(_PURGE, (last,))
        return count

    def rewrite(self, requests: Sequence[Request]) -> None:
        """Put these in the place of the requests with their ids, for good; in one transaction.

        Raises:
            Unavailable: the disk is full or the file is held by somebody; nothing was changed.
        """
        if requests:
            rows = [(each.kind, each.ip, each.body, each.id) for each in requests]
            with self._writing() as connection:
                connection.executemany(_REWRITE, rows)

    def clear(self, texts: Collection[str] | None) -> bool:
        """Make the file hold none of `texts` in what is free; see `residue.cleared`."""
        with _translated():
            return cleared(self._connection(), self.path, texts)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=ROWS_A_STATEMENT + 16,
        )
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        connection.execute("PRAGMA secure_delete = on")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        return connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with _translated():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


def _insert(connection: sqlite3.Connection, requests: Sequence[Request]) -> None:
    if requests:
        fields = chain.from_iterable(request[:5] for request in requests)
        connection.execute(_insert_sql(len(requests)), tuple(fields))


@cache
def _insert_sql(rows: int) -> str:
    """One statement for many rows: a quarter cheaper than a statement a row."""
    values = ",".join(["(?,?,?,?,?)"] * rows)
    return f"INSERT INTO request (at, source, kind, ip, body) VALUES {values}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _unavailable(error) from error


def _unavailable(error: sqlite3.OperationalError) -> Exception:
    text = str(error)
    if "full" in text or "disk I/O" in text:
        hint = "Free some space; work goes on by itself."
        return Unavailable("the disk is full", hint=hint, retry_after_s=5)
    if "locked" in text or "busy" in text:
        return Unavailable("the journal is busy", retry_after_s=1)
    return error
