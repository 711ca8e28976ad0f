"""Reports by machines: what became of a letter (RFC 3464), and who complained (RFC 5965).

Where a server writes in a form of its own, flufl.bounce is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from typing import Final

from flufl.bounce import all_failures

from mautod.core.mail import headers
from mautod.core.mail.headers import Headers
from mautod.core.mail.mime import Mail, Part
from mautod.core.sending.bounce import Verdict, classify, stated_in

FAILED: Final = "failed"
DELAYED: Final = "delayed"
LONGEST_TEXT: Final = 500
MOST_RECIPIENTS: Final = 50
_LARGEST_ODD: Final = 128 * 1024
_STATUS: Final = ("message/delivery-status", "message/global-delivery-status")
_FEEDBACK: Final = "message/feedback-report"
_QUOTED: Final = ("message/rfc822", "message/global")
_HEADERS: Final = ("text/rfc822-headers", "message/global-headers")
_CODE: Final = re.compile(r"(?<![\d.])([245]\d\d)(?=[ \-#:;,.]|$)")
_ENHANCED: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_NOT_SPAM: Final = "not-spam"
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class Fate:
    """What a server says became of a letter to one address.

    `action` as in RFC 3464: failed, delayed, delivered, relayed, expanded. `code` is the SMTP code,
    0 where none is told.
    """

    action: str
    address: str
    code: int
    enhanced: str
    text: str

    @property
    def verdict(self) -> Verdict:
        """What the failure means. A server that gives up on something transient makes it soft."""
        found = classify(self.code, self.enhanced, self.text)
        gave_up = self.action == FAILED and found.kind == "transient"
        return Verdict("soft", found.rule) if gave_up else found


def fates(mail: Mail) -> list[Fate]:
    """What a delivery status notification says, address by address; nothing if it is none."""
    found = [fate for part in mail.root.walk_own() if part.type in _STATUS for fate in _fates(part)]
    return found[:MOST_RECIPIENTS]


def odd_fates(mail: Mail, raw: bytes) -> list[Fate]:
    """The same for reports that follow no standard; ask only of what a machine seems to say."""
    if mail.cut or len(raw) > _LARGEST_ODD:
        return []
    try:
        later, never = all_failures(message_from_bytes(raw))
    except Exception:  # noqa: BLE001 - a mail may make the detectors stumble: then it is no report
        return []
    text = " ".join(headers.shown(_words(mail)).split())
    return [
        _odd(action, address, text)
        for action, addresses in ((FAILED, never), (DELAYED, later))
        for address in sorted(addresses)[:MOST_RECIPIENTS]
    ]


def complaint(mail: Mail) -> str:
    """The kind of a complaint (abuse, fraud, virus, other); empty if the mail is none."""
    for part in mail.root.walk_own():
        if part.type == _FEEDBACK:
            kind = _block(part.content).get("feedback-type").lower()
            return "" if kind == _NOT_SPAM else headers.shown(kind)[:40] or "abuse"
    return ""


def returned(mail: Mail) -> Headers:
    """The headers of the letter that a report brings back, and what the report says of it."""
    fields: list[tuple[str, str]] = []
    for part in mail.root.walk():
        if part.type in _QUOTED and part.parts:
            fields += part.parts[0].headers.fields
        elif part.type in _HEADERS:
            fields += headers.read(part.content).fields
        elif part.type == _FEEDBACK:
            fields += _block(part.content).fields
    return Headers(tuple(fields[: headers.MOST]))


def _fates(part: Part) -> Iterator[Fate]:
    content = part.content.replace(b"\r\n", b"\n").strip(b"\n")
    for block in content.split(b"\n\n")[: MOST_RECIPIENTS + 1]:
        found = headers.read(block)
        if found.get("action") or found.get("final-recipient"):
            yield _fate(found)


def _fate(found: Headers) -> Fate:
    told = headers.shown(found.get("diagnostic-code"))
    kind, _, text = told.partition(";")
    text = (
        text if kind.strip().lower() in {"smtp", "x-unix", "x-postfix", "lmtp"} else told
    ).strip()
    status = _ENHANCED.search(found.get("status"))
    enhanced = status[0] if status else ""
    address = found.addresses("original-recipient", "final-recipient")
    return Fate(
        action=_action(found.get("action"), enhanced),
        address=address[0] if address else "",
        code=_code(text),
        enhanced=enhanced,
        text=text[:LONGEST_TEXT],
    )


def _action(told: str, enhanced: str) -> str:
    """The action; where it is missing, the status says it."""
    words = told.lower().split()
    if words and words[0].isalpha():
        return words[0]
    return DELAYED if enhanced.startswith("4") else FAILED


def _code(text: str) -> int:
    found = _CODE.search(text[:LONGEST_TEXT])
    return int(found[1]) if found else 0


def _odd(action: str, address: bytes | str, text: str) -> Fate:
    name = address.decode("ascii", "replace") if isinstance(address, bytes) else address
    code = _code(text)
    fits = action == FAILED or code < _PERMANENT
    return Fate(action, name.lower(), code if fits else 0, stated_in(text), text[:LONGEST_TEXT])


def _words(mail: Mail) -> str:
    """The first text of a mail."""
    texts = (part.text for part in mail.root.walk_own() if part.type == "text/plain")
    return next(texts, "")[: LONGEST_TEXT * 8]


def _block(content: bytes) -> Headers:
    return headers.read(content.strip(b"\r\n"))
