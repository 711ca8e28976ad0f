"""A mail from the journal, opened: what it means, and what of it is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from mautod.core.envelope import Request
from mautod.core.mail import files, headers, meaning, mime, reply
from mautod.core.mail.meaning import CUT, Meaning
from mautod.core.sending.links import Links
from mautod.store.mail.vault import Vault

_HASH_BYTES: Final = 16
_TRACES: Final = ("return-path", "delivered-to", CUT)
_WRITTEN: Final = frozenset({"reply", "automatic", "unclear", "unsubscribe"})
"""Kinds of mail whose words are kept; those of reports are the server's, and in the journal."""
LONGEST_ID: Final = 300


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail, opened. `files`: (hash, name, type, size), already in the vault."""

    request_id: int
    at: int
    hash: str
    meaning: Meaning
    sender: str
    subject: str
    text: str
    ref: str
    refs: tuple[str, ...]
    detail: str
    files: tuple[tuple[str, str, str, int], ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Postman:
    """Opens mail; `links` knows which tokens are ours."""

    links: Links
    vault: Vault

    def open(self, request: Request) -> Arrived:
        """What a mail says; never raises for what is in it. Its files are on disk on return.

        Raises:
            Unavailable: there is no room for its files.
        """
        mail = mime.parse(request.body)
        means = meaning.meaning(mail, request.body, self.links)
        written = means.kind in _WRITTEN
        kept = files.files_of(mail) if written else files.Files()
        found = mail.headers
        return Arrived(
            request_id=request.id,
            at=request.at,
            hash=mail_hash(request.body),
            meaning=means,
            sender=next(iter(found.addresses("from")), ""),
            subject=found.text("subject"),
            text=reply.written(mail) if written else "",
            ref=next(iter(found.ids("message-id")), "")[:LONGEST_ID],
            refs=tuple(found.ids("references") or found.ids("in-reply-to"))[-20:],
            detail=_detail(means, found.get(CUT), mail.cut),
            files=tuple(
                (self.vault.put(each.content), each.name, each.type, len(each.content))
                for each in kept.kept
            ),
            left_out=kept.left_out,
        )


def mail_hash(raw: bytes) -> str:
    """The name of a mail: of its bytes, without the lines that were put before them here.

    Who hands a mail over twice, or reads a mailbox anew, brings the same bytes.
    """
    return hashlib.blake2b(_untraced(raw), digest_size=_HASH_BYTES).hexdigest()


def traced(raw: bytes, path: str, recipients: tuple[str, ...], cut: int = 0) -> bytes:
    """`raw` with lines before it that say from and for whom it was handed over.

    `cut`: its true size, if this is only its beginning.
    """
    lines = [f"{CUT}: {cut}"] if cut else []
    lines += [f"Return-Path: <{headers.shown(path)}>"]
    lines += [f"Delivered-To: {headers.shown(each)}" for each in recipients]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace") + raw


def _untraced(raw: bytes) -> bytes:
    while True:
        line, end, rest = raw.partition(b"\n")
        if not end or line.partition(b":")[0].strip().lower().decode("latin-1") not in _TRACES:
            return raw
        raw = rest


def _detail(means: Meaning, cut: str, closed: str) -> str:
    """What an operator must know besides, in a few words."""
    said = [means.sign] if means.sign else []
    if means.fate is not None:
        said.append(f"{means.fate.address} {means.fate.enhanced} {means.fate.text}".strip())
    if cut.isdecimal():
        said.append(f"too large ({int(cut[:15]) // 1_000_000} MB): all of it is in the mailbox")
    if closed:
        said.append(f"not opened: {closed}")
    return headers.shown("; ".join(said))[:500]
