"""Headers by which receivers and mail programs know a mailing, and the addresses it comes back to.

None of them is folded: some servers fold anew what is folded, and break its signature.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mautod.channels.email import mime
from mautod.core.sending import mailbox
from mautod.core.sending.links import Links

_NOT_WORD: Final = re.compile(r"[^a-z0-9]")
_ID: Final = re.compile(r"[!-;=?-~]{1,250}")
_LONGEST_SENDER: Final = 15
_SHORTEST_SENDER: Final = 5
_AUTOMATIC: Final = ("Auto-Submitted", "auto-generated")


@dataclass(frozen=True, slots=True)
class Returns:
    """Where things come back of one letter: its own addresses of our mailbox, or fixed ones.

    `bounces` is for the envelope. `leave` is empty where nobody reads a mailbox.
    """

    bounces: str
    reply_to: str = ""
    leave: str = ""


@dataclass(frozen=True, slots=True)
class ReturnsOf:
    """`Returns` for the letters of one template; what is fixed wins over the mailbox."""

    mailbox: str
    name: str
    sender: str
    return_path: str = ""
    reply_to: str = ""

    def letter(self, links: Links, message_id: int) -> Returns:
        """Where letter `message_id` comes back to; always the same."""
        if not self.mailbox:
            return Returns(self.return_path or self.sender, self.reply_to)
        bounces = self.return_path or mailbox.address(links, self.mailbox, "bounce", message_id)
        answers = self.reply_to or mime.mailbox(
            self.name, mailbox.address(links, self.mailbox, "reply", message_id)
        )
        return Returns(bounces, answers, mailbox.address(links, self.mailbox, "leave", message_id))


def mailing(
    topic: str, template: str, domain: str, unsubscribe: str, leave: str
) -> list[tuple[str, str]]:
    """What marketing says of itself, with its two ways out (RFC 2369, RFC 8058)."""
    ways = f"<{unsubscribe}>" + (f", <mailto:{leave}?subject=unsubscribe>" if leave else "")
    word = mime.token(topic)
    return [
        ("List-Unsubscribe", ways),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", f"<{word}.{domain}>"),
        ("Feedback-ID", f"{mime.token(template)}:{word}:email:{sender_id(domain)}"),
        ("Precedence", "bulk"),
    ]


def notice() -> list[tuple[str, str]]:
    """What a letter says of itself that a program writes and that is no mailing (RFC 3834)."""
    return [_AUTOMATIC, ("X-Auto-Response-Suppress", "All")]


def thread(ids: Sequence[str]) -> list[tuple[str, str]]:
    """What a letter of a person's answers: the last of these Message-IDs; the others led to it."""
    fit = [f"<{each}>" for each in ids if _ID.fullmatch(each)]
    return [("In-Reply-To", fit[-1]), ("References", " ".join(fit))] if fit else []


def sender_id(domain: str) -> str:
    """The last part of Feedback-ID: always the same for a domain, 5 to 15 letters and digits."""
    word = _NOT_WORD.sub("", domain.lower())
    return word[:_LONGEST_SENDER].ljust(_SHORTEST_SENDER, "0")
