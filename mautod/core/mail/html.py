"""The text of an HTML mail, without what it quotes; in one pass, whatever the HTML is like."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Final

LARGEST: Final = 512 * 1024
_NAME: Final = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:]*")
_ATTRIBUTE: Final = re.compile(r"""\b(class|id|type)\s*=\s*["']?([^"'>]{0,200})""", re.IGNORECASE)
_SILENT: Final = frozenset({"style", "script", "head", "title", "template", "noscript"})
_BLOCKS: Final = frozenset(
    {"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
    | {"pre", "section", "article", "header", "footer", "blockquote"}
)
_QUOTES: Final = (
    "gmail_quote", "gmail_attr", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote",
    "zmail_extra", "wordsection_quote",
)  # fmt: skip
_FROM_HERE: Final = (
    "divrplyfwdmsg",
    "appendonsend",
    "stopspelling",
    "mail-editor-reference-message-container",
)
"""Ids of the rule that Outlook draws above what it quotes: all after it is quoted."""
_VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "wbr", "area", "base"})
_SPACE: Final = re.compile(r"[ \t\u00a0]+")
_NEWLINES: Final = re.compile(r"\n{3,}")


@dataclass(slots=True)
class _Writer:
    """What was written so far; `muted` are the open tags of a piece that is left out."""

    out: list[str] = field(default_factory=list)
    muted: str = ""
    depth: int = 0
    ended: bool = False

    def say(self, text: str) -> None:
        if not self.muted:
            self.out.append(_SPACE.sub(" ", unescape(text).replace("\n", " ").replace("\r", "")))

    def open(self, name: str, tag: str) -> None:
        if self.muted:
            self.depth += name == self.muted
            return
        if any(mark in told for told in _attributes(tag) for mark in _FROM_HERE):
            self.ended = True
        elif name in _SILENT or _is_quote(name, tag):
            self.muted, self.depth = name, 1
        if name in _BLOCKS:
            self.out.append("\n")

    def close(self, name: str) -> None:
        if self.muted:
            self.depth -= name == self.muted
            if self.depth <= 0:
                self.muted = ""
        elif name in _BLOCKS and name != "br":
            self.out.append("\n")

    def text(self) -> str:
        lines = (line.strip() for line in "".join(self.out).split("\n"))
        return _NEWLINES.sub("\n\n", "\n".join(lines)).strip()


def text_of(html: str) -> str:
    """What a person wrote in `html`; what is quoted by its marks is left out."""
    html = html[:LARGEST]
    writer = _Writer()
    at = 0
    while at < len(html) and not writer.ended:
        start = html.find("<", at)
        if start < 0:
            writer.say(html[at:])
            break
        writer.say(html[at:start])
        at = _tag(html, start, writer)
    return writer.text()


def _tag(html: str, start: int, writer: _Writer) -> int:
    """Take the tag or comment at `start`; where to go on."""
    if html.startswith("<!--", start):
        end = html.find("-->", start)
        return len(html) if end < 0 else end + 3
    found = _NAME.match(html, start + 1)
    end = html.find(">", start)
    if end < 0:
        return len(html)
    if found is None:
        if html[start + 1 : start + 2] not in "!?":
            writer.say("<")
            return start + 1
        return end + 1
    name = found[0].lower()
    if name.startswith("/"):
        writer.close(name[1:])
    elif not (name in _VOID and name not in _BLOCKS):
        writer.open(name, html[start : min(end, start + 2000)])
    return end + 1


def _attributes(tag: str) -> list[str]:
    return [value.lower() for _, value in _ATTRIBUTE.findall(tag)]


def _is_quote(name: str, tag: str) -> bool:
    return name == "blockquote" or any(
        mark in told for told in _attributes(tag) for mark in _QUOTES
    )
