"""Liquid hidden from tools that know nothing of it: each piece stands as a marker while they work.

A marker is a comment between tags, allowed even in a table, and a word elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

# What a comment says is none of the HTML either.
LIQUID: Final = r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}"
LIQUID_PIECE: Final = re.compile(LIQUID, re.DOTALL)
_PIECE: Final = re.compile(
    r"(?P<comment><!--.*?-->)"
    r"|(?P<raw><(?P<name>title|style|script|textarea)\b.*?</(?P=name)\s*>)"
    rf"|(?P<liquid>{LIQUID})"
    rf"|(?P<tag></?[a-zA-Z](?:{LIQUID}|\"(?:{LIQUID}|[^\"])*\"|'(?:{LIQUID}|[^'])*'|[^>\"'])*>)",
    re.DOTALL | re.IGNORECASE,
)
_MARKER: Final = re.compile(r'<!--lqd(\d+)x-->|lqd(\d+)x(?:="")?')


class Hidden:
    """Pieces of Liquid taken out of a text, and put back."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def word(self, piece: str) -> str:
        """A word in place of `piece`."""
        self._pieces.append(piece)
        return f"lqd{len(self._pieces) - 1}x"

    def comment(self, piece: str) -> str:
        """A comment in place of `piece`."""
        return f"<!--{self.word(piece)}-->"

    def words_in(self, text: str) -> str:
        """`text` with a word for each piece of Liquid in it."""
        return LIQUID_PIECE.sub(lambda found: self.word(found[0]), text)

    def hide(self, html: str, between_tags: Callable[[str], str]) -> str:
        """`html` with words within its tags, and what `between_tags` makes of those between."""

        def replace(found: re.Match[str]) -> str:
            if found["comment"]:
                return found[0]
            return between_tags(found[0]) if found["liquid"] else self.words_in(found[0])

        return _PIECE.sub(replace, html)

    def show(self, text: str) -> str:
        """`text` with every piece back in its place."""
        return _MARKER.sub(lambda found: self._pieces[int(found[1] or found[2])], text)
