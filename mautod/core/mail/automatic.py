"""Mail that no person wrote: absence notes, confirmations, lists. Nobody answers it.

Machines say so themselves (RFC 3834 and older customs); where one does not, the subject tells.
"""

from __future__ import annotations

import re
from typing import Final

from mautod.core.mail.headers import Headers

_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_SIGNS: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-vacation",
    "x-mail-autoreply",
    "x-yandex-autoreply",
    "x-ms-exchange-generated-message-source",
)
_NO: Final = frozenset({"", "no", "false", "0", "none"})
_DAEMONS: Final = re.compile(
    r"(?:mailer-daemon|postmaster|mail-daemon|mdaemon|mail\.daemon|noreply|no-reply|donotreply"
    r"|do-not-reply|bounces?|mailerdaemon)(?:[+-][^@]*)?@"
)
_REPORTERS: Final = re.compile(r"(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon)(?:[+-][^@]*)?@")
# Not after "Re:": that is how a person answers a letter of ours that was called so.
_SUBJECTS: Final = re.compile(
    r"^\W*(?:"
    r"out of (?:the )?office|ooo\b|automatic(?:ally)? (?:reply|response|generated)|auto[- ]?repl"
    r"|auto[- ]?response|autoresponder|away from (?:the office|my)|on (?:vacation|annual leave)"
    r"|i am (?:currently )?(?:away|out of)|vacation (?:reply|message|response)|abwesenheit"
    r"|автоматический ответ|автоответ|авто-ответ|вне офиса|нет в офисе|отсутстви[ея]|в отпуске"
    r"|меня нет на месте|уведомление \w{2} отсутствии"
    r")",
    re.IGNORECASE,
)


def is_automatic(found: Headers) -> str:
    """By what sign a mail is a machine's; empty if it looks like a person's."""
    submitted = found.get("auto-submitted").partition(";")[0].strip().lower()
    if submitted not in _NO:
        return "auto-submitted"
    if found.get("precedence").strip().lower() in _BULK:
        return "precedence"
    sign = next((name for name in _SIGNS if found.get(name).lower() not in _NO), "")
    if sign:
        return sign
    if found.get("list-id"):
        return "list-id"
    return "subject" if _SUBJECTS.search(found.text("subject")) else ""


def is_report(found: Headers) -> bool:
    """Whether a mail server itself seems to write: no sender, or one of its names."""
    path = found.all("return-path")
    if path and path[0].strip() in {"<>", ""}:
        return True
    senders = found.addresses("from", "sender")
    return any(_REPORTERS.match(sender) for sender in senders)


def is_nobody(address: str) -> bool:
    """Whether there is no point in writing to an address."""
    return _DAEMONS.match(address) is not None
