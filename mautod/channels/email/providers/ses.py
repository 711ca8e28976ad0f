"""Amazon SES v2: `ses://REGION?configuration_set=NAME`, MAUTOD_SES_KEY_ID and MAUTOD_SES_SECRET.

The configuration set publishes deliveries, bounces and complaints to SNS. One letter a call: its
batches are templates of its own.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from mautod.channels.email.providers.account import Account, unfit
from mautod.channels.email.providers.api import Answer, Call, refusal, shown
from mautod.channels.email.providers.parts import REFERENCE, reference
from mautod.channels.email.providers.sigv4 import Credentials, signed_headers
from mautod.core.sending.message import Failed, Letter, Outcome, Retry, Sent

_PATH: Final = "/v2/email/outbound-emails"
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_LETTER_AT_FAULT: Final = frozenset({"MessageRejected", "BadRequestException"})


class Ses:
    """One account with SES, in one region."""

    most: Final = 1

    def __init__(self, account: Account) -> None:
        """Raises ConfigError if the region, an option or a key is unfit or missing."""
        account.only("configuration_set")
        if not _REGION.fullmatch(account.place):
            raise unfit(f"{account.place!r} is no region, as ses://eu-west-1")
        usual = f"https://email.{account.place}.amazonaws.com"
        self._url = account.endpoint(usual) + _PATH
        self._host = urlsplit(self._url).netloc
        self._set = account.options.get("configuration_set", "")
        self._credentials = Credentials(
            account.need("MAUTOD_SES_KEY_ID"), account.need("MAUTOD_SES_SECRET"), account.place
        )

    def __repr__(self) -> str:
        return f"Ses({self._url!r})"

    def call(self, letters: Sequence[Letter], now: int) -> Call:
        (letter,) = letters
        item: dict[str, Any] = {
            "Destination": {"ToAddresses": [letter.address]},
            "Content": {"Raw": {"Data": b64encode(letter.payload).decode()}},
            "EmailTags": [{"Name": REFERENCE, "Value": reference(letter.payload)}],
        }
        if self._set:
            item["ConfigurationSetName"] = self._set
        body = msgspec.json.encode(item)
        headers = signed_headers(self._credentials, "ses", self._host, _PATH, body, now)
        return Call(self._url, {**headers, "Content-Type": "application/json"}, body)

    def outcomes(self, answer: Answer, letters: Sequence[Letter]) -> list[Outcome]:  # noqa: ARG002
        told = answer.json()
        if answer.ok and isinstance(told, dict):
            return [Sent(shown(str(told.get("MessageId", ""))))]
        return [_refusal(answer, told)]


def _refusal(answer: Answer, told: Any) -> Outcome:
    """Its 400 says many things; only some are the letter's fault."""
    kind = answer.headers.get("x-amzn-errortype", "") or (
        str(told.get("__type", "")) if isinstance(told, dict) else ""
    )
    name = kind.partition(":")[0].rpartition("#")[2]
    if answer.status != 400:  # noqa: PLR2004 - Bad Request
        return refusal(answer, "message", "Message")
    detail = shown(f"{name} {answer.told('message', 'Message')}")
    return Failed(detail) if name in _LETTER_AT_FAULT else Retry(detail)
