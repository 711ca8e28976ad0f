"""Addresses of our own mailbox that say which message a letter to them is about.

`in+b.TOKEN@shop.example`: the mailbox's own name, one letter for what comes back, and the token.
Everything after the plus is small letters, digits and one dot, which every mail server keeps.
"""

from __future__ import annotations

from typing import Final

from mautod.core.sending.links import Links, Mailbox
from mautod.errors import BadInput, NotFound

_LETTERS: Final[dict[Mailbox, str]] = {"bounce": "b", "reply": "r", "leave": "u"}
_BOXES: Final = {letter: box for box, letter in _LETTERS.items()}
_LONGEST_TOKEN: Final = 29
"""Ten bytes of signature and eight of number in base 32."""
_LONGEST_LOCAL: Final = 64
_LONGEST_NAME: Final = _LONGEST_LOCAL - len("+b.") - _LONGEST_TOKEN


def check(mailbox: str) -> None:
    """Make sure that addresses can be made of `mailbox`.

    Raises:
        BadInput: it has no name or domain, or its name is too long to be added to.
    """
    name, _, domain = mailbox.rpartition("@")
    if not name or not domain:
        raise BadInput("This is not an email address.", hint="Write in@shop.example.")
    if "+" in name:
        raise BadInput("This address has a plus already.", hint="Write in@shop.example.")
    if len(name) > _LONGEST_NAME:
        raise BadInput(
            f"The name before the @ has {len(name)} characters, and a token is added to it.",
            hint=f"Take a mailbox whose name has at most {_LONGEST_NAME}.",
        )


def address(links: Links, mailbox: str, box: Mailbox, message_id: int) -> str:
    """The address of `mailbox` where `box` of this message comes back to; always the same."""
    name, _, domain = mailbox.rpartition("@")
    return f"{name}+{_LETTERS[box]}.{links.mail(box, message_id)}@{domain}"


def read(links: Links, mailbox: str, address: str) -> tuple[Mailbox, int] | None:
    """What a letter to `address` is about, and of which message; None if we did not make it.

    The case of `address` does not matter: servers on the way may change it.
    """
    name, _, domain = mailbox.lower().rpartition("@")
    local, _, at = address.strip().strip("<>").lower().rpartition("@")
    word, _, token = local.removeprefix(f"{name}+").partition(".")
    box = _BOXES.get(word)
    if at != domain or not local.startswith(f"{name}+") or box is None:
        return None
    try:
        return box, links.read_mail(box, token)
    except NotFound:
        return None
