"""The list of addresses and domains never to be used, read whole; and how many said what."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mautod.core.sending.consent import address_hash
from mautod.store.db import Tx, to_json
from mautod.store.delivery.consent import find_salt
from mautod.wire import Suppression

_COLUMNS: Final = "channel, COALESCE(address, ''), reason, at, note, address_hash"
# primary key of suppression
_PAGE: Final = f"""
SELECT {_COLUMNS} FROM suppression WHERE (channel, address_hash) > (?, ?)
ORDER BY channel, address_hash LIMIT ?"""
# primary key of suppression
_KNOWN: Final = """
SELECT s.address_hash, s.reason FROM json_each(?) k CROSS JOIN suppression s
WHERE s.channel = ? AND s.address_hash = k.value"""
# one pass over each, when an operator asks for the numbers
_PEOPLE: Final = "SELECT topic, state, count(DISTINCT person_id) FROM consent GROUP BY topic, state"
_ADDRESSES: Final = """
SELECT topic, count(DISTINCT address) FROM optout WHERE state <> 'subscribed' GROUP BY topic"""


def page(tx: Tx, after: str, limit: int) -> tuple[list[Suppression], str]:
    """The entries after the place `after`, and the place where they end, empty at the end."""
    channel, _, digest = after.partition(" ")
    rows = tx.execute(_PAGE, (channel, digest, limit + 1)).fetchall()
    found = [Suppression(*row[:-1]) for row in rows[:limit]]
    more = len(rows) > limit
    return found, f"{rows[limit - 1][0]} {rows[limit - 1][-1]}" if more else ""


def known(tx: Tx, channel: str, addresses: Collection[str]) -> dict[str, str]:
    """Those of `addresses` that are on the list of a channel by themselves, and why."""
    salt = find_salt(tx)
    if not salt:
        return {}
    hashes = {address_hash(salt, address): address for address in addresses}
    rows = tx.execute(_KNOWN, (to_json(list(hashes)), channel))
    return {hashes[digest]: reason for digest, reason in rows}


def people(tx: Tx) -> dict[str, dict[str, int]]:
    """How many people are in which state, by topic."""
    found: dict[str, dict[str, int]] = {}
    for topic, state, count in tx.execute(_PEOPLE):
        found.setdefault(topic, {})[state] = count
    return found


def addresses(tx: Tx) -> dict[str, int]:
    """For how many addresses somebody said no, by topic."""
    return dict(tx.execute(_ADDRESSES).fetchall())
