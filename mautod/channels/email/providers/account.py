"""What a provider's URL says: `scheme://place?option=value`; secrets are in .env and never here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from mautod.errors import ConfigError

KEY: Final = "channels.email.url"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_ENDPOINT: Final = "endpoint"


@dataclass(frozen=True, slots=True)
class Account:
    """One account with a provider. `secret` reads a secret by its name."""

    scheme: str
    place: str
    options: Mapping[str, str]
    secret: Callable[[str], str] = field(repr=False)

    def need(self, name: str) -> str:
        """The secret called `name`.

        Raises:
            ConfigError: it is not set.
        """
        value = self.secret(name)
        if not value:
            raise ConfigError(
                f"{KEY}: {self.scheme}:// needs {name}, which is not set",
                field=name,
                hint=f"Put {name}=… into .env.",
            )
        return value

    def only(self, *names: str) -> None:
        """Refuse every option but these and `endpoint`.

        Raises:
            ConfigError: there is another.
        """
        unknown = set(self.options) - {*names, _ENDPOINT}
        if unknown:
            raise unfit(f"{min(unknown)} is no option of {self.scheme}://", names)

    def endpoint(self, usual: str) -> str:
        """Where its interface is: the usual place, or what `endpoint` says.

        Raises:
            ConfigError: it is not https; only this machine may be asked in the open.
        """
        url = self.options.get(_ENDPOINT, usual).rstrip("/")
        parts = urlsplit(url)
        safe = parts.scheme == "https" or parts.hostname in _LOOPBACK
        if not parts.hostname or not safe:
            raise unfit(f"endpoint must begin with https://, and is {url!r}")
        return url


def read_account(url: str, secret: Callable[[str], str]) -> Account:
    """What `url` says.

    Raises:
        ConfigError: it is no URL of this form.
    """
    parts = urlsplit(url)
    if parts.path.strip("/") or "@" in parts.netloc or parts.fragment:
        raise unfit(f"{parts.scheme}:// takes a place and options, no path and no password")
    return Account(parts.scheme, parts.netloc, dict(parse_qsl(parts.query)), secret)


def unfit(why: str, known: Collection[str] = ()) -> ConfigError:
    """The error about a URL."""
    hint = f"Known: {', '.join(known)}." if known else "See: mautod manual deliverability"
    return ConfigError(f"{KEY}: {why}", field=KEY, hint=hint)
