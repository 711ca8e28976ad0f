"""SendGrid's signed event webhook: ECDSA over a time and the body, many events in one call."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mautod.channels.email.hooks.port import Posted, Report, Told, forged, judged, text_of, timely
from mautod.channels.email.providers.parts import REFERENCE, stamp_of
from mautod.core.envelope import Bounce
from mautod.errors import BadInput, ConfigError

_SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
_TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"
_DROPPED: Final[dict[str, Bounce]] = {
    "bounced address": "hard",
    "invalid": "hard",
    "spam reporting address": "policy",
    "unsubscribed address": "policy",
}


class SendGridHook:
    """Verified by the public key that SendGrid shows."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        """Raises ConfigError if `key` is none."""
        self._key = _public_key(key)

    async def read(self, posted: Posted) -> Report:
        self._verify(posted)
        events = posted.json()
        if not isinstance(events, list):
            raise BadInput("A list of events is expected.")
        told = [one for event in events if (one := _told(event))]
        return Report(told, hashlib.sha256(posted.body).hexdigest())

    def _verify(self, posted: Posted) -> None:
        at = posted.headers.get(_TIMESTAMP, "")
        try:
            given = b64decode(posted.headers.get(_SIGNATURE, ""), validate=True)
            self._key.verify(given, at.encode() + posted.body, ECDSA(SHA256()))
        except (InvalidSignature, ValueError) as error:
            raise forged() from error
        timely(at, posted.now)


def _told(event: Any) -> Told | None:
    stamp = stamp_of(event.get(REFERENCE)) if isinstance(event, dict) else ""
    if not stamp:
        return None
    words, status = text_of(event, "reason"), text_of(event, "status")
    match text_of(event, "event"):
        case "delivered":
            return Told(stamp, "delivered")
        case "spamreport":
            return Told(stamp, "complaint", text="sendgrid")
        case "bounce":
            usual: Bounce = "policy" if text_of(event, "type") == "blocked" else "hard"
            return Told(stamp, "bounce", judged(usual, "", status, words), status, words)
        case "dropped":
            how = _DROPPED.get(words.lower(), "policy")
            return Told(stamp, "bounce", how, status, words)
        case _:
            return None


def _public_key(text: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(b64decode(text, validate=True))
    except ValueError:
        key = None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigError(
            "MAUTOD_SENDGRID_HOOK is no public key of SendGrid's.",
            field="MAUTOD_SENDGRID_HOOK",
            hint="Copy the verification key of the signed event webhook.",
        )
    return key
