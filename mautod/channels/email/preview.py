"""A letter as its reader sees it, read back from the bytes that go over the wire."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from mautod.core.sending.message import Preview


def preview(payload: bytes) -> Preview:
    """Subject, plain text and HTML of a message that `mime.message` wrote."""
    read = message_from_bytes(payload, policy=default)
    return Preview(str(read["Subject"] or ""), _body(read, "plain"), _body(read, "html"))


def _body(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n").strip("\n")
