"""Which mail server, read from one URL: `smtp://user:${MAUTOD_SMTP_PASSWORD}@host:587`."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from mautod.errors import ConfigError

Tls = Literal["auto", "require", "never"]
KEY: Final = "channels.email.url"
SCHEMES: Final = ("smtp", "smtps")
_PORTS: Final = {"smtp": 25, "smtps": 465}
_SECRET: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Server:
    """One server and how to talk to it. `repr` leaves the password out.

    `tls`: auto takes STARTTLS where it is offered, without asking who the server is; require
    insists on it and on a valid certificate; never keeps to plain text. smtps is always verified.
    """

    host: str
    port: int
    implicit_tls: bool = False
    tls: Tls = "auto"
    ca: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    hello: str = "localhost"
    timeout_s: float = 60.0
    contexts: dict[str, ssl.SSLContext] = field(default_factory=dict, repr=False, compare=False)

    @property
    def may_log_in_openly(self) -> bool:
        """Whether the password may cross a connection that nothing protects."""
        return self.tls == "never" or self.host in _LOOPBACK

    def context(self) -> ssl.SSLContext:
        """The TLS settings, made once: loading the system's certificates takes long.

        Raises:
            ConfigError: the `ca` file cannot be read.
        """
        if "tls" not in self.contexts:
            self.contexts["tls"] = self._context()
        return self.contexts["tls"]

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"channels.email.ca: {self.ca} holds no certificates: {error}",
                field="channels.email.ca",
                hint="Name a PEM file.",
            ) from error
        if self.tls == "auto" and not self.implicit_tls and not self.ca:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class Place:
    """What a URL says: where the server is and who we are to it."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)


def read_url(url: str, secret: Callable[[str], str]) -> Place:
    """The parts of an smtp or smtps URL; `${NAME}` in user and password is read by `secret`.

    Raises:
        ConfigError: it is no such URL, or a secret is not set.
    """
    parts = urlsplit(url)
    port = _port(parts)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.path.strip("/"):
        raise _unfit("expected maildir:DIR, smtp://HOST:PORT or smtps://HOST:PORT")
    if bool(parts.username) != bool(parts.password):
        raise _unfit("a user and a password go together")
    return Place(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=_revealed(parts.username or "", secret),
        password=_revealed(parts.password or "", secret),
    )


def hide_password(url: str) -> str:
    """`url` as it may be shown."""
    return re.sub(r"^(smtps?://[^:/]*:).*@", r"\1***@", url)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise _unfit("the port is not a number up to 65535") from error


def _revealed(text: str, secret: Callable[[str], str]) -> str:
    def find(found: re.Match[str]) -> str:
        value = secret(found[1])
        if not value:
            raise ConfigError(
                f"{KEY} needs {found[1]}, which is not set",
                field=found[1],
                hint=f"Put {found[1]}=… into .env.",
            )
        return value

    # Unquote first: a secret's own % stands for itself.
    return _SECRET.sub(find, unquote(text))


def _unfit(why: str) -> ConfigError:
    return ConfigError(f"{KEY}: {why}", field=KEY, hint='As "smtp://127.0.0.1:25".')
