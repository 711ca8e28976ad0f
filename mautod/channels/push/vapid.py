"""The key by which push services know who sends, and what is signed with it (RFC 8292)."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from mautod.errors import BadInput, ConfigError, Conflict

LASTS_S: Final = 12 * 3600
_POINT: Final = 32


def make_key(path: Path) -> None:
    """Make the key; nobody else may read the file.

    Raises:
        Conflict: there is one already. Another would make all who agreed unreachable.
        BadInput: the file cannot be written.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict(
            f"{path} exists.", hint="With another key nobody would be reached."
        ) from error
    except OSError as error:
        raise BadInput(f"{error.filename or path}: {error.strerror}.") from error
    with os.fdopen(opened, "wb") as file:
        file.write(text)


def load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key in a file.

    Raises:
        ConfigError: there is no such file, or no such key in it.
    """
    place = "channels.push.key"
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        said = "is not there" if isinstance(error, OSError) else "holds no key"
        raise ConfigError(f"{path} {said}.", field=place, hint="Run: mautod push init") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ConfigError(f"{path} holds no key of P-256.", field=place, hint="mautod push init")
    return key


def public(key: ec.EllipticCurvePrivateKey) -> str:
    """What pages subscribe with."""
    return packed(raw(key.public_key()))


def raw(key: ec.EllipticCurvePublicKey) -> bytes:
    """A point, uncompressed: 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def authorization(key: ec.EllipticCurvePrivateKey, endpoint: str, contact: str, now_s: int) -> str:
    """The header that says to the service of `endpoint` who sends, and how to reach them."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now_s + LASTS_S, "sub": contact}
    head = packed(b'{"typ":"JWT","alg":"ES256"}')
    body = f"{head}.{packed(json.dumps(claims, separators=(',', ':')).encode())}"
    r, s = decode_dss_signature(key.sign(body.encode(), ec.ECDSA(SHA256())))
    signature = packed(r.to_bytes(_POINT) + s.to_bytes(_POINT))
    return f"vapid t={body}.{signature}, k={public(key)}"


def packed(data: bytes) -> str:
    """Bytes as base64 for addresses, without its padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def unpacked(text: str) -> bytes:
    """The bytes.

    Raises:
        ValueError: it is no base64.
    """
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
