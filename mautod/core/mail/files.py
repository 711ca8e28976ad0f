"""Files that come with a mail: which are kept, and what they really are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mautod.core.mail.mime import Mail, Part

MOST: Final = 20
LARGEST: Final = 10 * 1024 * 1024
LARGEST_TOGETHER: Final = 25 * 1024 * 1024
UNKNOWN: Final = "application/octet-stream"
_TEXT: Final = "text/plain"
_BODIES: Final = ("text/plain", "text/html")
_STARTS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-elf"),
    (b"#!", "text/x-script"),
)
_BOXES: Final = ((b"heic", "image/heic"), (b"mif1", "image/heif"), (b"avif", "image/avif"))
_LOOKED_AT: Final = 4096


@dataclass(frozen=True, slots=True)
class File:
    """One file: its sender's name for it (for showing only), its type by what is in it."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Files:
    """The files that are kept, and how many were not, for their size or number."""

    kept: tuple[File, ...] = ()
    left_out: int = 0


def files_of(mail: Mail) -> Files:
    """The files in a mail, within the limits; what is packed is not unpacked."""
    kept: list[File] = []
    size = left_out = 0
    for part in _attached(mail):
        # Base64 is a third longer than what it says: too large is seen before it is decoded.
        content = part.content if len(part.body) <= 2 * LARGEST else b""
        size += len(content)
        if not content or len(content) > LARGEST or size > LARGEST_TOGETHER or len(kept) >= MOST:
            size -= len(content)
            left_out += bool(part.body.strip())
        else:
            kept.append(File(part.filename or "unnamed", type_of(content), content))
    return Files(tuple(kept), left_out)


def type_of(content: bytes) -> str:
    """What a file is by how it begins, whatever it calls itself."""
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[4:8] == b"ftyp":
        return next((kind for box, kind in _BOXES if content[8:12] == box), "video/mp4")
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12], UNKNOWN)
    return _TEXT if _is_text(content[:_LOOKED_AT]) else UNKNOWN


def _is_text(start: bytes) -> bool:
    if b"\0" in start:
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        # A letter of several bytes may be cut by where we stop looking.
        return len(start) == _LOOKED_AT and error.start > _LOOKED_AT - 4
    return True


def _attached(mail: Mail) -> Iterator[Part]:
    """Every part that is no container and not what the person wrote."""
    seen: set[str] = set()
    for part in mail.root.walk_own():
        if part.type.startswith("multipart/"):
            continue
        if part.type in _BODIES and not part.attached and part.type not in seen:
            seen.add(part.type)
            continue
        yield part
