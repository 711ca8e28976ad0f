"""What a person wrote in an answer: without the letter that it quotes and without the signature.

Mail programs mark a quotation with ">" or put a line above it ("On Monday … wrote:"), each in the
language of its reader. English and Russian are known well, a few others by their commonest forms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mautod.core.mail.html import text_of
from mautod.core.mail.mime import Mail, Part

LONGEST: Final = 64 * 1024
_LONGEST_LINE: Final = 2000
_WRAPPED: Final = 3
"""A line above a quotation may be wrapped into so many."""

_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]+")
_DATE: Final = r"\d{1,4}(?:[./:-]\d{1,4}|\s\w{2,9})"
_WROTE_RU: Final = r"пиш(?:ет|ете)|(?:на)?писал(?:\w|\(\w\))?"
_ABOVE: Final = re.compile(
    rf"^\W*(?:On\b.{{0,200}}{_DATE}.{{0,200}}\bwrote\s*:?\s*$"
    rf"|.{{0,200}}{_DATE}.{{0,200}}(?:{_WROTE_RU})\b.{{0,120}}:\s*$"
    rf"|.{{0,200}}{_DATE}.{{0,200}}<[^<>@\s]{{1,100}}@[^<>\s]{{1,200}}>\s*(?:wrote)?\s*:\s*$"
    rf"|Am\b.{{0,200}}{_DATE}.{{0,200}}\bschrieb\b.{{0,120}}:\s*$"
    rf"|Le\b.{{0,200}}{_DATE}.{{0,200}}\ba écrit\s*:\s*$"
    rf"|El\b.{{0,200}}{_DATE}.{{0,200}}\bescribió\s*:\s*$)",
    re.IGNORECASE,
)
_MAY_BE_ABOVE: Final = re.compile(r"wrote|писал|пишет|schrieb|écrit|escribió|@", re.IGNORECASE)
_BEGINS_ABOVE: Final = re.compile(r"\d|^\W*(?:On|Am|Le|El)\b", re.IGNORECASE)
_RULE: Final = re.compile(
    r"^\W*(?:-{2,}|_{2,}|—+)?\s*(?:original message|forwarded message|begin forwarded message"
    r"|исходное сообщение|пересылаемое сообщение|пересланное сообщение"
    r"|конец пересылаемого сообщения"
    r"|ursprüngliche nachricht|message d'origine|mensaje original)\s*(?:-{2,}|_{2,}|—+|:)?\W*$",
    re.IGNORECASE,
)
_FROM: Final = re.compile(
    r"^\W*\*?(?:from|от|кого|von|de|отправитель)\*?\s*:\*?\s*\S", re.IGNORECASE
)
_SENT: Final = re.compile(
    r"^\W*\*?(?:sent|date|to|subject|отправлено|дата|кому|тема|gesendet|envoyé|enviado|an|à|para)"
    r"\*?\s*:",
    re.IGNORECASE,
)
_SIGNATURE: Final = re.compile(r"^--\s?$|^—\s?$|^_{5,}\s*$")
_MOBILE: Final = re.compile(
    r"^\W*(?:sent (?:from|with|using|via) (?:my )?\S.{0,60}|get outlook for \S.{0,40}"
    r"|отправлено \w{1,5} \S.{0,80}|sent from .{0,60})$",
    re.IGNORECASE,
)


def written(mail: Mail) -> str:
    """What the sender wrote, at most 64 KB of it; empty if there is nothing but a quotation."""
    text, html = _bodies(mail)
    plain = text if text.strip() else text_of(html)
    return own_words(_UNSEEN.sub("", plain))[:LONGEST].strip()


def own_words(text: str) -> str:
    """`text` without quotations, signature and what mail programs add."""
    lines = [line.rstrip()[:_LONGEST_LINE] for line in text[: 4 * LONGEST].split("\n")]
    end, is_marked = _quotation(lines)
    kept = lines[:end] + (_unquoted(lines[end:]) if is_marked else [])
    kept = [line for line in kept if not line.lstrip().startswith(">")]
    return "\n".join(_without_signature(kept)).strip()


def _bodies(mail: Mail) -> tuple[str, str]:
    """The first text and the first HTML that is no file."""
    own = [part for part in mail.root.walk_own() if not part.attached]
    return _first(own, "text/plain"), _first(own, "text/html")


def _first(parts: Sequence[Part], kind: str) -> str:
    return next((part.text for part in parts if part.type == kind and not part.parts), "")


def _quotation(lines: Sequence[str]) -> tuple[int, bool]:
    """Where the quoted letter begins, and whether each of its lines is marked with ">"."""
    for at in range(len(lines)):
        if _RULE.match(lines[at]) or _is_heading(lines, at):
            return at, False
        length = _above(lines, at)
        if length:
            return at, _is_marked(lines, at + length)
    return len(lines), False


def _above(lines: Sequence[str], at: int) -> int:
    """How many lines at `at` are the one above a quotation; 0 if they are not."""
    if not _BEGINS_ABOVE.search(lines[at]):
        return 0
    for length in range(1, _WRAPPED + 1):
        block = [line.strip() for line in lines[at : at + length]]
        if not all(block):
            return 0
        joined = " ".join(block)
        fits = joined.endswith(":") or joined.lower().endswith("wrote")
        if fits and _MAY_BE_ABOVE.search(joined) and _ABOVE.match(joined[:_LONGEST_LINE]):
            return length
    return 0


def _is_heading(lines: Sequence[str], at: int) -> bool:
    """Whether the headers of a letter are written out, as Outlook does."""
    if not _FROM.match(lines[at]):
        return False
    following = [line for line in lines[at + 1 : at + 6] if line.strip()]
    return sum(_SENT.match(line) is not None for line in following) > 1


def _is_marked(lines: Sequence[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 4] if line.strip()), "")
    return following.lstrip().startswith(">")


def _unquoted(lines: Sequence[str]) -> list[str]:
    """Answers between marked lines; the line above the quotation goes."""
    start = next((at for at, line in enumerate(lines) if line.lstrip().startswith(">")), len(lines))
    return list(lines[start:])


def _without_signature(lines: Sequence[str]) -> list[str]:
    end = next((at for at, line in enumerate(lines) if at and _SIGNATURE.match(line)), len(lines))
    kept = list(lines[:end])
    while kept and (not kept[-1].strip() or _MOBILE.match(kept[-1])):
        kept.pop()
    return kept
