"""Patterns with `*` for any text and `?` for any one character, and nothing else."""

from __future__ import annotations

from typing import Final

ANY_TEXT: Final = "*"
ANY_ONE: Final = "?"


def matches(text: str, pattern: str) -> bool:
    """Whether the whole of `text` is of the pattern, letter case included.

    Only the last `*` is ever tried anew, so the time is bounded by one length times the other.
    """
    at = place = 0
    star, taken = -1, 0
    while at < len(text):
        wanted = pattern[place : place + 1]
        if wanted == ANY_TEXT:
            star, taken = place, at
            place += 1
        elif wanted in (ANY_ONE, text[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            taken += 1
            at, place = taken, star + 1
        else:
            return False
    return not pattern[place:].strip(ANY_TEXT)
