"""Alarms about letters that come back, and channels whose marketing is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.store.db import Tx

_COLUMNS: Final = """id, channel, chain, kind, begun_at, ended_at, sent, came_back, most_e4,
  paused_at, tell_at, attempt, told_at, detail"""
# unique index incident_open
OPEN: Final = f"SELECT {_COLUMNS} FROM incident WHERE channel = ? AND ended_at IS NULL"
OPEN_EVERYWHERE: Final = f"""
SELECT {_COLUMNS} FROM incident WHERE ended_at IS NULL ORDER BY channel, chain, kind"""
# primary key, from its end
LATEST: Final = f"""
SELECT {_COLUMNS} FROM incident WHERE id < ? ORDER BY id DESC LIMIT ?"""
# index incident_ended
RESUMED: Final = """
SELECT chain, max(ended_at) FROM incident
WHERE channel = ? AND ended_at >= ? AND paused_at IS NOT NULL GROUP BY chain"""
BEGIN: Final = """
INSERT INTO incident (channel, chain, kind, begun_at, sent, came_back, most_e4, paused_at, tell_at,
  attempt, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')"""
# primary key
COUNT: Final = "UPDATE incident SET sent = ?, came_back = ? WHERE id = ?"
PAUSE: Final = """
UPDATE incident SET paused_at = ?, most_e4 = ?, tell_at = ?, attempt = 0, told_at = NULL
WHERE id = ?"""
END: Final = "UPDATE incident SET ended_at = ? WHERE id = ?"
# unique index incident_open
END_PAUSE: Final = """
UPDATE incident SET ended_at = ?
WHERE channel = ? AND chain = ? AND ended_at IS NULL AND paused_at IS NOT NULL"""
# index incident_tell
NEXT_TELL: Final = "SELECT min(tell_at) FROM incident WHERE tell_at IS NOT NULL"
DUE: Final = f"""
SELECT {_COLUMNS} FROM incident WHERE tell_at IS NOT NULL AND tell_at <= ? ORDER BY tell_at
LIMIT ?"""
# primary key
CLAIM: Final = "UPDATE incident SET tell_at = ?, attempt = attempt + 1 WHERE id = ?"
TOLD: Final = """
UPDATE incident SET tell_at = ?, told_at = ?, detail = ?
WHERE id = ? AND attempt = ? AND tell_at IS NOT NULL"""
# primary key of channel_pause
PAUSED: Final = "SELECT at, why FROM channel_pause WHERE channel = ?"
HOLD: Final = """
INSERT INTO channel_pause (channel, at, why) VALUES (?, ?, ?) ON CONFLICT (channel) DO NOTHING"""
RELEASE: Final = "DELETE FROM channel_pause WHERE channel = ?"
PAUSES: Final = "SELECT channel, at, why FROM channel_pause ORDER BY channel"
_LAST: Final = 2**62


@dataclass(frozen=True, slots=True)
class Incident:
    """Too many letters of `channel`, or of one `chain` on it, come back or are complained about.

    `most_e4`: the share, in 1/10 000, that the counts exceeded. `paused_at`: when marketing was
    stopped for it. `tell_at`: when operators are told next, None if they were, or cannot be.
    """

    id: int
    channel: str
    chain: str
    kind: str
    begun_at: int
    ended_at: int | None
    sent: int
    came_back: int
    most_e4: int
    paused_at: int | None
    tell_at: int | None
    attempt: int
    told_at: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Marketing by a channel that waits for an operator: since when, and why."""

    channel: str
    at: int
    why: str


def open_ones(tx: Tx, channel: str = "") -> list[Incident]:
    """Incidents that last, of one channel or of all."""
    rows = tx.execute(OPEN, (channel,)) if channel else tx.execute(OPEN_EVERYWHERE)
    return [Incident(*row) for row in rows]


def latest(tx: Tx, after: int | None, limit: int) -> list[Incident]:
    """Incidents newest first, ended ones too."""
    return [Incident(*row) for row in tx.execute(LATEST, (after or _LAST, limit))]


def resumed(tx: Tx, channel: str, since: int) -> dict[str, int]:
    """When operators let marketing go on last, by chain; "" is the channel itself."""
    return dict(tx.execute(RESUMED, (channel, since)).fetchall())


def begin(tx: Tx, incident: Incident) -> None:
    """Keep a new one; its id is chosen here. Inside `write`."""
    one = incident
    tx.execute(
        BEGIN,
        (
            one.channel, one.chain, one.kind, one.begun_at, one.sent, one.came_back, one.most_e4,
            one.paused_at, one.tell_at,
        ),
    )  # fmt: skip


def count(tx: Tx, incident_id: int, sent: int, came_back: int) -> None:
    """Bring its numbers up to date; inside `write`."""
    tx.execute(COUNT, (sent, came_back, incident_id))


def pause(tx: Tx, incident_id: int, most_e4: int, now: int) -> None:
    """Marketing was stopped for it, which operators are told anew; inside `write`."""
    tx.execute(PAUSE, (now, most_e4, now, incident_id))


def end(tx: Tx, incident_id: int, now: int) -> None:
    """It is over; inside `write`."""
    tx.execute(END, (now, incident_id))


def end_pause(tx: Tx, channel: str, chain: str, now: int) -> None:
    """Whatever stopped this channel, or this chain on it, is over; inside `write`."""
    tx.execute(END_PAUSE, (now, channel, chain))


def next_tell(tx: Tx) -> int | None:
    """When operators are to be told of the next one."""
    at: int | None = tx.execute(NEXT_TELL).fetchone()[0]
    return at


def claim(tx: Tx, now: int, until: int, limit: int) -> list[Incident]:
    """Take those that operators are to be told of; others see them at `until`. Inside `write`."""
    tx_rows = tx.execute(DUE, (now, limit)).fetchall()
    found = [Incident(*row) for row in tx_rows]
    tx.executemany(CLAIM, [(until, each.id) for each in found])
    return found


def told(tx: Tx, claimed: Incident, tell_at: int | None, told_at: int | None, detail: str) -> None:
    """What became of a try, unless somebody else tried since; inside `write`."""
    tx.execute(TOLD, (tell_at, told_at, detail, claimed.id, claimed.attempt + 1))


def hold_of(tx: Tx, channel: str) -> Hold | None:
    """Whether marketing by `channel` waits."""
    row = tx.execute(PAUSED, (channel,)).fetchone()
    return None if row is None else Hold(channel, *row)


def holds(tx: Tx) -> list[Hold]:
    """All channels whose marketing waits."""
    return [Hold(*row) for row in tx.execute(PAUSES)]


def hold(tx: Tx, channel: str, now: int, why: str) -> bool:
    """Let marketing by `channel` wait; whether it did not yet. Inside `write`."""
    return bool(tx.execute(HOLD, (channel, now, why)).rowcount)


def release(tx: Tx, channel: str) -> bool:
    """Let it go on; whether it waited. Inside `write`."""
    return bool(tx.execute(RELEASE, (channel,)).rowcount)
