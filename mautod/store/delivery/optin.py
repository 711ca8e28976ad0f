"""Subscriptions that were asked for, and whether the owner of the address has confirmed them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mautod.store.db import Tx

# index optin_address (address, at)
LETTERS: Final = """
SELECT count(DISTINCT message_id) FROM optin
WHERE address = ? AND at > ? AND message_id IS NOT NULL"""
# index optin_address (address, at)
OPEN: Final = """
SELECT id, channel, topic, source, at, confirmed_at FROM optin
WHERE address = ? AND at > ? AND at <= ? AND person_id = ? ORDER BY id"""
_PUT: Final = """
INSERT INTO optin (person_id, at, address, channel, topic, source, message_id)
VALUES (?, ?, ?, ?, ?, ?, ?)"""
_CONFIRM: Final = "UPDATE optin SET confirmed_at = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Request:
    """One topic that somebody asked for, and when it was confirmed, if it was."""

    id: int
    channel: str
    topic: str
    source: str
    at: int
    confirmed_at: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, when, for which address; `message_id` is the letter about it, if one goes out."""

    person_id: int
    at: int
    address: str
    channel: str
    source: str
    message_id: int | None


def letters(tx: Tx, address: str, since: int) -> int:
    """How many letters about a confirmation an address was sent after `since`."""
    return int(tx.execute(LETTERS, (address, since)).fetchone()[0])


def asked(tx: Tx, person_id: int, address: str, since: int, upto: int) -> list[Request]:
    """What a person asked for, for this address, later than `since` and not after `upto`."""
    return [Request(*row) for row in tx.execute(OPEN, (address, since, upto, person_id))]


def put(tx: Tx, asked: Asked, topics: Iterable[str]) -> None:
    """Record that `topics` were asked for; inside `write`."""
    who = (asked.person_id, asked.at, asked.address, asked.channel)
    tx.executemany(_PUT, [(*who, topic, asked.source, asked.message_id) for topic in topics])


def confirm(tx: Tx, requests: Iterable[Request], at: int) -> None:
    """Note that these were confirmed; inside `write`."""
    tx.executemany(_CONFIRM, [(at, request.id) for request in requests])
