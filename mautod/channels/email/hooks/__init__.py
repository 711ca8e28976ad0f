"""What providers tell of letters by webhooks, believed only with their signature.

A new provider is one file here, with its line in `HOOKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mautod.channels.email.hooks import mailgun, postmark, sendgrid, ses
from mautod.channels.email.hooks.port import Hook

HOOKS: Final[Mapping[str, tuple[str, Callable[[str], Hook]]]] = {
    "ses": ("MAUTOD_SES_TOPIC", ses.SesHook),
    "postmark": ("MAUTOD_POSTMARK_HOOK", postmark.PostmarkHook),
    "mailgun": ("MAUTOD_MAILGUN_HOOK", mailgun.MailgunHook),
    "sendgrid": ("MAUTOD_SENDGRID_HOOK", sendgrid.SendGridHook),
}
"""By name: the variable in .env that holds what it is verified by, and how it is made of that."""


def hooks(secret: Callable[[str], str]) -> dict[str, Hook]:
    """The hooks whose variable is set.

    Raises:
        ConfigError: what is set does not do.
    """
    return {name: make(value) for name, (key, make) in HOOKS.items() if (value := secret(key))}
