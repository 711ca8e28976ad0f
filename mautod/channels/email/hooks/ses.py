"""Amazon SES tells by SNS: messages that Amazon signs with a certificate which it publishes.

Anybody can have a topic at Amazon and publish what they like there, signed well: only messages of
the topic that is named in `.env` are believed.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from mautod.channels.email.hooks.amazon import Fetch, is_amazons, published
from mautod.channels.email.hooks.port import (
    Posted,
    Report,
    Told,
    check_age,
    decoded,
    forged,
    judged,
    member,
    text_of,
)
from mautod.channels.email.providers.parts import REFERENCE, stamp_of
from mautod.core.envelope import Bounce
from mautod.core.sending.bounce import stated_in
from mautod.errors import BadInput, Forbidden

_MOST_CERTIFICATES: Final = 16
_HASHES: Final = {"1": SHA1, "2": SHA256}
_NEWS: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_ASKS: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED: Final = {"Notification": _NEWS, "SubscriptionConfirmation": _ASKS}
_NOT_WANTED: Final = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})


class SesHook:
    """Verified by Amazon's signature; subscribes itself to `topic`, and listens to no other."""

    __slots__ = ("_certificates", "_fetch", "_topic")

    def __init__(self, topic: str, fetch: Fetch = published) -> None:
        self._topic = topic
        self._fetch = fetch
        self._certificates: dict[str, RSAPublicKey] = {}

    async def read(self, posted: Posted) -> Report:
        envelope = posted.json()
        if text_of(envelope, "TopicArn") != self._topic:
            raise Forbidden("This is another topic than MAUTOD_SES_TOPIC names.")
        await self._verify(envelope)
        check_age(_instant(text_of(envelope, "Timestamp")), posted.now)
        if text_of(envelope, "Type") == "SubscriptionConfirmation":
            await self._subscribe(text_of(envelope, "SubscribeURL"))
            return Report()
        told = _told(decoded(text_of(envelope, "Message")))
        return Report([told], text_of(envelope, "MessageId")) if told else Report()

    async def _verify(self, envelope: Any) -> None:
        algorithm = _HASHES.get(text_of(envelope, "SignatureVersion"))
        fields = _SIGNED.get(text_of(envelope, "Type"))
        if algorithm is None or fields is None:
            raise forged()
        key = await self._key(text_of(envelope, "SigningCertURL"))
        text = "".join(
            f"{name}\n{text_of(envelope, name)}\n" for name in fields if member(envelope, name)
        )
        try:
            given = b64decode(text_of(envelope, "Signature"), validate=True)
            key.verify(given, text.encode(errors="replace"), PKCS1v15(), algorithm())
        except (InvalidSignature, ValueError) as error:
            raise forged() from error

    async def _key(self, url: str) -> RSAPublicKey:
        if not is_amazons(url) or not url.endswith(".pem"):
            raise forged()
        known = self._certificates.get(url)
        if known is None:
            known = _public_key(await self._fetch(url))
            if len(self._certificates) >= _MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[url] = known
        return known

    async def _subscribe(self, url: str) -> None:
        if not is_amazons(url):
            raise forged()
        await self._fetch(url)


def _public_key(pem: bytes) -> RSAPublicKey:
    try:
        key = load_pem_x509_certificate(pem).public_key()
    except ValueError as error:
        raise forged() from error
    if not isinstance(key, RSAPublicKey):
        raise forged()
    return key


def _instant(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{text[:40]!r} is no time.") from error


def _told(event: Any) -> Told | None:
    stamp = _stamp(member(event, "mail"))
    if not stamp:
        return None
    match text_of(event, "eventType") or text_of(event, "notificationType"):
        case "Delivery":
            return Told(stamp, "delivered")
        case "Complaint":
            kind = text_of(event, "complaint", "complaintFeedbackType")
            return Told(stamp, "complaint", text=f"ses {kind}".strip())
        case "Bounce":
            return _bounce(member(event, "bounce"), stamp)
        case _:
            return None


def _stamp(mail: Any) -> str:
    """By the tag that the letter was given, else by its own Message-ID."""
    tags = member(mail, "tags", REFERENCE)
    if isinstance(tags, list) and tags:
        return stamp_of(tags[0])
    headers = member(mail, "headers")
    for header in headers if isinstance(headers, list) else ():
        if text_of(header, "name").lower() == "message-id":
            return text_of(header, "value").strip("<> ").partition("@")[0]
    return ""


def _bounce(bounce: Any, stamp: str) -> Told:
    people = member(bounce, "bouncedRecipients")
    first = people[0] if isinstance(people, list) and people else None
    words = text_of(first, "diagnosticCode") or text_of(bounce, "bounceSubType")
    code = text_of(first, "status") or stated_in(words)
    usual: Bounce = "hard" if text_of(bounce, "bounceType") == "Permanent" else "soft"
    if text_of(bounce, "bounceSubType") in _NOT_WANTED:
        usual = "policy"
    how = judged(usual, "", code, words) if usual == "hard" else usual
    return Told(stamp, "bounce", how, code, words)
