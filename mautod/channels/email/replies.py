"""What a mail server answers, and what it means for the letter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mautod.core.sending.message import Failed, Outcome, Retry, Sent

LONGEST_LINE: Final = 4096
MOST_LINES: Final = 100

CLOSING: Final = 421
_GO_ON: Final = 354
_TOO_BIG: Final = 552
_SHOWN: Final = 200
_ENHANCED: Final = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE: Final = re.compile(r"^\d{3} ?")
_INVISIBLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# RFC 3463: no such mailbox, no such system, bad destination syntax, moved, null MX.
_DEAD: Final = {("1", "1"), ("1", "2"), ("1", "3"), ("1", "6"), ("1", "10")}
_DEAD_CODES: Final = {550, 551, 553}


class Cut(Exception):
    """The connection is of no more use; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete answer."""

    code: int
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        return self.code < 300  # noqa: PLR2004

    @property
    def go_on(self) -> bool:
        """Whether the server waits for the message's text."""
        return self.code == _GO_ON

    @property
    def refused(self) -> bool:
        return self.code >= 400  # noqa: PLR2004

    @property
    def permanent(self) -> bool:
        return self.code >= 500  # noqa: PLR2004

    @property
    def text(self) -> str:
        """The answer on one line, harmless to show."""
        return _INVISIBLE.sub(" ", f"{self.code} {' '.join(self.lines)}").strip()[:_SHOWN]


class Replies:
    """Collects bytes and gives back complete answers."""

    __slots__ = ("_lines", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[str] = []

    @property
    def pending(self) -> bool:
        """Whether a part of an answer waits for its end."""
        return bool(self._rest or self._lines)

    def feed(self, received: bytes) -> list[Reply]:
        """The answers that `received` completes.

        Raises:
            Cut: this is no SMTP.
        """
        *lines, self._rest = (self._rest + received).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise Cut("the server sends a line without end")
        return [reply for line in lines if (reply := self._line(line.rstrip(b"\r")))]

    def _line(self, line: bytes) -> Reply | None:
        code, sign, text = line[:3], line[3:4], line[4:]
        if not code.isdigit() or not b"200" <= code <= b"599" or sign not in {b"", b" ", b"-"}:
            raise Cut(f"the server does not speak SMTP: {_shown(line)}")
        self._lines.append(text.decode(errors="replace"))
        if sign == b"-":
            if len(self._lines) > MOST_LINES:
                raise Cut("the server's answer has no end")
            return None
        reply = Reply(int(code), tuple(self._lines))
        self._lines = []
        return reply


def after_mail(reply: Reply) -> Outcome:
    """MAIL was refused: it names only our own sender, which an operator can repair meanwhile."""
    return Failed(reply.text) if reply.code == _TOO_BIG else Retry(reply.text)


def after_rcpt(reply: Reply) -> Outcome:
    """RCPT was refused: the address is at fault unless the server says otherwise."""
    if not reply.permanent:
        return Retry(reply.text)
    stated = _enhanced(reply)
    dead = stated in _DEAD if stated else reply.code in _DEAD_CODES
    return Failed(reply.text, dead=dead)


def after_data(reply: Reply) -> Outcome:
    """DATA, or the whole message, was answered."""
    if reply.positive:
        return Sent(_CODE.sub("", reply.text))
    if reply.permanent:
        return Failed(reply.text, dead=_enhanced(reply) in _DEAD)
    return Retry(reply.text)


def _enhanced(reply: Reply) -> tuple[str, str] | None:
    found = _ENHANCED.match(reply.lines[-1].lstrip())
    return (found[2], found[3]) if found else None


def _shown(line: bytes) -> str:
    return _INVISIBLE.sub(" ", line[:80].decode(errors="replace"))
