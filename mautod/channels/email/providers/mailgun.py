"""Mailgun: `mailgun://mg.shop.example`, key in MAUTOD_MAILGUN_KEY; `?region=eu` for the EU.

It takes the letter as we wrote it, one a call.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from mautod.channels.email.providers.account import Account, unfit
from mautod.channels.email.providers.api import Answer, Call, refusal, shown
from mautod.channels.email.providers.parts import REFERENCE, reference
from mautod.core.sending.message import Letter, Outcome, Sent

_REGIONS: Final = {"": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}


class Mailgun:
    """One sending domain with Mailgun."""

    most: Final = 1

    def __init__(self, account: Account) -> None:
        """Raises ConfigError if the domain, an option or the key is missing."""
        account.only("region")
        region = account.options.get("region", "")
        if region not in _REGIONS:
            raise unfit(f"{region!r} is no region of Mailgun's", ("eu",))
        if not account.place:
            raise unfit("mailgun:// needs a domain, as mailgun://mg.shop.example")
        place = quote(account.place, safe="")
        self._url = f"{account.endpoint(_REGIONS[region])}/v3/{place}/messages.mime"
        key = account.need("MAUTOD_MAILGUN_KEY")
        self._authorization = f"Basic {b64encode(f'api:{key}'.encode()).decode()}"

    def __repr__(self) -> str:
        return f"Mailgun({self._url!r})"

    def call(self, letters: Sequence[Letter], now: int) -> Call:  # noqa: ARG002 - nothing is dated
        (letter,) = letters
        fields = {
            "to": letter.address,
            f"v:{REFERENCE}": reference(letter.payload),
            "o:tracking": "no",
        }
        boundary = sha256(letter.payload).hexdigest()
        headers = {
            "Authorization": self._authorization,
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        return Call(self._url, headers, _form(fields, letter.payload, boundary))

    def outcomes(self, answer: Answer, letters: Sequence[Letter]) -> list[Outcome]:  # noqa: ARG002
        told = answer.json()
        if answer.ok and isinstance(told, dict):
            return [Sent(shown(str(told.get("id", ""))))]
        return [refusal(answer, "message")]


def _form(fields: dict[str, str], message: bytes, boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="message"; filename="letter.eml"'
        "\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    return "".join(parts).encode() + message + f"\r\n--{boundary}--\r\n".encode()
