"""What the configuration says of the domains that letters are from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from mautod.channels.email import EmailConfig
from mautod.channels.email.address import split_mailbox
from mautod.channels.email.dkim.keys import checked
from mautod.config import Settings
from mautod.errors import BadInput, ConfigError

EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Senders:
    """The email channel as configured, as far as DNS is concerned.

    `keys` is the folder of keys. `domain` is the usual sender's; `returns` that of bounces and
    `mailbox` that of what comes back, empty where there is none.
    """

    email: EmailConfig
    keys: Path
    domain: str
    returns: str
    mailbox: str

    @property
    def urls(self) -> list[str]:
        """The servers and providers that letters leave by."""
        return [one.url for one in self.email.server if one.enabled] or [self.email.url]


def senders(settings: Settings) -> Senders:
    """What `settings` say.

    Raises:
        ConfigError: there is no email channel, or its section is unfit.
    """
    section = settings.config.channels.get(EMAIL)
    if section is None:
        raise ConfigError("No email channel is configured.", hint="Add [channels.email].")
    try:
        email = msgspec.convert(dict(section), EmailConfig)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"config.toml: channels.email: {error}", field="channels.email"
        ) from error
    sender = _domain("sender", email.sender)
    mailbox = _domain("mailbox", email.mailbox)
    returns = _domain("return_path", email.return_path) or mailbox or sender
    return Senders(email, settings.folder / email.dkim.keys, sender, returns, mailbox)


def domain_of(settings: Settings, named: str) -> str:
    """The domain that is `named`, or the usual sender's, in small letters.

    Raises:
        BadInput: it cannot have records of its own.
        ConfigError: as `senders`.
    """
    domain = checked(named or senders(settings).domain, "domain")
    if "." not in domain:
        raise BadInput(
            f"{domain} is no domain that can be published.",
            field="domain",
            hint="Set sender under [channels.email] in config.toml, or name it with --domain.",
        )
    return domain


def _domain(key: str, text: str) -> str:
    if not text:
        return ""
    try:
        return split_mailbox(text)[1].rpartition("@")[2].lower()
    except BadInput as error:
        place = f"channels.email.{key}"
        raise ConfigError(f"{place}: {error.message}", field=place, hint=error.hint) from error
