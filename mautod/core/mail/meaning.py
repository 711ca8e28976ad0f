"""What a mail to our own mailbox means, and which message of ours it is about.

A `From` is easily forged and proves nothing. A mail is about a message if it came to an address
that only that message carried, or if it names the Message-ID that we gave it; both are signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from mautod.core.mail.automatic import is_automatic, is_report
from mautod.core.mail.headers import Headers
from mautod.core.mail.mime import Mail
from mautod.core.mail.reports import DELAYED, FAILED, Fate, complaint, fates, odd_fates, returned
from mautod.core.sending import mailbox
from mautod.core.sending.links import Links, Mailbox
from mautod.errors import NotFound

Kind = Literal[
    "bounce", "delayed", "delivered", "complaint", "unsubscribe", "automatic", "reply", "unclear"
]
"""unclear: a machine's, and nothing here understands it."""

CUT: Final = "x-mautod-cut"
"""A header of our own, with the true size of a mail of which only the beginning was taken."""
_TO: Final = (
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to",
    "to", "cc", "resent-to",
)  # fmt: skip
_FROM_US: Final = (
    "return-path", "original-mail-from", "x-original-return-path", "reply-to", "list-unsubscribe",
    "from",
)  # fmt: skip
_MOST_ADDRESSES: Final = 100


@dataclass(frozen=True, slots=True)
class About:
    """Which message of ours a mail is about, and by what that is known.

    `box`: what the address that it came to is for; empty if a Message-ID tells.
    """

    message: int
    box: Mailbox | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a mail says. `about` is None if it is about no message that we know to be ours.

    `fate`: what became of the letter, for bounce, delayed and delivered. `sign`: the rule that made
    it automatic, or the kind of complaint.
    """

    kind: Kind
    about: About | None = None
    fate: Fate | None = None
    sign: str = ""


def meaning(mail: Mail, raw: bytes, links: Links) -> Meaning:
    """What `mail`, whose bytes are `raw`, means; never raises."""
    about = _addressed(links, mail.headers.addresses(*_TO))
    told = complaint(mail)
    if told:
        return Meaning("complaint", about or _returned(mail, links), sign=told)
    found = fates(mail)
    if found:
        return _of_fates(found, about or _returned(mail, links))
    if about is not None and about.box == "leave":
        return Meaning("unsubscribe", about)
    return _other(mail, raw, links, about or _named(links, _references(mail.headers)))


def _other(mail: Mail, raw: bytes, links: Links, about: About | None) -> Meaning:
    by_server = is_report(mail.headers)
    if by_server or (about is not None and about.box == "bounce"):
        odd = odd_fates(mail, raw)
        if odd:
            return _of_fates(odd, about or _returned(mail, links))
    sign = _own(links, mail.headers) or is_automatic(mail.headers)
    if sign:
        return Meaning("automatic", about, sign=sign)
    return Meaning("unclear" if by_server else "reply", about)


def _of_fates(found: Iterable[Fate], about: About | None) -> Meaning:
    """A letter of ours goes to one address, so what is worst of it counts."""
    worst = min(found, key=_badness)
    if worst.action == FAILED:
        return Meaning("bounce", about, worst)
    return Meaning("delayed" if worst.action == DELAYED else "delivered", about, worst)


def _badness(fate: Fate) -> int:
    return (FAILED, DELAYED).index(fate.action) if fate.action in (FAILED, DELAYED) else 2


def _own(links: Links, found: Headers) -> str:
    """A letter of ours that came back as it was: somebody forwards what we send to us."""
    return "own letter" if _named(links, found.ids("message-id")) else ""


def _references(found: Headers) -> list[str]:
    """The messages that a mail answers, the latest first."""
    return [*found.ids("in-reply-to"), *reversed(found.ids("references"))]


def _returned(mail: Mail, links: Links) -> About | None:
    """The message of ours that a report brings back."""
    back = returned(mail)
    about = _named(links, back.ids("message-id")) or _addressed(links, back.addresses(*_FROM_US))
    return about or _named(links, _references(mail.headers))


def _addressed(links: Links, addresses: Iterable[str]) -> About | None:
    found = list(_tokens(links, addresses))
    # Whoever writes to several of our addresses at once most of all wants to leave.
    return next((about for about in found if about.box == "leave"), found[0] if found else None)


def _tokens(links: Links, addresses: Iterable[str]) -> Iterator[About]:
    for address in list(addresses)[:_MOST_ADDRESSES]:
        local, _, domain = address.rpartition("@")
        name, plus, _ = local.rpartition("+")
        told = mailbox.read(links, f"{name}@{domain}", address) if plus else None
        if told is not None:
            yield About(told[1], told[0])


def _named(links: Links, ids: Iterable[str]) -> About | None:
    for each in ids:
        try:
            return About(links.read_stamp(each.partition("@")[0]))
        except NotFound:
            continue
    return None


def unsure(found: Meaning) -> Meaning:
    """The same about no message: its person is gone, or it never was."""
    return replace(found, about=None)
