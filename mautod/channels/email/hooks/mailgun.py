"""Mailgun's webhooks: the signature is in the body, an HMAC of a time and a token."""

from __future__ import annotations

import hmac
from typing import Any

from mautod.channels.email.hooks.port import (
    Posted,
    Report,
    Told,
    forged,
    judged,
    member,
    text_of,
    timely,
)
from mautod.channels.email.providers.parts import REFERENCE, stamp_of
from mautod.core.envelope import Bounce


class MailgunHook:
    """Verified by the account's webhook signing key; each token is of one call."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    async def read(self, posted: Posted) -> Report:
        body = posted.json()
        token = self._verified(member(body, "signature"), posted.now)
        event = member(body, "event-data")
        stamp = stamp_of(member(event, "user-variables", REFERENCE))
        told = _told(event, stamp) if stamp else None
        return Report([told], token) if told else Report()

    def _verified(self, signature: Any, now: int) -> str:
        at, token, given = (
            text_of(signature, name) for name in ("timestamp", "token", "signature")
        )
        wanted = hmac.new(self._key, f"{at}{token}".encode(errors="replace"), "sha256").hexdigest()
        if not token or not hmac.compare_digest(given.encode(errors="replace"), wanted.encode()):
            raise forged()
        timely(at, now)
        return token


def _told(event: Any, stamp: str) -> Told | None:
    match text_of(event, "event"):
        case "delivered":
            return Told(stamp, "delivered")
        case "complained":
            return Told(stamp, "complaint", text="mailgun")
        case "failed" if text_of(event, "severity") == "permanent":
            return _bounce(event, stamp)
        case _:  # what failed for now, Mailgun tries again itself
            return None


def _bounce(event: Any, stamp: str) -> Told:
    status = member(event, "delivery-status")
    code, enhanced = text_of(status, "code"), text_of(status, "enhanced-code")
    words = text_of(status, "message") or text_of(status, "description")
    reason = text_of(event, "reason")
    match reason:
        case "suppress-bounce":
            how: Bounce = "hard"
        case "suppress-complaint" | "suppress-unsubscribe" | "espblock":
            how = "policy"
        case "old":
            how = "soft"
        case _:
            how = judged("hard", code, enhanced, words)
    return Told(stamp, "bounce", how, enhanced or code, words or reason)
