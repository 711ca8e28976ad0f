"""How the mail servers stand, as the worker that uses them last said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mautod.core.sending.fleet import Standing
from mautod.core.sending.warmup import Today
from mautod.store.db import Row, Tx, to_json

# primary key of mail_server
PUT: Final = """
INSERT INTO mail_server VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (channel, name) DO UPDATE SET state = excluded.state, until = excluded.until,
  per_s = excluded.per_s, rate_per_s = excluded.rate_per_s, day = excluded.day,
  nth = excluded.nth, sent = excluded.sent, day_limit = excluded.day_limit,
  error = excluded.error, error_at = excluded.error_at, seen_at = excluded.seen_at"""
# primary key of mail_server, by its first part
LIST: Final = """
SELECT name, state, until, per_s, rate_per_s, day, nth, sent, day_limit, error, error_at, seen_at
FROM mail_server WHERE channel = ? ORDER BY name"""
# primary key of mail_server, by its first part
DROP: Final = """
DELETE FROM mail_server WHERE channel = ? AND name NOT IN (SELECT k.value FROM json_each(?) k)"""

Seen = tuple[Standing, int]
"""A server, and when it was seen to stand so."""


def put(tx: Tx, channel: str, standings: Sequence[Standing], now: int) -> None:
    """Write down how all servers of `channel` stand; others are forgotten. Inside `write`."""
    tx.executemany(PUT, [(channel, *_row(each), now) for each in standings])
    tx.execute(DROP, (channel, to_json([each.name for each in standings])))


def list_servers(tx: Tx, channel: str) -> list[Seen]:
    """The servers of `channel` by name."""
    return [_seen(row) for row in tx.execute(LIST, (channel,))]


def _seen(row: Row) -> Seen:
    name, state, until, per_s, rate, day, nth, sent, day_limit, error, error_at, seen_at = row
    today = Today(day, nth, sent)
    standing = Standing(name, state, until, per_s, rate, today, day_limit, error, error_at)
    return standing, seen_at


def _row(one: Standing) -> tuple[object, ...]:
    today = one.today
    return (
        one.name, one.state, one.until, one.per_s, one.rate_per_s,
        today.day, today.nth, today.sent, one.day_limit, one.error, one.error_at,
    )  # fmt: skip
