"""Postmark's webhooks, under a password in their address: `https://hook:PASSWORD@…/hooks/postmark`."""

from __future__ import annotations

from base64 import b64decode
from hmac import compare_digest
from typing import Any, Final

from mautod.channels.email.hooks.port import Posted, Report, Told, forged, judged, text_of
from mautod.channels.email.providers.parts import REFERENCE, stamp_of
from mautod.core.envelope import Bounce
from mautod.core.sending.bounce import stated_in

_BOUNCES: Final[dict[str, Bounce]] = {
    "HardBounce": "hard",
    "BadEmailAddress": "hard",
    "SoftBounce": "soft",
    "Transient": "soft",
    "DnsError": "soft",
    "Unknown": "soft",
    "Blocked": "policy",
    "SpamNotification": "policy",
    "VirusNotification": "policy",
    "DMARCPolicy": "policy",
    "SMTPApiError": "policy",
}
"""Its other types are no bounces: answering machines, changes of address, unsubscribes."""


class PostmarkHook:
    """Verified by the password of Basic authentication; Postmark signs nothing."""

    __slots__ = ("_password",)

    def __init__(self, password: str) -> None:
        self._password = password.encode()

    async def read(self, posted: Posted) -> Report:
        if not compare_digest(_password(posted.headers.get("authorization", "")), self._password):
            raise forged()
        told = posted.json()
        stamp = stamp_of(told.get("Metadata", {}).get(REFERENCE)) if _has_stamp(told) else ""
        return Report([one]) if stamp and (one := _told(told, stamp)) else Report()


def _has_stamp(told: Any) -> bool:
    return isinstance(told, dict) and isinstance(told.get("Metadata"), dict)


def _told(told: Any, stamp: str) -> Told | None:
    kind = text_of(told, "Type")
    match text_of(told, "RecordType"):
        case "Delivery":
            return Told(stamp, "delivered")
        case "SpamComplaint":
            return Told(stamp, "complaint", text="postmark")
        case "Bounce" if kind in _BOUNCES:
            words = text_of(told, "Details") or text_of(told, "Description")
            code = stated_in(words)
            return Told(stamp, "bounce", judged(_BOUNCES[kind], "", code, words), code, words)
        case "Bounce" if kind == "SpamComplaint":
            return Told(stamp, "complaint", text="postmark")
        case _:
            return None


def _password(header: str) -> bytes:
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return b64decode(given.strip(), validate=True).partition(b":")[2]
    except ValueError:
        return b""
