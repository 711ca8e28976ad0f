"""Mail about nobody that is known: shown, given to somebody, or dropped, always by an operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mautod import wire
from mautod.errors import Conflict, NotFound
from mautod.services.conversations.show import files
from mautod.services.conversations.thread import EMAIL, continue_
from mautod.services.people.find import resolve
from mautod.store import listing as pages
from mautod.store.conversations import listing, threads
from mautod.store.conversations.threads import NewPart
from mautod.store.db import Tx
from mautod.store.mail import letters
from mautod.store.mail.letters import UNMATCHED, KeptLetter
from mautod.store.mail.vault import Vault
from mautod.store.people import cards

_WRITTEN: Final = frozenset({"reply", "automatic", "unclear", "unsubscribe"})


def page(tx: Tx, kind: str, after: int | None, limit: int) -> wire.MailPage:
    """Unmatched mail, the latest first; of one kind, if it is named."""
    items, more = pages.page(letters.unmatched(tx, kind, after, limit + 1), limit)
    return wire.MailPage(
        _told(tx, items), letters.unmatched_counts(tx), items[-1].id if more else None
    )


def show(tx: Tx, number: int) -> wire.MailLetter:
    """One unmatched mail with what it says.

    Raises:
        NotFound: there is none of this number.
    """
    found = _found(tx, number)
    kept = letters.files_of(tx, [number]).get(number, [])
    return wire.MailLetter(_told(tx, [found])[0], found.text, files(kept), found.left_out)


def assign(tx: Tx, number: int, ask: wire.MailAsk, now: int) -> wire.Done:
    """File a mail in the conversation of a person about its subject; inside `write`.

    Nothing else follows from it: whose it is, is an operator's word and not the mail's.

    Raises:
        NotFound: there is no such mail or person.
        Conflict: it is a report of a server's, which nobody wrote.
    """
    found = _found(tx, number)
    if found.kind not in _WRITTEN:
        raise Conflict(
            f"mail {number} is a report of a mail server, not a person's",
            hint=f"When you have read it: mautod mail unmatched drop {number}",
        )
    person = resolve(tx, ask.person)
    letters.assign(tx, number, person)
    conversation = continue_(tx, person, found.subject, EMAIL, now)
    part = NewPart(found.at, "in", text=found.text, mail_id=number)
    threads.say(tx, conversation, part)
    return wire.Done(1, f"Mail {number} is in conversation {conversation} of person {person}.")


def drop(tx: Tx, number: int) -> wire.Done:
    """Forget what a mail says; inside `write`.

    Raises:
        NotFound: there is none of this number.
    """
    _found(tx, number)
    letters.drop(tx, number)
    return wire.Done(1, f"Mail {number} is dropped.")


def file(tx: Tx, vault: Vault, number: int) -> wire.MailContent:
    """A file that came with a mail, with what is in it.

    Raises:
        NotFound: there is none of this number.
    """
    found = letters.find_file(tx, number)
    if found is None:
        raise NotFound(f"there is no file {number}", field="file")
    return wire.MailContent(files([found])[0], vault.get(found.hash))


def _found(tx: Tx, number: int) -> KeptLetter:
    found = letters.find(tx, number)
    if found is None or found.state != UNMATCHED:
        raise NotFound(
            f"there is no unmatched mail {number}",
            field="mail",
            hint="See: mautod mail unmatched list",
        )
    return found


def _told(tx: Tx, mails: Sequence[KeptLetter]) -> list[wire.Mail]:
    """Mails with who has the address that they say they are from."""
    guessed = {mail.id: next(iter(cards.by_email(tx, mail.sender)), 0) for mail in mails}
    people = sorted({person for person in guessed.values() if person})
    called = listing.labels(tx, people) if people else {}
    return [
        wire.Mail(
            id=mail.id,
            at=mail.at,
            kind=mail.kind,
            sender=mail.sender,
            subject=mail.subject,
            detail=mail.detail,
            guess_id=guessed[mail.id] or None,
            guess=called.get(guessed[mail.id], ""),
        )
        for mail in mails
    ]
