"""Signs our own messages: relaxed/relaxed, one signature a key, put before the first header.

It takes what `mime.message` writes: CRLF everywhere, ASCII, headers folded with one space. Two
writings of a body that a relay may make of each other have the same hash.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from mautod.channels.email.dkim.keys import Key

SIGNED: Final = (
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
    "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "In-Reply-To",
    "References",
)  # fmt: skip
"""What readers and receivers go by; a header that relays add or change is none of it."""
OVERSIGNED: Final = ("From",)
"""Named once more than it is there: a second one breaks the signature."""

_ALGORITHM: Final = {"rsa": "rsa-sha256", "ed25519": "ed25519-sha256"}
_FOLD: Final = re.compile(rb"\r\n(?=[ \t])")
_SPACES: Final = re.compile(rb"[ \t]+")
_END: Final = b"\r\n"
_LINE: Final = 72
_PKCS: Final = PKCS1v15()
_DIGESTED: Final = Prehashed(SHA256())


class Signer:
    """Signs with `keys`, all of one domain; the same message has the same signatures."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Sequence[Key]) -> None:
        # The last header written stands first, and the first is the one that every receiver knows.
        self._keys = sorted(keys, key=lambda key: key.kind == "rsa")

    def __repr__(self) -> str:
        return f"Signer({', '.join(key.host for key in self._keys)})"

    def signed(self, message: bytes) -> bytes:
        """`message` with a DKIM-Signature for each key before it."""
        head, _, body = message.partition(b"\r\n\r\n")
        headers = _relaxed_headers(head)
        names = [name for name in SIGNED if name.lower() in headers]
        canonical = b"".join(headers[name.lower()] + _END for name in names)
        listed = ":".join((*names, *OVERSIGNED))
        body_hash = b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        made = [_header(key, listed, canonical, body_hash) for key in self._keys]
        return b"".join((*reversed(made), message))


def relaxed_body(body: bytes) -> bytes:
    """A body in the one form that is hashed (RFC 6376, 3.4.4)."""
    # Plain replacing does in a tenth of the time what a pattern would do.
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    kept = body.replace(b" \r\n", _END).rstrip(b"\r\n ")
    return kept + _END if kept else b""


def _relaxed_headers(head: bytes) -> dict[str, bytes]:
    """By name in small letters its canonical line without an end; of several the last."""
    found: dict[str, bytes] = {}
    for line in _FOLD.sub(b"", head).split(_END):
        name, _, value = line.partition(b":")
        lower = name.strip().lower()
        found[lower.decode()] = lower + b":" + _SPACES.sub(b" ", value).strip(b" ")
    return found


def _header(key: Key, listed: str, canonical: bytes, body_hash: str) -> bytes:
    tags = (
        f"v=1; a={_ALGORITHM[key.kind]}; c=relaxed/relaxed; d={key.domain};"
        f"\r\n s={key.selector}; q=dns/txt;\r\n h={_folded(listed)};\r\n bh={body_hash};\r\n b="
    )
    own = _SPACES.sub(b" ", _FOLD.sub(b"", b"dkim-signature:" + tags.encode("ascii")))
    signature = b64encode(_signature(key, canonical + own)).decode()
    lines = "\r\n ".join(signature[i : i + _LINE] for i in range(0, len(signature), _LINE))
    return f"DKIM-Signature: {tags}{lines}\r\n".encode("ascii")


def _signature(key: Key, canonical: bytes) -> bytes:
    digest = hashlib.sha256(canonical).digest()
    if isinstance(key.private, RSAPrivateKey):
        return key.private.sign(digest, _PKCS, _DIGESTED)
    return key.private.sign(digest)


def _folded(listed: str) -> str:
    lines = [""]
    for name in listed.split(":"):
        piece = f":{name}" if lines != [""] else name
        if len(lines[-1]) + len(piece) > _LINE:
            lines.append(piece)
        else:
            lines[-1] += piece
    return "\r\n ".join(lines)
