"""Mail by the HTTP interface of a provider, as `ses://REGION` or `postmark://`.

A new provider is one file here, with its line in `SCHEMES`. They sign letters themselves and have
return paths of their own; what comes of a letter, they tell by webhooks (see `hooks`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from mautod.channels.email.providers import mailgun, postmark, sendgrid, ses
from mautod.channels.email.providers.account import Account, read_account
from mautod.channels.email.providers.api import Api
from mautod.channels.port import Net

if TYPE_CHECKING:
    from mautod.channels.email.providers.carrier import Provider

SCHEMES: Final[Mapping[str, Callable[[Account], Api]]] = {
    "ses": ses.Ses,
    "postmark": postmark.Postmark,
    "mailgun": mailgun.Mailgun,
    "sendgrid": sendgrid.SendGrid,
}


def scheme_of(url: str) -> str:
    """Which provider `url` names; empty if it names none."""
    scheme = url.partition("://")[0]
    return scheme if scheme in SCHEMES else ""


def create(url: str, net: Net, connections: int, timeout_s: float) -> Provider:
    """The provider that `url` names.

    Raises:
        ConfigError: the URL is unfit, or a secret is not set.
    """
    api = SCHEMES[scheme_of(url)](read_account(url, net.secret))
    # Commands that send nothing need not wait for an HTTP client to load.
    carrier = import_module(f"{__name__}.carrier")
    made: Provider = carrier.Provider(api, connections, timeout_s, net.clock)
    return made
