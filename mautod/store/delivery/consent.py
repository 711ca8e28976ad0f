"""Consent of people, opt-outs of addresses, suppressed addresses: the rows behind every no."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, Literal, cast

from mautod import clock
from mautod.core.rules.checker import CONSENT
from mautod.core.sending.consent import (
    ALL,
    DOMAIN,
    NO_PROOF,
    Consent,
    Proof,
    State,
    Suppression,
    address_hash,
    address_key,
    domain_key,
)
from mautod.store import inbox
from mautod.store.db import Row, Tx
from mautod.store.delivery import ledger

SALT_KEY: Final = "address_salt"

# Primary key (person_id, channel, topic).
CONSENTS: Final = """
SELECT person_id, channel, topic, state, at, source, firm FROM consent
WHERE person_id IN ({marks}) AND channel IN (?, '*')"""

# Primary key (channel, address, topic).
OPTOUTS: Final = """
SELECT address, channel, topic, state, at, source, 1 FROM optout
WHERE channel IN (?, '*') AND address IN ({marks})"""

# Primary key (channel, address_hash).
SUPPRESSIONS: Final = """
SELECT address_hash, reason, at FROM suppression
WHERE channel IN (?, '*') AND address_hash IN ({marks})"""

# Primary keys: everything that one person said, that was said for one address.
_SAID: Final = "SELECT 0, channel, topic, state, at, source, firm FROM consent WHERE person_id = ?"
# index optout_address
_FOR_ADDRESS: Final = (
    "SELECT address, channel, topic, state, at, source, 1 FROM optout WHERE address = ?"
)
_PUT: Final = """
INSERT INTO consent (person_id, channel, topic, state, at, source, firm) VALUES (?,?,?,?,?,?,?)
ON CONFLICT (person_id, channel, topic) DO UPDATE SET state = excluded.state, at = excluded.at,
  source = excluded.source, firm = excluded.firm"""
_PUT_FOR_ADDRESS: Final = """
INSERT INTO optout (channel, address, topic, at, source, state) VALUES (?,?,?,?,?,?)
ON CONFLICT (channel, address, topic) DO UPDATE SET state = excluded.state, at = excluded.at,
  source = excluded.source"""

# Primary keys: what was said before is said again, and is as late as that.
_AGAIN: Final = """
UPDATE consent SET at = max(at, ?)
WHERE person_id = ? AND channel = ? AND topic = ? AND state = ?"""
_AGAIN_FOR_ADDRESS: Final = """
UPDATE optout SET at = max(at, ?)
WHERE channel = ? AND address = ? AND topic = ? AND state = ?"""

# Index person_email (on lower(email)).
PEOPLE_WITH_EMAIL: Final = """
SELECT id FROM person
WHERE lower(email) = ? AND email IS NOT NULL AND merged_into IS NULL AND erased_at IS NULL
ORDER BY id"""


def marks(values: Collection[object]) -> str:
    """As many bound parameters as there are values."""
    return ",".join("?" * len(values))


def consents(tx: Tx, channel: str, person_ids: Collection[int]) -> dict[int, list[Consent]]:
    """What these people said about messages on `channel`, whatever the topic."""
    found: dict[int, list[Consent]] = {}
    for row in tx.execute(CONSENTS.format(marks=marks(person_ids)), (*person_ids, channel)):
        found.setdefault(row[0], []).append(_consent(row, by_person=True))
    return found


def optouts(tx: Tx, channel: str, addresses: Collection[str]) -> dict[str, list[Consent]]:
    """What was said for these addresses (as `address_key` writes them), by address."""
    found: dict[str, list[Consent]] = {}
    for row in tx.execute(OPTOUTS.format(marks=marks(addresses)), (channel, *addresses)):
        found.setdefault(row[0], []).append(_consent(row, by_person=False))
    return found


def suppressed(tx: Tx, channel: str, addresses: Collection[str]) -> dict[str, Suppression]:
    """Those of these addresses (as `address_key` writes them) that must never be used.

    An address may be suppressed by itself or with its whole domain.
    """
    salt = find_salt(tx)
    if not salt:
        return {}
    hashes = hashes_of(salt, addresses)
    rows = tx.execute(SUPPRESSIONS.format(marks=marks(hashes)), (channel, *hashes)).fetchall()
    found: dict[str, Suppression] = {}
    for digest, reason, at in rows:
        found |= dict.fromkeys(hashes[digest], Suppression(reason, at))
    return found


def hashes_of(salt: str, addresses: Collection[str]) -> dict[str, list[str]]:
    """By the hash of each entry that would suppress them, the addresses that it would suppress."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        for entry in (address, domain_key(address)):
            if entry:
                found.setdefault(address_hash(salt, entry), []).append(address)
    return found


