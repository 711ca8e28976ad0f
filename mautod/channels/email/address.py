"""Email addresses as SMTP takes them: plain ASCII, checked, so that none can hold a command."""

from __future__ import annotations

import re
from email.utils import parseaddr
from functools import lru_cache
from typing import Final

from mautod.errors import BadInput

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LONGEST: Final = 254
_LONGEST_LOCAL: Final = 64


@lru_cache(maxsize=8192)
def envelope_address(address: str) -> str:
    """`address` for MAIL, RCPT and headers; a domain in another script in its ASCII form.

    Raises:
        BadInput: no server would take it.
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError as error:
        raise _unfit() from error
    fits = len(local) <= _LONGEST_LOCAL and len(local) + 1 + len(ascii_domain) <= _LONGEST
    if not (at and fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)):
        raise _unfit()
    return f"{local}@{ascii_domain}"


def split_mailbox(text: str) -> tuple[str, str]:
    """Name and address in `Shop <hello@shop.test>` or a bare address.

    Raises:
        BadInput: there is no one address in it.
    """
    if any(ord(letter) < ord(" ") for letter in text):
        raise _unfit()
    name, address = parseaddr(text)
    return name, envelope_address(address)


def _unfit() -> BadInput:
    # The address is not repeated: errors go into logs.
    return BadInput("This is not an email address.", hint="Write name@example.com.")
