"""Makes receipts of what mailboxes and providers tell, in words that are safe to keep and to show.

`code` is the server's: an enhanced one (`5.1.1`) if it gave that, else the three digits.
"""

from __future__ import annotations

import re
from typing import Final

from mautod.core.envelope import LONGEST_CODE, LONGEST_TEXT, Bounce, Receipt

DELIVERED: Final = "delivered"
BOUNCED: Final = "bounce"
COMPLAINED: Final = "complaint"

_INVISIBLE: Final = re.compile("[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def delivered(message: int) -> Receipt:
    """The mailbox has taken it."""
    return Receipt(DELIVERED, message)


def bounced(message: int, how: Bounce, code: str = "", text: str = "") -> Receipt:
    """It came back; what a server wrote is cut and cleaned of control characters."""
    return Receipt(BOUNCED, message, bounce=how, code=_clean(code, LONGEST_CODE), text=_clean(text))


def complained(message: int, text: str = "") -> Receipt:
    """Its reader called it spam; `text` says who tells."""
    return Receipt(COMPLAINED, message, text=_clean(text))


def _clean(text: str, longest: int = LONGEST_TEXT) -> str:
    kept = _INVISIBLE.sub(" ", text[: 4 * longest]).strip()[:longest]
    # A half of a surrogate pair is no text that could be written down.
    return kept.encode(errors="replace").decode()