def put_consent(tx: Tx, person_id: int, consent: Consent, proof: Proof = NO_PROOF) -> bool:
    """Record a person's will, in the ledger too; True unless it held already. Inside `write`.

    One that held is as late as it was said last: two people who are merged have the later word.
    """
    known = [_consent(row, by_person=True) for row in tx.execute(_SAID, (person_id,))]
    if _holds(known, consent):
        say_again(tx, person_id, consent)
        return False
    consent = _latest(known, consent)
    key = (person_id, consent.channel, consent.topic)
    tx.execute(_PUT, (*key, consent.state, consent.at, consent.source, int(consent.firm)))
    ledger.note(tx, [person_id], consent, proof)
    inbox.facts(tx, consent.at, [person_id], CONSENT)
    return True


def say_again(tx: Tx, person_id: int, consent: Consent) -> None:
    """Let a will that holds be as late as it was said last; inside `write`."""
    key = (person_id, consent.channel, consent.topic, consent.state)
    tx.execute(_AGAIN, (consent.at, *key))


def put_optout(tx: Tx, address: str, consent: Consent) -> bool:
    """Record a will for `address`, whoever has it; True unless it held already.

    A yes is recorded only where a no was: nobody needs one from an address. Inside `write`.
    """
    key = address_key(address)
    known = [_consent(row, by_person=False) for row in tx.execute(_FOR_ADDRESS, (key,))]
    told = replace(consent, by="address")
    if _holds(known, told):
        tx.execute(_AGAIN_FOR_ADDRESS, (told.at, told.channel, key, told.topic, told.state))
        return False
    if told.state == "subscribed" and not known:
        return False
    told = _latest(known, told)
    row = (told.channel, key, told.topic, told.at, told.source, told.state)
    tx.execute(_PUT_FOR_ADDRESS, row)
    return _told(tx, address, told.at, 1)


def _holds(known: Sequence[Consent], will: Consent) -> bool:
    """Whether the same was said before, and nothing to the contrary since."""
    same = next(
        (
            each
            for each in known
            if (each.channel, each.topic, each.state, each.firm)
            == (will.channel, will.topic, will.state, will.firm)
        ),
        None,
    )
    if same is None:
        return False
    return not any(_crosses(each, will) and each.at >= same.at for each in known)


def _latest(known: Sequence[Consent], will: Consent) -> Consent:
    """`will` after everything that it crosses, whatever a clock says that was set back."""
    last = max((each.at for each in known if _crosses(each, will)), default=0)
    return replace(will, at=max(will.at, last + (will.state == "subscribed")))


def _crosses(one: Consent, other: Consent) -> bool:
    """Whether two wills say different things of the same messages."""
    return (
        one.state != other.state
        and (one.channel == other.channel or ALL in (one.channel, other.channel))
        and (one.topic == other.topic or ALL in (one.topic, other.topic))
    )


def suppress(tx: Tx, channel: str, address: str, reason: str, at: int, note: str = "") -> bool:
    """Never use `address` again, or with `*@domain` none of a domain; True if that is new.

    Call inside `write`.
    """
    added = tx.execute(
        "INSERT INTO suppression (channel, address_hash, address, reason, at, note)"
        " VALUES (?,?,?,?,?,?) ON CONFLICT (channel, address_hash) DO NOTHING",
        (channel, address_hash(salt(tx), address), address_key(address), reason, at, note),
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
    sql = "SELECT 1 FROM optout WHERE address = ? AND state <> 'subscribed' LIMIT 1"
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
        of_domain = address_key(address).startswith(DOMAIN)
        people = _people_of(tx, address) if of_domain else people_with_email(tx, address)
        inbox.facts(tx, at, people, CONSENT)
    return rows > 0


def _people_of(tx: Tx, domain: str) -> list[int]:
    """Everybody alive with an address there; one pass over person, for an operator's decision."""
    alive = "email IS NOT NULL AND merged_into IS NULL AND erased_at IS NULL"
    sql = f"SELECT id FROM person WHERE {alive} AND domain_key(email) = ? ORDER BY id"
    return [row[0] for row in tx.execute(sql, (address_key(domain),))]


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


def of_person(tx: Tx, person_id: int) -> list[Consent]:
    """Everything that one person said, on whatever channel."""
    return [_consent(row, by_person=True) for row in tx.execute(_SAID, (person_id,))]


def of_address(tx: Tx, address: str) -> list[Consent]:
    """Everything that was said for one address, on whatever channel."""
    key = address_key(address)
    return [_consent(row, by_person=False) for row in tx.execute(_FOR_ADDRESS, (key,))]


def refusal(topic: str, channel: str, at: int, source: str) -> Consent:
    """An unsubscribe as a value; an empty topic or channel means every one."""
    return Consent(channel or ALL, topic or ALL, "unsubscribed", at, source)


def _consent(row: Row, *, by_person: bool) -> Consent:
    _, channel, topic, state, at, source, firm = row
    said = cast("State", state)
    by: Literal["person", "address"] = "person" if by_person else "address"
    return Consent(channel, topic, said, at, source, by, bool(firm))
