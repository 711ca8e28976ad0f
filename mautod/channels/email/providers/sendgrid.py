"""SendGrid: `sendgrid://`, key in MAUTOD_SENDGRID_KEY; `?region=eu` for accounts in the EU.

It takes one letter a call: its batches are one text to many.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mautod.channels.email.providers.account import Account, unfit
from mautod.channels.email.providers.api import Answer, Call, refusal, shown
from mautod.channels.email.providers.parts import (
    REFERENCE,
    File,
    name_and_address,
    reference,
    take_apart,
)
from mautod.core.sending.message import Letter, Outcome, Sent

_REGIONS: Final = {"": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}
_OFF: Final = {"enable": False}
_TRACKING: Final = {
    "click_tracking": _OFF, "open_tracking": _OFF, "subscription_tracking": _OFF,
}  # fmt: skip


class SendGrid:
    """One account with SendGrid."""

    most: Final = 1

    def __init__(self, account: Account) -> None:
        """Raises ConfigError if an option or the key is missing."""
        account.only("region")
        region = account.options.get("region", "")
        if region not in _REGIONS:
            raise unfit(f"{region!r} is no region of SendGrid's", ("eu",))
        self._url = f"{account.endpoint(_REGIONS[region])}/v3/mail/send"
        self._key = account.need("MAUTOD_SENDGRID_KEY")

    def __repr__(self) -> str:
        return f"SendGrid({self._url!r})"

    def call(self, letters: Sequence[Letter], now: int) -> Call:  # noqa: ARG002 - nothing is dated
        (letter,) = letters
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        return Call(self._url, headers, msgspec.json.encode(_item(letter)))

    def outcomes(self, answer: Answer, letters: Sequence[Letter]) -> list[Outcome]:  # noqa: ARG002
        if answer.ok:
            return [Sent(shown(answer.headers.get("X-Message-Id", "")))]
        return [refusal(answer, "errors")]


def _item(letter: Letter) -> dict[str, Any]:
    parts = take_apart(letter.payload)
    to = {
        "to": [_mailbox(parts.recipient)],
        "custom_args": {REFERENCE: reference(letter.payload)},
    }
    item: dict[str, Any] = {
        "personalizations": [to],
        "from": _mailbox(parts.sender),
        "subject": parts.subject or "-",
        "content": [
            {"type": kind, "value": value}
            for kind, value in (("text/plain", parts.text), ("text/html", parts.html))
            if value.strip()
        ],
        "headers": dict(parts.headers),
        "tracking_settings": _TRACKING,
    }
    if parts.reply_to:
        item["reply_to"] = _mailbox(parts.reply_to)
    if parts.files:
        item["attachments"] = list(map(_attachment, parts.files))
    return item


def _mailbox(text: str) -> dict[str, str]:
    name, address = name_and_address(text)
    return {"email": address, "name": name} if name else {"email": address}


def _attachment(file: File) -> dict[str, str]:
    made = {"filename": file.name, "type": file.kind, "content": file.content}
    if not file.id:
        return {**made, "disposition": "attachment"}
    return {**made, "disposition": "inline", "content_id": file.id}
