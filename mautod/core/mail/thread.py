"""What makes mails one conversation, and the letter that answers one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

LONGEST_SUBJECT: Final = 200
MOST_REFERENCES: Final = 20
LONGEST_QUOTE: Final = 20_000
_PREFIX: Final = re.compile(
    r"^(?:\s*(?:re|fwd?|aw|wg|sv|vs|ha|отв|ответ|пересл|переслано|на)\s*(?:\[\d+\])?\s*:)+\s*"
    r"|^\s*\[[^\]]{1,40}\]\s*",
    re.IGNORECASE,
)
_WROTE: Final = {"ru": "{when}, {who} пишет:", "en": "On {when}, {who} wrote:"}


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said, as it is quoted: when (UTC ms), by whom, and the words."""

    at: int
    who: str
    text: str


def subject_of(subject: str) -> str:
    """A subject without "Re:" and its like."""
    bare = subject
    while (shorter := _PREFIX.sub("", bare, count=1)) != bare:
        bare = shorter
    return bare.strip()[:LONGEST_SUBJECT]


def thread_of(subject: str) -> str:
    """What subjects of one conversation have in common."""
    return " ".join(subject_of(subject).casefold().split())


def answer_subject(subject: str) -> str:
    """The subject of an answer."""
    return f"Re: {subject_of(subject)}".strip()


def references(answered: Sequence[str], last: str) -> list[str]:
    """The messages that an answer to `last` goes back to: the first one, and the latest."""
    chain = [*(each for each in answered if each != last), last] if last else list(answered)
    return chain if len(chain) <= MOST_REFERENCES else [chain[0], *chain[1 - MOST_REFERENCES :]]


def quoted(said: Iterable[Said], language: str) -> str:
    """What was said before, the latest first, as a letter quotes it; cut to 20 000 characters."""
    above = _WROTE["ru" if language.lower().startswith("ru") else "en"]
    lines: list[str] = []
    for depth, each in enumerate(said, start=1):
        marks = ">" * depth
        when = datetime.fromtimestamp(each.at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
        lead = f"{'>' * (depth - 1)} " if depth > 1 else ""
        lines.append(f"{lead}{above.format(when=when, who=each.who)}")
        lines += [f"{marks} {line}".rstrip() for line in each.text.split("\n")]
        lines.append(marks)
    return _cut("\n".join(lines))


def _cut(text: str) -> str:
    if len(text) <= LONGEST_QUOTE:
        return text
    return f"{text[:LONGEST_QUOTE].rpartition(chr(10))[0]}\n> …"
