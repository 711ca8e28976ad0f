"""Postmark: `postmark://?stream=outbound&broadcasts=broadcast`, key in MAUTOD_POSTMARK_TOKEN.

Marketing goes by the stream `broadcasts`, all else by `stream`. Up to 100 letters a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mautod.channels.email.providers.account import Account
from mautod.channels.email.providers.api import Answer, Call, refusal, shown
from mautod.channels.email.providers.parts import REFERENCE, File, reference, take_apart
from mautod.core.sending.message import Failed, Letter, Outcome, Retry, Sent, Unknown

_TAKEN: Final = 0
_BAD_REQUEST: Final = frozenset({300, 402, 403, 409, 410, 413})
"""What no second try would mend: fields that are missing, too long or not understood."""
_INACTIVE: Final = 406
"""The address bounced or complained before, and Postmark writes to it no more."""


class Postmark:
    """One server of Postmark's."""

    most: Final = 100

    def __init__(self, account: Account) -> None:
        """Raises ConfigError if an option or the key is missing."""
        account.only("stream", "broadcasts")
        self._url = f"{account.endpoint('https://api.postmarkapp.com')}/email/batch"
        self._token = account.need("MAUTOD_POSTMARK_TOKEN")
        self._stream = account.options.get("stream", "outbound")
        self._broadcasts = account.options.get("broadcasts", "broadcast")

    def __repr__(self) -> str:
        return f"Postmark({self._url!r})"

    def call(self, letters: Sequence[Letter], now: int) -> Call:  # noqa: ARG002 - nothing is dated
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-Postmark-Server-Token": self._token,
        }
        return Call(self._url, headers, msgspec.json.encode([self._item(each) for each in letters]))

    def outcomes(self, answer: Answer, letters: Sequence[Letter]) -> list[Outcome]:
        told = answer.json()
        if not answer.ok:
            return [refusal(answer, "Message")] * len(letters)
        if not isinstance(told, list) or len(told) != len(letters):
            return [Unknown(answer.told("Message"))] * len(letters)
        return [_outcome(each) for each in told]

    def _item(self, letter: Letter) -> dict[str, Any]:
        parts = take_apart(letter.payload)
        kept = [("X-PM-KeepID", "true"), *parts.headers]
        item: dict[str, Any] = {
            "From": parts.sender,
            "To": parts.recipient,
            "Subject": parts.subject,
            "TextBody": parts.text,
            "HtmlBody": parts.html,
            "Headers": [{"Name": name, "Value": value} for name, value in kept],
            "Metadata": {REFERENCE: reference(letter.payload)},
            "MessageStream": self._broadcasts if parts.marketing else self._stream,
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        if parts.reply_to:
            item["ReplyTo"] = parts.reply_to
        if parts.files:
            item["Attachments"] = list(map(_attachment, parts.files))
        return item


def _attachment(file: File) -> dict[str, str]:
    made = {"Name": file.name, "ContentType": file.kind, "Content": file.content}
    return {**made, "ContentID": f"cid:{file.id}"} if file.id else made


def _outcome(told: Any) -> Outcome:
    if not isinstance(told, dict) or not isinstance(told.get("ErrorCode"), int):
        return Unknown("an answer without ErrorCode")
    code = told["ErrorCode"]
    detail = shown(f"{code} {told.get('Message', '')}")
    if code == _TAKEN:
        return Sent(shown(str(told.get("MessageID", ""))))
    if code == _INACTIVE:
        return Failed(detail, dead=True, kind="hard")
    return Failed(detail) if code in _BAD_REQUEST else Retry(detail)
