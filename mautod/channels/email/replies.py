"""What a mail server answers, and what it means for the letter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mautod.core.sending.bounce import Verdict, classify
from mautod.core.sending.message import Failed, Outcome, Retry, Sent, Trace
from mautod.core.sending.retry import UNREACHABLE

LONGEST_LINE: Final = 4096
MOST_LINES: Final = 100

_CLOSING: Final = 421
_GO_ON: Final = 354
_TOO_BIG: Final = 552
_SHOWN: Final = 200
_ENHANCED: Final = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE: Final = re.compile(r"^\d{3} ?")
_INVISIBLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class Cut(Exception):
    """The connection is of no more use; the text says why.

    `rule` tells a server that takes its leave from one that cannot be reached or does not answer.
    """

    def __init__(self, why: str, rule: str = UNREACHABLE, code: str = "") -> None:
        super().__init__(why)
        self.rule = rule
        self.code = code

    def retry(self) -> Retry:
        """What it means for a letter that the server surely does not have."""
        return Retry(str(self), self.rule, Trace(code=self.code))


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete answer."""

    code: int
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        return self.code < 300  # noqa: PLR2004

    @property
    def closing(self) -> bool:
        """Whether the connection ends with it."""
        return self.code == _CLOSING

    @property
    def enhanced(self) -> str:
        """The enhanced code that it begins with, as "5.1.1", or nothing."""
        found = _ENHANCED.match(self.lines[-1].lstrip())
        return found[0] if found else ""

    @property
    def stated(self) -> str:
        """Both codes, as "550 5.1.1"."""
        return f"{self.code} {self.enhanced}".rstrip()

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
    trace = Trace(code=reply.stated)
    if reply.code == _TOO_BIG:
        return Failed(reply.text, trace=trace)
    rule = "" if reply.permanent else _judged(reply).rule
    return Retry(reply.text, rule, trace)


def after_rcpt(reply: Reply) -> Outcome:
    """RCPT was refused: the server says whether the address is at fault."""
    trace, verdict = Trace(code=reply.stated), _judged(reply)
    if not reply.permanent:
        return Retry(reply.text, verdict.rule, trace)
    return Failed(reply.text, verdict.dead, verdict.kind, verdict.rule, trace)


def after_data(reply: Reply, took_ms: int | None = None) -> Outcome:
    """DATA, or the whole message, was answered."""
    trace = Trace(code=reply.stated, took_ms=took_ms)
    if reply.positive:
        return Sent(_CODE.sub("", reply.text), trace)
    verdict = _judged(reply)
    if not reply.permanent:
        return Retry(reply.text, verdict.rule, trace)
    # Without a stated code it is the text that was refused; the address was taken at RCPT.
    kind = verdict.kind if reply.enhanced or verdict.kind != "hard" else "policy"
    return Failed(reply.text, kind == "hard", kind, verdict.rule, trace)


def _judged(reply: Reply) -> Verdict:
    return classify(reply.code, reply.enhanced, reply.text)


def _shown(line: bytes) -> str:
    return _INVISIBLE.sub(" ", line[:80].decode(errors="replace"))
