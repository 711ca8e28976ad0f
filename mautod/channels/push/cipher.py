"""A message that one browser alone can read: aes128gcm of RFC 8188 with the keys of RFC 8291."""

from __future__ import annotations

import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mautod.channels.push.vapid import raw, unpacked
from mautod.core.sending.message import Door
from mautod.errors import BadInput

LARGEST: Final = 3900
"""Bytes of a message; services need take no more than 4 096 with what is around it."""
_RECORD: Final = 4096
_AUTH_BYTES: Final = 16
_CURVE: Final = ec.SECP256R1()


def check(door: Door) -> None:
    """Whether messages can be made for this browser.

    Raises:
        BadInput: its keys are none.
    """
    try:
        _point(door)
        fits = len(unpacked(door.auth)) == _AUTH_BYTES
    except ValueError:
        fits = False
    if not fits:
        raise BadInput("the keys are none of a browser", field="p256dh")


def encrypt(text: bytes, door: Door) -> bytes:
    """The body of the request, another one every time.

    Raises:
        ValueError: the keys are none, or `text` is longer than `LARGEST`.
    """
    if len(text) > LARGEST:
        raise ValueError(f"{len(text)} bytes are too many")
    own, salt = ec.generate_private_key(_CURVE), os.urandom(16)
    theirs, point = _point(door), raw(own.public_key())
    info = b"WebPush: info\0" + raw(theirs) + point
    secret = _derived(own.exchange(ec.ECDH(), theirs), unpacked(door.auth), info, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4) + len(point).to_bytes(1) + point
    # The last record of a message ends with the byte 2.
    return head + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def _point(door: Door) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, unpacked(door.p256dh))


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
