"""Consent of people, opt-outs of addresses, suppressed addresses: the rows behind every no."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, cast

from mautod import clock
from mautod.core.rules.checker import CONSENT
from mautod.core.sending.consent import ALL, Consent, State, Suppression, address_hash, address_key
from mautod.store import inbox
from mautod.store.db import Row, Tx

SALT_KEY: Final = "address_salt"

# Primary key (person_id, channel, topic).
CONSENTS: Final = """
SELECT person_id, channel, topic, state, at, source FROM consent
WHERE person_id IN ({marks}) AND state <> 'subscribed' AND channel IN (?, '*')"""

# Primary key (channel, address, topic).
OPTOUTS: Final = """
SELECT address, channel, topic, 'unsubscribed', at, source FROM optout
WHERE channel IN (?, '*') AND address IN ({marks})"""

# Primary key (channel, address_hash).
SUPPRESSIONS: Final = """
SELECT address_hash, reason, at FROM suppression
WHERE channel IN (?, '*') AND address_hash IN ({marks})"""

# Index person_email (on lower(email)).
PEOPLE_WITH_EMAIL: Final = """
SELECT id FROM person
WHERE lower(email) = ? AND email IS NOT NULL AND merged_into IS NULL AND erased_at IS NULL
ORDER BY id"""


def marks(values: Collection[object]) -> str:
    """As many bound parameters as there are values."""
    return ",".join("?" * len(values))


def consents(tx: Tx, channel: str, person_ids: Collection[int]) -> dict[int, list[Consent]]:
    """What speaks against writing to these people on `channel`, whatever the topic."""
    found: dict[int, list[Consent]] = {}
    for row in tx.execute(CONSENTS.format(marks=marks(person_ids)), (*person_ids, channel)):
        found.setdefault(row[0], []).append(_consent(row, by_person=True))
    return found


def optouts(tx: Tx, channel: str, addresses: Collection[str]) -> dict[str, list[Consent]]:
    """What speaks against these addresses (as `address_key` writes them), by address."""
    found: dict[str, list[Consent]] = {}
    for row in tx.execute(OPTOUTS.format(marks=marks(addresses)), (channel, *addresses)):
        found.setdefault(row[0], []).append(_consent(row, by_person=False))
    return found


def suppressed(tx: Tx, channel: str, addresses: Collection[str]) -> dict[str, Suppression]:
    """Those of these addresses (as `address_key` writes them) that must never be used."""
    salt = find_salt(tx)
    if not salt:
        return {}
    hashes = {address_hash(salt, address): address for address in addresses}
    rows = tx.execute(SUPPRESSIONS.format(marks=marks(hashes)), (channel, *hashes))
    return {hashes[digest]: Suppression(reason, at) for digest, reason, at in rows}


def put_consent(tx: Tx, person_id: int, consent: Consent) -> bool:
    """Record a person's will; True if it changed. Call inside `write`."""
    row = (person_id, consent.channel, consent.topic)
    known = tx.execute(
        "SELECT state FROM consent WHERE person_id = ? AND channel = ? AND topic = ?", row
    ).fetchone()
    if known == (consent.state,):
        return False
    tx.execute(
        "INSERT INTO consent (person_id, channel, topic, state, at, source) VALUES (?,?,?,?,?,?)"
        " ON CONFLICT (person_id, channel, topic) DO UPDATE"
        " SET state = excluded.state, at = excluded.at, source = excluded.source",
        (*row, consent.state, consent.at, consent.source),
    )
    inbox.facts(tx, consent.at, [person_id], CONSENT)
    return True


def put_optout(tx: Tx, address: str, consent: Consent) -> bool:
    """Record that `address` wants none of it, whoever has it; True if that is new."""
    added = tx.execute(
        "INSERT INTO optout (channel, address, topic, at, source) VALUES (?,?,?,?,?)"
        " ON CONFLICT (channel, address, topic) DO NOTHING",
        (consent.channel, address_key(address), consent.topic, consent.at, consent.source),
    )
    return _told(tx, address, consent.at, added.rowcount)


def suppress(tx: Tx, channel: str, address: str, reason: str, at: int) -> bool:
    """Never use `address` again; True if that is new. Call inside `write`."""
    added = tx.execute(
        "INSERT INTO suppression (channel, address_hash, address, reason, at) VALUES (?,?,?,?,?)"
        " ON CONFLICT (channel, address_hash) DO NOTHING",
        (channel, address_hash(salt(tx), address), address_key(address), reason, at),
    )
    return _told(tx, address, at, added.rowcount)


def lift(tx: Tx, channel: str, address: str, now: int) -> bool:
    """Take `address` off the list; True if it was on it. Call inside `write`."""
    gone = tx.execute(
        "DELETE FROM suppression WHERE channel = ? AND address_hash = ?",
        (channel, address_hash(salt(tx), address)),
    )
    return _told(tx, address, now, gone.rowcount)


def has_optout(tx: Tx, address: str) -> bool:
    """Whether somebody said no for `address`, whatever about."""
    # index optout_address
    sql = "SELECT 1 FROM optout WHERE address = ? LIMIT 1"
    return tx.execute(sql, (address_key(address),)).fetchone() is not None


def forget_address(tx: Tx, address: str) -> None:
    """Keep of `address` its hash alone, where it is suppressed; inside `write`."""
    digest = address_hash(salt(tx), address)
    tx.execute("UPDATE suppression SET address = NULL WHERE address_hash = ?", (digest,))
    tx.execute("DELETE FROM optout WHERE address = ?", (address_key(address),))


def people_with_email(tx: Tx, address: str) -> list[int]:
    """Everybody alive whose address this is."""
    return [row[0] for row in tx.execute(PEOPLE_WITH_EMAIL, (address_key(address),))]


def _told(tx: Tx, address: str, at: int, rows: int) -> bool:
    """Whether rows about `address` changed; rules about whoever has it are asked again."""
    if rows > 0:
        inbox.facts(tx, at, people_with_email(tx, address), CONSENT)
    return rows > 0


def find_salt(tx: Tx) -> str:
    """What addresses are hashed with; empty while nothing was ever suppressed."""
    row = tx.execute("SELECT value FROM state WHERE key = ?", (SALT_KEY,)).fetchone()
    return row[0] if row else ""


def salt(tx: Tx) -> str:
    """What addresses are hashed with, made at the first use. Call inside `write`.

    It lives with the list and not in `.env`: whoever lost the one would silently lose the other.
    """
    tx.execute(
        "INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
        (SALT_KEY, clock.new_secret()),
    )
    return find_salt(tx)


def refusal(topic: str, channel: str, at: int, source: str) -> Consent:
    """An unsubscribe as a value; an empty topic or channel means every one."""
    return Consent(channel or ALL, topic or ALL, "unsubscribed", at, source)


def _consent(row: Row, *, by_person: bool) -> Consent:
    _, channel, topic, state, at, source = row
    by = cast("State", state)
    return Consent(channel, topic, by, at, source, "person" if by_person else "address")
