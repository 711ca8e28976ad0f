"""Saying no: unsubscribing people and addresses, suppressing addresses.

Each is one transaction, and once it returns no later send to that address starts: the gate reads
these rows in the transaction that marks a message as `sending`. Queued messages are left alone and
refused at their time, so that the ledger says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mautod.core.sending.consent import ALL, NO_PROOF, Consent, Proof
from mautod.core.sending.entry import read_entry
from mautod.core.sending.returns import UNSUBSCRIBED
from mautod.errors import BadInput, NotFound
from mautod.store import inbox
from mautod.store.db import Database, Tx
from mautod.store.delivery import consent as store
from mautod.store.delivery import messages, receipts
from mautod.store.people import cards


@dataclass(frozen=True, slots=True)
class FromMessage:
    """Whoever got this message: its person and the address that it went to."""

    message_id: int


@dataclass(frozen=True, slots=True)
class FromPerson:
    """This person, at their present address too."""

    person_id: int


@dataclass(frozen=True, slots=True)
class FromAddress:
    """This address, whoever has it now or later."""

    address: str


Who = FromMessage | FromPerson | FromAddress


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """What an unsubscribe came to; `new` is False if it had been said before."""

    people: tuple[int, ...]
    topic: str
    channel: str
    new: bool


def unsubscribe(  # noqa: PLR0913 - who, what, and how it came about
    db: Database,
    who: Who,
    now: int,
    *,
    topic: str = "",
    channel: str = "",
    source: str,
    proof: Proof = NO_PROOF,
) -> Unsubscribed:
    """Write no more to `who` about `topic` on `channel`; idempotent, acknowledged on return.

    An empty topic or channel means every one, except for `FromMessage`, where they are those of the
    message; say `ALL` to mean every one there too. People and addresses are both recorded, so that
    neither a new address of theirs nor another person with that address is written to.

    Raises:
        NotFound: no such message or person.
        BadInput: the address is empty.
    """
    with db.write() as tx:
        return unsubscribe_in(
            tx, who, now, topic=topic, channel=channel, source=source, proof=proof
        )


def unsubscribe_in(  # noqa: PLR0913 - as `unsubscribe`
    tx: Tx,
    who: Who,
    now: int,
    *,
    topic: str = "",
    channel: str = "",
    source: str,
    proof: Proof = NO_PROOF,
) -> Unsubscribed:
    """As `unsubscribe`, inside a `write` of the caller's."""
    people, addresses, consent = _targets(tx, who, topic, channel, now, source)
    proof = _with_place(proof, who, addresses)
    changed = [person for person in people if store.put_consent(tx, person, consent, proof)]
    added = [address for address in addresses if store.put_optout(tx, address, consent)]
    props = {"topic": consent.topic, "channel": consent.channel}
    inbox.post_all(tx, now, [(person, "Unsubscribed", props) for person in changed])
    new = bool(changed or added)
    if isinstance(who, FromMessage):
        receipts.set_mark(tx, who.message_id, UNSUBSCRIBED)
    return Unsubscribed(tuple(people), consent.topic, consent.channel, new)


def suppress(
    db: Database, address: str, channel: str, reason: str, now: int, note: str = ""
) -> bool:
    """Never use `address` on `channel` again; True if that is new. Acknowledged on return.

    `*@example.com` means every address of a domain.

    Raises:
        BadInput: it is no address and no domain.
    """
    entry = read_entry(address)
    with db.write() as tx:
        return store.suppress(tx, channel or ALL, entry, reason, now, note)


def unsuppress(db: Database, address: str, channel: str, now: int) -> None:
    """Take `address` off the list of those never to be used.

    Raises:
        NotFound: it is not on it.
    """
    entry = read_entry(address)
    with db.write() as tx:
        if not store.lift(tx, channel or ALL, entry, now):
            raise NotFound(f"{address} is not suppressed on {channel or 'any channel'}")


def _targets(
    tx: Tx, who: Who, topic: str, channel: str, now: int, source: str
) -> tuple[list[int], list[str], Consent]:
    """The people and addresses that are meant, and what they say."""
    match who:
        case FromMessage(message_id):
            sent = messages.recipient(tx, message_id)
            if sent is None:
                raise NotFound("this message is not known any more")
            consent = store.refusal(topic or sent.topic, channel or sent.channel, now, source)
            return [sent.person_id], [a for a in (sent.address, sent.email) if a], consent
        case FromPerson(person_id):
            person = cards.living(tx, person_id)
            if person is None:
                raise NotFound(f"there is no person {person_id}")
            email = messages.email_of(tx, person)
            return [person], [email] if email else [], store.refusal(topic, channel, now, source)
        case FromAddress(address):
            people = store.people_with_email(tx, _checked(address))
            return people, [address], store.refusal(topic, channel, now, source)


def _with_place(proof: Proof, who: Who, addresses: Sequence[str]) -> Proof:
    """With the address and the letter that it was about, as far as they are known."""
    message = who.message_id if isinstance(who, FromMessage) else proof.message
    first = next(iter(addresses), "")
    return replace(proof, address=proof.address or first, message=message)


def _checked(address: str) -> str:
    if not address.strip():
        raise BadInput("an address is expected", field="address")
    return address
