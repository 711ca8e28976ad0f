"""One SQLite file: its connections, its transactions, its schema.

Reads use a connection per thread. Writes are short `BEGIN IMMEDIATE` transactions, and within a
process they queue on a lock, because SQLite's own waiting is by sleeping.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import msgspec
import peewee
from playhouse import migrations

from mautod.core.people.words import words
from mautod.core.rules.dates import anniversary, instant
from mautod.core.sending.consent import address_hash, address_key, domain_key
from mautod.errors import Unavailable

Tx = sqlite3.Connection
"""An open transaction: what `Database.write` yields and what store functions that write take."""

Row = tuple[Any, ...]

BUSY_TIMEOUT_MS: Final = 30_000
MIGRATIONS: Final = Path(__file__).parent / "migrations"

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def to_json(value: Any) -> str:
    """`value` as compact JSON text; Decimal becomes a number with all its digits."""
    return _ENCODER.encode(value).decode()


def from_json(text: str | bytes) -> Any:
    """What `to_json` wrote."""
    return msgspec.json.decode(text)


def fold(value: object) -> str | None:
    """Lower case in any alphabet, for comparisons that ignore case; SQL knows it as `fold(x)`."""
    return value.lower() if isinstance(value, str) else None


def _words(*told: str | None) -> str:
    """The words of a name, email, phone and user id; SQL knows it as `words(…)`."""
    return to_json(words(*told))


def _address_key(value: object) -> str:
    """An address as addresses are compared, empty for none; SQL knows it as `address_key(x)`."""
    return address_key(value) if isinstance(value, str) else ""


def _domain_key(value: object) -> str:
    """The entry for the domain of an address, empty for none; SQL knows it as `domain_key(x)`."""
    return domain_key(value) if isinstance(value, str) else ""


class Database:
    """The file at `path`, created and migrated by `open`.

    Thread-safe: every thread gets a connection of its own, writes take turns. One that is not
    `durable` is for a while, for one thread, and nothing of it need survive the machine.
    """

    def __init__(self, path: Path, *, cache_mb: int = 16, durable: bool = True) -> None:
        self.path = path
        self._turn = threading.Lock()
        self._together = False
        self.peewee = peewee.SqliteDatabase(
            str(path),
            pragmas={
                "journal_mode": "wal" if durable else "memory",
                "synchronous": "full" if durable else "off",
                "locking_mode": "normal" if durable else "exclusive",
                "secure_delete": "on" if durable else "off",
                "busy_timeout": BUSY_TIMEOUT_MS,
                "cache_size": -1024 * cache_mb,
                "wal_autocheckpoint": 16000,
                # What is sorted may be as large as the table: it spills to a file, not to memory.
                "temp_store": "file",
            },
            lock_type="IMMEDIATE",
            check_same_thread=False,
            cached_statements=512,
        )
        self.peewee.register_function(fold, "fold", 1, deterministic=True)
        self.peewee.register_function(address_hash, "address_hash", 2, deterministic=True)
        self.peewee.register_function(_words, "words", 4, deterministic=True)

        self.peewee.register_function(_address_key, "address_key", 1, deterministic=True)
        self.peewee.register_function(_domain_key, "domain_key", 1, deterministic=True)
        self.peewee.register_function(instant, "instant", 2, deterministic=True)
        self.peewee.register_function(anniversary, "anniversary", 3, deterministic=True)

    def open(self, folder: Path = MIGRATIONS) -> Database:
        """Create the file if need be and bring its schema up to date; idempotent."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._turn, _translated():
            migrations.run(self.peewee, str(folder))
        return self

    def close(self) -> None:
        """Close this thread's connection."""
        self.peewee.close()

    def read(self) -> Tx:
        """This thread's connection, for reading; each statement sees the last commit."""
        connection: Tx = self.peewee.connection()
        return connection

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """One write transaction: commits at the end of the block, rolls back if it raises.

        Raises:
            Unavailable: the disk is full, or another process holds the file too long.
        """
        turn = nullcontext() if self._together else self._turn
        with turn, _translated(), self.peewee.atomic():
            yield self.peewee.connection()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let every write within be a part of one transaction, undone alone if it raises.

        For a database of one thread, where nothing need be on disk between the writes.
        """
        with self._turn, _translated(), self.peewee.atomic():
            self._together = True
            try:
                yield
            finally:
                self._together = False


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, peewee.OperationalError) as error:
        text = str(error)
        if "full" in text or "disk I/O" in text:
            raise Unavailable(
                "the disk is full", hint="Free some space; work goes on by itself.", retry_after_s=5
            ) from error
        if "locked" in text or "busy" in text:
            raise Unavailable("the database is busy", retry_after_s=1) from error
        raise
