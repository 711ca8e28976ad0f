"""The parts of a mail, taken apart with a limit on everything.

The standard library's parser follows a mail as deep as it goes; a mail of ours may have come from
anybody. What is nested deeper or has more parts than any honest mail is kept whole and not opened.
"""

from __future__ import annotations

from binascii import a2b_qp
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mautod.core.mail import headers
from mautod.core.mail.headers import Headers

DEEPEST: Final = 12
MOST_PARTS: Final = 200
MOST_BOUNDARIES: Final = 400
_MOST_LOOKS: Final = 2000
_LONGEST_BOUNDARY: Final = 200
_MULTIPART: Final = "multipart/"
_MESSAGES: Final = ("message/rfc822", "message/global")


@dataclass(frozen=True, slots=True)
class Part:
    """One part and what is in it. `type` is lower case; `body` is as it came, not decoded."""

    headers: Headers
    type: str
    params: Mapping[str, str]
    body: bytes
    parts: tuple[Part, ...] = ()

    @property
    def content(self) -> bytes:
        """The body, its transfer encoding taken off."""
        how = self.headers.get("content-transfer-encoding").lower()
        if how == "base64":
            return headers.base64(self.body)
        return a2b_qp(self.body) if how == "quoted-printable" else self.body

    @property
    def text(self) -> str:
        """The body as text, with line ends of one kind."""
        text = headers.as_text(self.content, self.params.get("charset", ""))
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")

    @property
    def filename(self) -> str:
        """What its sender calls it; only for showing."""
        given = headers.value_of(self.headers.get("content-disposition"))[1].get("filename", "")
        name = (given or self.params.get("name", "")).replace("\\", "/").rpartition("/")[2]
        return headers.shown(name)[:120]

    @property
    def attached(self) -> bool:
        """Whether it is meant as a file."""
        how = headers.value_of(self.headers.get("content-disposition"))[0]
        return how == "attachment" or bool(self.filename)

    def walk(self) -> Iterator[Part]:
        """This part and all within it, in their order."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def walk_own(self) -> Iterator[Part]:
        """The same, but not into mails that are only quoted."""
        yield self
        for part in () if self.type in _MESSAGES else self.parts:
            yield from part.walk_own()


@dataclass(slots=True)
class Mail:
    """A mail taken apart. `cut` says why something in it was not opened; empty if all was."""

    root: Part
    cut: str = ""

    @property
    def headers(self) -> Headers:
        return self.root.headers


def too_complex(raw: bytes) -> bool:
    """Whether a mail declares more parts within parts than any honest one: quick, opens nothing."""
    return raw.count(b"oundary=") + raw.count(b"OUNDARY=") > MOST_BOUNDARIES


def parse(raw: bytes) -> Mail:
    """Take a mail apart; never raises, whatever it is."""
    reader = _Reader()
    root = reader.part(raw, 0)
    return Mail(root, reader.cut)


@dataclass(slots=True)
class _Reader:
    left: int = MOST_PARTS
    cut: str = field(default="")

    def part(self, raw: bytes, depth: int) -> Part:
        self.left -= 1
        head, body = _halves(raw)
        found = headers.read(head)
        kind, params = headers.value_of(found.get("content-type"))
        kind = kind if "/" in kind else "text/plain"
        return Part(found, kind, params, body, tuple(self._inner(kind, params, body, depth)))

    def _inner(
        self, kind: str, params: Mapping[str, str], body: bytes, depth: int
    ) -> Iterator[Part]:
        if not (kind.startswith(_MULTIPART) or kind in _MESSAGES):
            return
        if depth >= DEEPEST:
            self.cut = self.cut or f"nested more than {DEEPEST} deep"
            return
        inner = [body] if kind in _MESSAGES else _split(body, params.get("boundary", ""))
        for piece in inner:
            if self.left <= 0:
                self.cut = self.cut or f"more than {MOST_PARTS} parts"
                return
            yield self.part(piece, depth + 1)


def _halves(raw: bytes) -> tuple[bytes, bytes]:
    """The headers and the body; a mail without an empty line is all headers."""
    if raw.startswith((b"\n", b"\r\n")):
        return b"", raw.lstrip(b"\r\n")
    ends = [(at, len(end)) for end in (b"\r\n\r\n", b"\n\n") if (at := raw.find(end)) >= 0]
    at, length = min(ends, default=(len(raw), 0))
    return raw[:at], raw[at + length :]


def _split(body: bytes, boundary: str) -> list[bytes]:
    """The pieces between the boundary's lines; a missing end is forgiven."""
    if not boundary or len(boundary) > _LONGEST_BOUNDARY:
        return []
    line = b"--" + boundary.encode("utf-8", "replace")
    pieces: list[bytes] = []
    start, at = -1, body.find(line)
    for _ in range(_MOST_LOOKS):
        if at < 0:
            break
        window = body[at + len(line) : at + len(line) + _LONGEST_BOUNDARY]
        ending, newline, _ = window.partition(b"\n")
        end = at + len(line) + len(ending) if newline else -1
        rest = ending.strip()
        if (at == 0 or body[at - 1 : at] == b"\n") and rest in (b"", b"--"):
            if start >= 0:
                pieces.append(_without_end(body[start:at]))
            start = -1 if rest or end < 0 else end + 1
            if rest:
                break
        at = body.find(line, at + len(line))
    return [*pieces, body[start:]] if start >= 0 else pieces


def _without_end(piece: bytes) -> bytes:
    """The line end before a boundary is the boundary's."""
    return piece.removesuffix(b"\n").removesuffix(b"\r")
