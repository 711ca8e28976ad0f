"""Small facts the daemon keeps about itself, and what it set aside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mautod.store.db import Tx

OFFSET = "journal_offset"
"""Key of the fact up to which request of the journal has been digested."""

LONGEST_BODY = 4096


@dataclass(frozen=True, slots=True)
class Aside:
    """What made no sense and was set aside; `kind` is event, property, message, run or rule."""

    kind: str
    reason: str
    field: str = ""
    source: str = ""
    body: str = ""


def get(tx: Tx, key: str, default: str = "") -> str:
    """The fact called `key`."""
    row = tx.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
    return default if row is None else str(row[0])


def put(tx: Tx, key: str, value: str) -> None:
    """Keep a fact; call inside `write`."""
    tx.execute(
        "INSERT INTO state (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def set_aside(tx: Tx, now: int, asides: Iterable[Aside]) -> int:
    """Keep what was refused, with its reason, for `mautod doctor`; how many. Inside `write`."""
    rows = [(now, a.kind, a.reason, a.field, a.source, a.body[:LONGEST_BODY]) for a in asides]
    tx.executemany(
        "INSERT INTO rejected (at, kind, reason, field, source, body) VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
    return len(rows)


def find_aside(tx: Tx, number: int) -> tuple[int, Aside] | None:
    """(when it was set aside, what it is), or nothing."""
    # primary key of rejected
    row = tx.execute(
        "SELECT at, kind, reason, field, source, body FROM rejected WHERE id = ?", (number,)
    ).fetchone()
    return None if row is None else (int(row[0]), Aside(*row[1:]))


def forget_aside(tx: Tx, number: int) -> bool:
    """Forget one; whether it was there. Inside `write`."""
    return tx.execute("DELETE FROM rejected WHERE id = ?", (number,)).rowcount > 0


def source_ids(tx: Tx, sources: Iterable[tuple[str, bool]]) -> dict[str, int]:
    """The number of every source, new ones added, trust brought up to date. Inside `write`."""
    tx.executemany(
        "INSERT INTO source (name, trusted) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET trusted = excluded.trusted",
        list(sources),
    )
    return dict(tx.execute("SELECT name, id FROM source"))


def source_id(tx: Tx, name: str) -> int:
    """The number of a source, which is trusted if it is new. Inside `write`."""
    tx.execute(
        "INSERT INTO source (name, trusted) VALUES (?, 1) ON CONFLICT (name) DO NOTHING", (name,)
    )
    found: int = tx.execute("SELECT id FROM source WHERE name = ?", (name,)).fetchone()[0]
    return found


def take_lease(tx: Tx, name: str, holder: str, now: int, length_ms: int) -> bool:
    """Whether `holder` has the lease called `name` until `now + length_ms`. Inside `write`."""
    row = tx.execute(
        "INSERT INTO lease (name, holder, until) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until"
        " WHERE lease.holder = excluded.holder OR lease.until <= ? RETURNING 1",
        (name, holder, now + length_ms, now),
    ).fetchone()
    return row is not None


def drop_lease(tx: Tx, name: str, holder: str) -> None:
    """Give the lease back, if it is still ours. Inside `write`."""
    tx.execute("DELETE FROM lease WHERE name = ? AND holder = ?", (name, holder))


def lease_holder(tx: Tx, name: str) -> str:
    """Who has the lease called `name`, empty when nobody has."""
    row = tx.execute("SELECT holder FROM lease WHERE name = ?", (name,)).fetchone()
    return "" if row is None else str(row[0])
