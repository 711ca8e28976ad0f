"""Keys of domains: files that only their owner reads, and the DNS records that publish them.

`FOLDER/DOMAIN/SELECTOR.rsa.pem` and `SELECTOR.ed25519.pem`, PKCS 8 without a password. A record
holds one key, so that the Ed25519 key is published under `SELECTOR-ed`: receivers that do not know
the kind never meet it.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from mautod.errors import BadInput, ConfigError, Conflict

Kind = Literal["rsa", "ed25519"]
KINDS: Final[tuple[Kind, ...]] = ("rsa", "ed25519")
RSA_BITS: Final = 2048
_LEAST_RSA_BITS: Final = 1024
_EXPONENT: Final = 65537
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_SUFFIX: Final[dict[Kind, str]] = {"rsa": "", "ed25519": "-ed"}
_STRING_BYTES: Final = 255
"""The longest piece of a TXT record (RFC 1035)."""


@dataclass(frozen=True, slots=True)
class Key:
    """One private key of a domain; `repr` keeps it to itself."""

    domain: str
    selector: str
    kind: Kind
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def host(self) -> str:
        """Where its record stands in DNS."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def public(self) -> str:
        """The public half as a record has it: for Ed25519 the bare 32 bytes."""
        public = self.private.public_key()
        if self.kind == "ed25519":
            return b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b64encode(der).decode()

    @property
    def record(self) -> str:
        """What its record says."""
        return f"v=DKIM1; k={self.kind}; p={self.public}"


def make_keys(folder: Path, domain: str, selector: str) -> list[Path]:
    """Make both keys of `domain` under `selector`; nobody else may read the files.

    Raises:
        BadInput: the domain or the selector is no name, or the folder cannot be written.
        Conflict: there are such keys already; they are left as they are.
    """
    place = folder / checked(domain, "domain")
    checked(selector, "selector")
    known = [path for kind in KINDS if (path := _path(place, selector, kind)).exists()]
    if known:
        raise Conflict(
            f"{known[0]} exists.",
            field="selector",
            hint="Make new keys beside it with another --selector; see: mautod dkim show",
        )
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [_write(_path(place, selector, kind), _generated(kind)) for kind in KINDS]
    except OSError as error:
        raise BadInput(f"{error.filename or place}: {error.strerror}.") from error


def find_keys(folder: Path, domain: str, selector: str) -> list[Key]:
    """The keys that sign for `domain`: its own, or those of the nearest domain above it.

    RSA first; none where nobody made any. A name that cannot be a domain has none.

    Raises:
        ConfigError: a file holds no key, or one that is too short.
    """
    labels = domain.lower().split(".")
    for start in range(max(1, len(labels) - 1)):
        above = ".".join(labels[start:])
        if not _NAME.fullmatch(above):
            return []
        found = [_path(folder / above, selector, kind) for kind in KINDS]
        keys = [_load(path, above, selector) for path in found if path.is_file()]
        if keys:
            return keys
    return []


def dns_records(keys: list[Key]) -> list[tuple[str, str]]:
    """The TXT records that publish `keys`: name and value."""
    return [(key.host, key.record) for key in keys]


def zone_text(value: str) -> str:
    """A TXT value as zone files have it: in quotes, in pieces of at most 255 bytes."""
    pieces = (value[i : i + _STRING_BYTES] for i in range(0, len(value), _STRING_BYTES))
    return " ".join(f'"{piece}"' for piece in pieces)


def checked(name: str, field_: str) -> str:
    """`name` in small letters if it can stand in DNS.

    Raises:
        BadInput: it cannot.
    """
    lower = name.strip().rstrip(".").lower()
    if not _NAME.fullmatch(lower):
        example = "shop.example" if field_ == "domain" else "mautod2"
        raise BadInput(f"{name!r} cannot stand in DNS.", field=field_, hint=f"As: {example}")
    return lower


def _path(place: Path, selector: str, kind: Kind) -> Path:
    return place / f"{selector}.{kind}.pem"


def _generated(kind: Kind) -> RSAPrivateKey | Ed25519PrivateKey:
    return (
        Ed25519PrivateKey.generate()
        if kind == "ed25519"
        else generate_private_key(_EXPONENT, RSA_BITS)
    )


def _write(path: Path, key: RSAPrivateKey | Ed25519PrivateKey) -> Path:
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
    return path


def _load(path: Path, domain: str, selector: str) -> Key:
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise _unfit(path, f"cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise _unfit(path, "holds no PEM key without a password") from error
    kind: Kind = "rsa" if path.name.endswith(".rsa.pem") else "ed25519"
    wanted = RSAPrivateKey if kind == "rsa" else Ed25519PrivateKey
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey) or not isinstance(
        private, wanted
    ):
        raise _unfit(path, f"holds no {kind} key")
    if isinstance(private, RSAPrivateKey) and private.key_size < _LEAST_RSA_BITS:
        raise _unfit(path, f"has {private.key_size} bits, and receivers ask for 1024 or more")
    return Key(domain, selector + _SUFFIX[kind], kind, private)


def _unfit(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"channels.email.dkim: {path} {why}.",
        field="channels.email.dkim",
        hint="Make new keys: mautod dkim init --selector NEW",
    )
