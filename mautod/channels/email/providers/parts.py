"""A letter taken apart again, for providers that take no MIME."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Final

REFERENCE: Final = "mautod"
"""Under this name a provider keeps what letter of ours it is, and tells it in its webhooks."""

_OWN_FIELDS: Final = frozenset(
    {
        "from", "to", "subject", "reply-to", "date", "mime-version", "content-type",
        "content-transfer-encoding", "dkim-signature",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class File:
    """An attachment, or a picture in the letter's text if it has an `id`."""

    name: str
    kind: str
    content: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """What is in a letter; `headers` are those that a provider has no field for."""

    sender: str
    recipient: str
    subject: str
    reply_to: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    files: tuple[File, ...]
    marketing: bool


def take_apart(payload: bytes) -> Parts:
    """The parts of a message that `mime.message` wrote."""
    read = message_from_bytes(payload, policy=SMTP)
    return Parts(
        sender=_header(read, "From"),
        recipient=_header(read, "To"),
        subject=_header(read, "Subject"),
        reply_to=_header(read, "Reply-To"),
        text=_body(read, "plain"),
        html=_body(read, "html"),
        headers=tuple(
            (name, _header(read, name)) for name in read if name.lower() not in _OWN_FIELDS
        ),
        files=tuple(map(_file, read.iter_attachments())),
        marketing="List-Unsubscribe" in read,
    )


def reference(payload: bytes) -> str:
    """The unguessable name of the letter in its Message-ID, in letters that any provider takes."""
    head = payload[: payload.find(b"\r\n\r\n")]
    _, found, rest = head.partition(b"\r\nMessage-ID: <")
    stamp = rest.partition(b"@")[0].decode("ascii", "replace") if found else ""
    return stamp.replace(".", "-", 1)


def stamp_of(reference_: object) -> str:
    """The stamp in what a provider gives back; empty if it is none."""
    return reference_.replace("-", ".", 1) if isinstance(reference_, str) else ""


def name_and_address(mailbox: str) -> tuple[str, str]:
    """Name and address of a mailbox."""
    return parseaddr(mailbox)


def _header(read: EmailMessage, name: str) -> str:
    return str(read[name] or "").replace("\r\n", "").strip()


def _body(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def _file(part: EmailMessage) -> File:
    raw = part.get_payload(decode=True)
    content = b64encode(raw if isinstance(raw, bytes) else b"").decode()
    cid = str(part["Content-ID"] or "").strip("<> ")
    return File(part.get_filename() or "file", part.get_content_type(), content, cid)
