"""Where mail comes from: the URLs of `[mailbox]`, read and checked."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from mautod.config import Settings
from mautod.errors import ConfigError

_PORTS: Final = {"imap": 143, "imaps": 993}
_SECRET: Final = re.compile(r"\$\{(MAUTOD_[A-Z0-9_]{1,60})\}")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_MOVE: Final = "move:"
_PLAIN: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
MB: Final = 1024 * 1024

Then = Literal["keep", "seen", "delete", "move"]


@dataclass(frozen=True, slots=True)
class Inbox:
    """One folder on an IMAP server, and what becomes of a letter there once it is here.

    With `secure`, TLS from the first byte; otherwise STARTTLS, which only a server on this machine
    may do without. `repr` leaves the password out.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    secure: bool = True
    then: Then = "seen"
    target: str = ""
    ca: str = ""
    largest: int = 25 * MB

    @property
    def name(self) -> str:
        """What it is called in tables and messages."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    @property
    def is_near(self) -> bool:
        """Whether the server is on this machine."""
        return self.host in _LOOPBACK

    def context(self) -> ssl.SSLContext:
        """TLS that asks who the server is.

        Raises:
            ConfigError: the `ca` file cannot be read.
        """
        try:
            return ssl.create_default_context(cafile=self.ca or None)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"mailbox.ca: {self.ca} holds no certificates: {error}",
                field="mailbox.ca",
                hint="Name a PEM file.",
            ) from error


@dataclass(frozen=True, slots=True)
class Door:
    """Where a mail server hands letters over."""

    host: str
    port: int
    lmtp: bool = True
    largest: int = 25 * MB

    @property
    def name(self) -> str:
        return f"{'lmtp' if self.lmtp else 'smtp'}://{self.host}:{self.port}"


def inbox_of(settings: Settings) -> Inbox | None:
    """The IMAP mailbox of the configuration, if it names one.

    Raises:
        ConfigError: the URL does not parse, or its secret is not set.
    """
    section = settings.config.mailbox
    if not section.imap:
        return None
    parts = _parts(section.imap, "mailbox.imap", "imaps://USER:${MAUTOD_IMAP_PASSWORD}@HOST")
    if parts.scheme not in _PORTS or not parts.username or not parts.password:
        raise _unfit("mailbox.imap", "expected imaps://USER:${MAUTOD_IMAP_PASSWORD}@HOST/FOLDER")
    then, target = _then(section.then)
    find = settings.secrets.find
    return Inbox(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        user=_plain(_revealed(parts.username, find)),
        password=_plain(_revealed(parts.password, find)),
        folder=_plain(unquote(parts.path.strip("/")) or "INBOX"),
        secure=parts.scheme == "imaps",
        then=then,
        target=target,
        ca=str(settings.folder / Path(section.ca)) if section.ca else "",
        largest=section.largest_mb * MB,
    )


def door_of(settings: Settings) -> Door | None:
    """Where letters are handed over, if the configuration says so.

    Raises:
        ConfigError: the URL does not parse.
    """
    section = settings.config.mailbox
    if not section.listen:
        return None
    parts = _parts(section.listen, "mailbox.listen", "lmtp://127.0.0.1:2424")
    if parts.scheme not in ("lmtp", "smtp") or not parts.port or parts.username:
        raise _unfit("mailbox.listen", "expected lmtp://HOST:PORT or smtp://HOST:PORT")
    return Door(parts.hostname or "", parts.port, parts.scheme == "lmtp", section.largest_mb * MB)


def _parts(url: str, key: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits:
        raise _unfit(key, f"expected an address like {example}")
    return urlsplit(url)


def _then(text: str) -> tuple[Then, str]:
    if text.startswith(_MOVE) and text != _MOVE:
        return "move", _plain(text.removeprefix(_MOVE))
    known: dict[str, Then] = {"keep": "keep", "seen": "seen", "delete": "delete"}
    if text not in known:
        raise _unfit("mailbox.then", f'expected keep, seen, delete or "{_MOVE}FOLDER"')
    return known[text], ""


def _plain(text: str) -> str:
    """A line end in a name or password would begin a command of its own."""
    if not _PLAIN.fullmatch(text):
        raise _unfit("mailbox.imap", "a name, password or folder holds control characters")
    return text


def _revealed(text: str, secret: Callable[[str], str]) -> str:
    def find(found: re.Match[str]) -> str:
        value = secret(found[1])
        if not value:
            raise ConfigError(
                f"mailbox.imap needs {found[1]}, which is not set",
                field=found[1],
                hint=f"Put {found[1]}=… into .env.",
            )
        return value

    # Unquote first: a secret's own % stands for itself.
    return _SECRET.sub(find, unquote(text))


def _unfit(key: str, why: str) -> ConfigError:
    return ConfigError(f"{key}: {why}", field=key, hint="All keys: mautod config example")
