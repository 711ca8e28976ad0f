"""Files that go out with a letter: their names, their kinds, and how large they may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from mautod.errors import BadInput

MOST: Final = 10
LARGEST_BYTES: Final = 5 * 1024 * 1024
LARGEST_SUM_BYTES: Final = 10 * 1024 * 1024
"""Many servers refuse a message over 20 MB; it grows by a third on its way."""
MARK: Final = "#"
"""Stands, in a stored template, between a file's name and the hash of what it holds."""

_NAME: Final = re.compile(r"[\w(][\w .()+-]{0,79}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_REFUSED: Final = frozenset(
    [
        ".ade",
        ".apk",
        ".app",
        ".bat",
        ".cmd",
        ".com",
        ".cpl",
        ".dll",
        ".dmg",
        ".exe",
        ".hta",
        ".iso",
        ".jar",
        ".js",
        ".jse",
        ".lnk",
        ".msi",
        ".msp",
        ".ps1",
        ".reg",
        ".scr",
        ".sh",
        ".sys",
        ".vb",
        ".vbe",
        ".vbs",
        ".wsf",
        ".wsh",
    ]
)
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
_SIGNS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BEGIN:VCALENDAR", "text/calendar; charset=utf-8"),
    (b"BEGIN:VCARD", "text/vcard; charset=utf-8"),
)
_ZIP: Final = b"PK\x03\x04"
_UNKNOWN: Final = "application/octet-stream"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_ZIPPED: Final = {
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "epub": "application/epub+zip",
}
_HEARD: Final = {"mp3": "audio/mpeg", "mp4": "video/mp4", "ogg": "audio/ogg"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a template; `hash` is the SHA-256 of its `content` in hex."""

    name: str
    hash: str = ""
    content: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        return f"{self.name}{MARK}{self.hash}" if self.hash else self.name


def read_attachment(text: str) -> Attachment:
    """`price.pdf`, or as it is stored `price.pdf#HASH`.

    Raises:
        BadInput: no mail program would take such a name.
    """
    name, mark, found = text.partition(MARK)
    if not _NAME.fullmatch(name) or (mark and not _HASH.fullmatch(found)):
        hint = "Letters, digits, spaces and ().+- up to 80, of a file in templates/."
        raise BadInput(f"{name[:80]!r} is no name of a file", hint=hint)
    if f".{name.rpartition('.')[2].lower()}" in _REFUSED:
        raise BadInput(f"{name}: mail servers refuse programs", hint="Link to it instead.")
    return Attachment(name, found)


def with_content(attachment: Attachment, content: bytes) -> Attachment:
    """The attachment with what its file holds.

    Raises:
        BadInput: the file is empty, too large, or a program.
    """
    name = attachment.name
    if not content:
        raise BadInput(f"{name} is empty")
    if len(content) > LARGEST_BYTES:
        hint = f"At most {LARGEST_BYTES // 1024 // 1024} MB; link to it instead."
        raise BadInput(f"{name} has {len(content) / 1024 / 1024:.1f} MB", hint=hint)
    if content.startswith(_PROGRAMS):
        raise BadInput(f"{name}: mail servers refuse programs", hint="Link to it instead.")
    return replace(attachment, hash=sha256(content).hexdigest(), content=content)


def check_sum(attachments: tuple[Attachment, ...]) -> None:
    """Nothing, if all these may go out together.

    Raises:
        BadInput: they are too many, too large in all, or two have one name.
    """
    if len(attachments) > MOST:
        raise BadInput(f"{len(attachments)} files are too many", hint=f"At most {MOST}.")
    if len({each.name for each in attachments}) < len(attachments):
        raise BadInput("a file is named twice")
    if sum(len(each.content) for each in attachments) > LARGEST_SUM_BYTES:
        hint = f"At most {LARGEST_SUM_BYTES // 1024 // 1024} MB; link to them instead."
        raise BadInput("the files are too large together", hint=hint)


def filled(
    attachments: tuple[Attachment, ...], contents: Mapping[str, bytes]
) -> tuple[Attachment, ...]:
    """The attachments with their contents by hash; what is not there is left out."""
    return tuple(
        replace(each, content=contents[each.hash]) for each in attachments if each.hash in contents
    )


def type_of(attachment: Attachment) -> str:
    """Its content type: what its bytes say, and its name as far as they allow."""
    content = attachment.content
    for sign, kind in _SIGNS:
        if content.startswith(sign):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    named = attachment.name.rpartition(".")[2].lower()
    if content.startswith(_ZIP):
        return _ZIPPED.get(named, "application/zip")
    if _is_text(content):
        return f"text/{'csv' if named == 'csv' else 'plain'}; charset=utf-8"
    # A picture or a page that does not begin like one is not shown as one.
    return _HEARD.get(named, _UNKNOWN)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return "\0" not in text
