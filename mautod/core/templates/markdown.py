"""Letters in Markdown: CommonMark with tables, its HTML kept, its Liquid untouched."""

from __future__ import annotations

import re
from typing import Final

from markdown_it import MarkdownIt

from mautod.core.templates.hidden import LIQUID_PIECE, Hidden

_ALONE: Final = re.compile(r"^[ \t]*(\{%(?:(?!%\}).)*%\}[ \t]*)+$", re.MULTILINE | re.DOTALL)
_READER: Final = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

PAGE: Final = """<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<style>
body { margin: 0; padding: 24px 16px; }
.letter { max-width: 600px; margin: 0 auto; color: #24272c;
  font: 400 16px/25px -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
h1 { font-size: 26px; line-height: 33px; margin: 0 0 16px; }
h2 { font-size: 20px; line-height: 27px; margin: 28px 0 10px; }
p, ul, ol { margin: 0 0 16px; }
img { max-width: 100%; height: auto; border: 0; }
td, th { padding: 6px 14px 6px 0; text-align: left; }
@media (prefers-color-scheme: dark) {
  .letter { color: #e2e3e5 !important; }
  .letter a { color: #8ab8ff !important; }
}
</style>
</head>
<body>
<div class="letter">
"""
PAGE_END: Final = "</div>\n</body>\n</html>\n"
"""What a letter in Markdown stands in that names no layout."""


def from_markdown(text: str) -> str:
    """`text` as HTML. A line of Liquid tags alone stays between blocks, all else where it is."""
    hidden = Hidden()

    def between_blocks(found: re.Match[str]) -> str:
        return LIQUID_PIECE.sub(lambda piece: hidden.comment(piece[0]), found[0])

    marked = hidden.words_in(_ALONE.sub(between_blocks, text))
    return hidden.show(str(_READER.render(marked)))
