"""Replies that mean no and nothing else: "STOP", "unsubscribe", "отписаться".

Only the whole text counts: "please don't stop" and "stop sending the blue ones" are talk, and talk
is for an operator to read.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_LONGEST: Final = 60
"""Characters; nothing longer is one of the phrases below."""

_WORDS: Final = frozenset(
    (
        "stop",
        "stop all",
        "stopall",
        "unsubscribe",
        "unsubscribe me",
        "unsubscribe all",
        "please unsubscribe",
        "please unsubscribe me",
        "unsubscribe please",
        "unsubscribe me please",
        "opt out",
        "opt-out",
        "optout",
        "remove me",
        "please remove me",
        "стоп",
        "стоп всё",
        "отписка",
        "отписать",
        "отписаться",
        "отписаться от всего",
        "отписаться от рассылки",
        "отпишите",
        "отпишите меня",
        "отпишите меня пожалуйста",
        "отпишите пожалуйста",
        "пожалуйста отпишите меня",
        "прошу отписать",
        "прошу отписать меня",
        "отказаться от рассылки",
        "не пишите",
        "не пишите мне",
        "не пишите мне больше",
        "больше не пишите",
        "больше не пишите мне",
    )
)


def is_stop(text: str) -> bool:
    """True if `text` is a short reply that asks for no more messages and says nothing else.

    Case, space, punctuation around it and the Russian "ё" do not matter.
    """
    if len(text) > _LONGEST * 4:
        return False
    words = "".join(_letter(each) for each in unicodedata.normalize("NFKC", text).casefold())
    return " ".join(words.split()).strip("- ") in _KNOWN


def _letter(each: str) -> str:
    """A letter or hyphen as it is compared, a space for all else; marks that join go."""
    category = unicodedata.category(each)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if each.isalnum() or each in "-'\u2019":
        return each.translate(_YO)
    return " "


_YO: Final = {0x451: 0x435}
_KNOWN: Final = frozenset(word.translate(_YO) for word in _WORDS)
