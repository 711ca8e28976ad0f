"""What filters and readers make of a letter before they open it: subject, sender, size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mautod.core.letters.remark import Remark

CLIPPED_BYTES: Final = 102 * 1024
NEAR_BYTES: Final = 100 * 1024
_LONG_SUBJECT: Final = 70
_LONG_PREHEADER: Final = 140
_FREE: Final = frozenset(
    {
        "gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "live.com",
        "icloud.com", "aol.com", "gmx.de", "gmx.net", "web.de", "mail.ru", "bk.ru", "list.ru",
        "inbox.ru", "yandex.ru", "ya.ru", "rambler.ru", "proton.me",
    }
)  # fmt: skip
_SHOUTED: Final = re.compile(
    r"\b(free|100 ?% free|act now|buy now|urgent|winner|cash|guaranteed?|no risk|viagra|casino|"
    r"click here|бесплатно|срочно|гарантированно|выиграли|деньги|жми|акция только сегодня)\b",
    re.IGNORECASE,
)
_FAKED: Final = re.compile(r"^\s*(re|fwd?|aw|ответ)\s*:", re.IGNORECASE)
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_MOST_EMOJI: Final = 2
_SHOUTING: Final = 0.6


def of_subject(subject: str) -> Iterator[Remark]:
    """What is to be said of a subject as somebody gets it."""
    words = subject.strip()
    if not words:
        yield Remark("error", 0, "the subject is empty.", "Write words, or | default: …")
        return
    letters = [each for each in words if each.isalpha()]
    if len(letters) > len("SALE NOW") and sum(map(str.isupper, letters)) > _SHOUTING * len(letters):
        yield Remark("warning", 0, "the subject shouts in capitals.", "Write it as a sentence.")
    if re.search(r"[!?]{2,}|\${2,}|€{2,}", words):
        yield Remark("warning", 0, "the subject has signs in a row.", "One is enough.")
    found = _SHOUTED.search(words)
    if found:
        yield Remark(
            "warning", 0, f"filters know {found[0]!r} in subjects.", "Say what it is about."
        )
    if _FAKED.match(words):
        yield Remark("warning", 0, "the subject feigns an answer.", "Take the Re: out.")
    if len(_EMOJI.findall(words)) > _MOST_EMOJI:
        yield Remark("warning", 0, "the subject has many emoji.", "One or two are read.")
    if len(words) > _LONG_SUBJECT:
        what = f"the subject has {len(words)} characters; telephones show about 40."
        yield Remark("note", 0, what, "Put the point first.")


def of_preheader(preheader: str) -> Iterator[Remark]:
    """What is to be said of what inboxes show behind the subject."""
    if not preheader.strip():
        hint = "Write preheader: … between the --- lines."
        yield Remark("note", 0, "has no preheader: inboxes show its first words.", hint)
    elif len(preheader) > _LONG_PREHEADER:
        yield Remark("note", 0, "the preheader is longer than any inbox shows.", "Shorten it.")


def of_sender(sender: str, reply_to: str) -> Iterator[Remark]:
    """What is to be said of the addresses of who writes and who reads the answers."""
    for address in filter(None, (sender, reply_to)):
        local, _, domain = address.rpartition("@")
        if domain.lower() in _FREE and address == sender:
            what = f"writes as {address}: DMARC of {domain} has such mail refused."
            yield Remark("warning", 0, what, "Write from a domain of your own.")
        if re.search(r"no.?reply|noanswer|donotreply", local, re.IGNORECASE):
            what = f"{address}: whoever cannot answer presses Spam."
            yield Remark("warning", 0, what, "Give an address that somebody reads.")


def of_size(html_bytes: int) -> Iterator[Remark]:
    """What is to be said of the size of the HTML."""
    if html_bytes > NEAR_BYTES:
        cut = "cuts it, with the way out" if html_bytes > CLIPPED_BYTES else "nearly cuts it"
        what = f"the HTML has {html_bytes / 1024:.0f} KB: Gmail {cut} (at 102 KB)."
        yield Remark(
            "error", 0, what, "Shorten loops with limit: 6, styles, and pictures in the text."
        )


def of_words(words: str, pictures: int) -> Iterator[Remark]:
    """What is to be said where pictures are most of a letter."""
    if pictures and len(words.split()) < 20 * min(pictures, 3):
        what = f"has {pictures} pictures and {len(words.split())} words: filters see such spam."
        yield Remark("warning", 0, what, "Say in words what the pictures say.")
