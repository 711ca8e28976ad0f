"""Links that messages carry: each token says which message it came with, and nobody can forge it.

A click's token holds the address it leads to, so that a click goes only where the message pointed.
"""

from __future__ import annotations

import hashlib
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hmac import compare_digest
from typing import Final, Literal

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm

from mautod.errors import BadInput, NotFound

SCHEMES: Final = ("http://", "https://")
LONGEST_URL: Final = 2048
_LONGEST_TOKEN: Final = 4096
_DOORS: Final = "cohu"
_SIGNATURE_BYTES: Final = 16
_MAIL_SIGNATURE_BYTES: Final = 10
_LONGEST_MAIL_TOKEN: Final = 64
_LARGEST_ID: Final = 2**63
TRIAL: Final = 2**62
"""From here on numbers are those of trial letters, which no ledger knows."""

Page = Literal["preferences", "confirm", "data", "forget"]
"""A page that only whoever got a message can open."""

PATHS: Final[Mapping[Page, str]] = {
    "preferences": "p", "confirm": "y", "data": "d", "forget": "f"
}  # fmt: skip

Mailbox = Literal["bounce", "reply", "leave"]
"""What a letter to one of our own addresses says: it came back, an answer, an unsubscribe."""


class _Blake2(SigningAlgorithm):
    """Keyed BLAKE2b of 128 bits: short links, signed in a third of the default's time."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hashlib.blake2b(value, key=key, digest_size=_SIGNATURE_BYTES).digest()


class Links:
    """Makes and reads the links of one workspace; `repr` never shows the secret."""

    __slots__ = (
        "_chat", "_click", "_mail", "_open", "_own", "_pages", "_stamp", "_trap", "_unsubscribe",
        "base_url",
    )  # fmt: skip

    def __init__(self, secret: str, base_url: str) -> None:
        if not secret:
            raise BadInput(
                "The secret that signs links is empty.",
                field="MAUTOD_SECRET",
                hint="Put MAUTOD_SECRET=… into .env, or run mautod init.",
            )
        self.base_url = base_url.rstrip("/")
        self._chat = _signer(secret, "chat")
        self._click = _signer(secret, "click")
        self._open = _signer(secret, "open")
        self._trap = _signer(secret, "trap")
        self._unsubscribe = _signer(secret, "unsubscribe")
        self._stamp = _signer(secret, "stamp")
        self._pages: dict[Page, Signer] = {page: _signer(secret, page) for page in PATHS}
        self._own = tuple(f"{self.base_url}/{path}/" for path in (*_DOORS, *PATHS.values()))
        self._mail = {box: _key(secret, box) for box in ("bounce", "reply", "leave")}

    def __repr__(self) -> str:
        return f"Links({self.base_url!r})"

    def click(self, message_id: int, url: str) -> str:
        """The address that counts a click of this message and leads on to `url`.

        Raises:
            BadInput: `url` is not http or https, or longer than 2 048 characters.
        """
        token = self._click.sign(f"{message_id}.{_packed(url)}").decode()
        return f"{self.base_url}/c/{token}"

    def open(self, message_id: int) -> str:
        """The address of the picture that tells that this message was opened."""
        return f"{self.base_url}/o/{self._open.sign(str(message_id)).decode()}"

    def trap(self, message_id: int) -> str:
        """The address of a link that nobody sees: whoever follows it is a program."""
        return f"{self.base_url}/h/{self._trap.sign(str(message_id)).decode()}"

    def unsubscribe(self, message_id: int) -> str:
        """The address where the one who got this message says no."""
        return f"{self.base_url}/u/{self._unsubscribe.sign(str(message_id)).decode()}"

    def page(self, page: Page, message_id: int) -> str:
        """The address of a page for the one who got this message."""
        token = self._pages[page].sign(str(message_id)).decode()
        return f"{self.base_url}/{PATHS[page]}/{token}"

    def stamp(self, message_id: int) -> str:
        """An unguessable name of this message, always the same; for its Message-ID."""
        return self._stamp.sign(str(message_id)).decode()

    def mail(self, box: Mailbox, message_id: int) -> str:
        """The word after the plus of an address of ours that only this message carries.

        Small letters and digits alone: mail servers may change the case of an address.
        """
        number = message_id.to_bytes(8).lstrip(b"\0")
        return b32encode(self._mac(box, number) + number).decode().rstrip("=").lower()

    def chat(self, visitor: str) -> str:
        """The token by which a device reads its chat; `visitor` is 32 hexadecimal digits."""
        return self._chat.sign(visitor).decode()

    def read_chat(self, token: str) -> str:
        """The visitor of such a token; empty if we did not make it."""
        try:
            return self._chat.unsign(token[:_LONGEST_MAIL_TOKEN]).decode()
        except (BadSignature, UnicodeDecodeError):
            return ""

    def is_own(self, url: str) -> bool:
        """Whether `url` is one of our own links already and must not be wrapped again."""
        return url.startswith(self._own)

    def read_click(self, token: str) -> tuple[int, str]:
        """The message and the address in a click's token.

        Raises:
            NotFound: nobody here made this token.
        """
        message_id, _, packed = _unsigned(self._click, token).partition(".")
        try:
            url = urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        except ValueError as error:
            raise _unknown() from error
        return _number(message_id), url

    def read_open(self, token: str) -> int:
        """The message in an open picture's token.

        Raises:
            NotFound: nobody here made this token.
        """
        return _number(_unsigned(self._open, token))

    def read_trap(self, token: str) -> int:
        """The message in the token of the link that nobody sees.

        Raises:
            NotFound: nobody here made this token.
        """
        return _number(_unsigned(self._trap, token))

    def read_unsubscribe(self, token: str) -> int:
        """The message in an unsubscribe token.

        Raises:
            NotFound: nobody here made this token.
        """
        return _number(_unsigned(self._unsubscribe, token))

    def read_stamp(self, stamp: str) -> int:
        """The message that bears this unguessable name.

        Raises:
            NotFound: nobody here made this name.
        """
        return _number(_unsigned(self._stamp, stamp))

    def read_page(self, page: Page, token: str) -> int:
        """The message in the token of a page.

        Raises:
            NotFound: nobody here made this token.
        """
        return _number(_unsigned(self._pages[page], token))

    def read_mail(self, box: Mailbox, token: str) -> int:
        """The message in the word after the plus; its case does not matter.

        Raises:
            NotFound: nobody here made this token.
        """
        if len(token) > _LONGEST_MAIL_TOKEN or not token.isascii():
            raise _unknown()
        try:
            raw = b32decode(token.upper() + "=" * (-len(token) % 8))
        except ValueError as error:
            raise _unknown() from error
        mac, number = raw[:_MAIL_SIGNATURE_BYTES], raw[_MAIL_SIGNATURE_BYTES:]
        if not compare_digest(mac, self._mac(box, number)):
            raise _unknown()
        return int.from_bytes(number)

    def _mac(self, box: Mailbox, number: bytes) -> bytes:
        key = self._mail[box]
        return hashlib.blake2b(number, key=key, digest_size=_MAIL_SIGNATURE_BYTES).digest()


def is_trial(message_id: int) -> bool:
    """Whether a message was sent to see how it looks, and counts for nothing."""
    return message_id >= TRIAL


class _Quick(Signer):
    """Signs as its base does, with the hash of the key at hand: letters carry many links."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key, key_derivation="none", algorithm=_Blake2())
        self._begun = hashlib.blake2b(key=key, digest_size=_SIGNATURE_BYTES)

    def sign(self, value: str | bytes) -> bytes:
        told = value.encode() if isinstance(value, str) else value
        signing = self._begun.copy()
        signing.update(told)
        return told + b"." + urlsafe_b64encode(signing.digest()).rstrip(b"=")


def _signer(secret: str, purpose: str) -> Signer:
    return _Quick(_key(secret, purpose))


def _key(secret: str, purpose: str) -> bytes:
    return hashlib.sha256(f"mautod link {purpose} ".encode() + secret.encode()).digest()


@lru_cache(maxsize=4096)
def _packed(url: str) -> str:
    if not url.lower().startswith(SCHEMES):
        raise BadInput(f"{url[:100]!r} is not a web address", hint="Write http:// or https://.")
    if len(url) > LONGEST_URL:
        raise BadInput(
            f"A link of {len(url)} characters is too long", hint=f"At most {LONGEST_URL}."
        )
    return urlsafe_b64encode(url.encode(errors="replace")).decode().rstrip("=")


def _unsigned(signer: Signer, token: str) -> str:
    # A token is ASCII and short; anything else is refused before any work is spent on it.
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        raise _unknown()
    try:
        return signer.unsign(token).decode()
    except BadSignature as error:
        raise _unknown() from error


def _number(text: str) -> int:
    if not text.isdigit() or int(text) >= _LARGEST_ID:
        raise _unknown()
    return int(text)


def _unknown() -> NotFound:
    return NotFound("This link is not one of ours.", hint="Open the link from the message again.")
