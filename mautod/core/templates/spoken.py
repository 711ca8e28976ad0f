"""What a template says on other channels than email: a title, some text, where it leads.

--- push
title: {{ person.name }}, your cart is waiting
url: https://shop.example/cart
It is kept until tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import unescape
from typing import Any, Final

import nh3

from mautod.core.templates.front import Part
from mautod.core.templates.liquid import Filled, compile_html, compile_text
from mautod.errors import DefinitionError

KEYS: Final = ("title", "url", "image", "icon", "button")
LONGEST: Final = 240
"""Characters of a text that was made of a letter."""
_PAIR: Final = re.compile(r"([a-z_]+)\s*:\s+(.*)")
_LEADING_OUT: Final = re.compile(r"<a\b[^>]*unsubscribe_url.*?</a\s*>", re.DOTALL | re.IGNORECASE)
_BLOCK: Final = re.compile(r"</?(?:p|div|td|tr|li|br|h[1-6])\b", re.IGNORECASE)
_HREF: Final = re.compile(r"""\shref\s*=\s*["'](https?://[^"']+)["']""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one channel as they were written, in Liquid; `lines` say where, by key."""

    channel: str
    values: tuple[tuple[str, str], ...] = ()
    text: str = ""
    lines: tuple[tuple[str, int], ...] = ()

    def parts(self) -> Iterator[tuple[str, str, int]]:
        """Key, Liquid and line of each; the text has the key "text"."""
        lines = dict(self.lines)
        for key, text in (*self.values, ("text", self.text)):
            yield key, text, lines.get(key, 1)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one person is told."""

    title: str = ""
    text: str = ""
    url: str = ""
    image: str = ""
    icon: str = ""
    button: str = ""


def read_wording(channel: str, part: Part, file: str) -> Wording:
    """The words below a fence: lines `key: value`, then the text.

    Raises:
        DefinitionError: a key is written twice or nearly right, or nothing is said.
    """
    values: dict[str, str] = {}
    places: dict[str, int] = {}
    lines = part.text.split("\n")
    number = 0
    for number, line in enumerate(lines):
        found = _PAIR.fullmatch(line.strip())
        if found is None or not _is_key(found[1], part.line + number, file):
            break
        if found[1] in values:
            place = part.line + number
            raise DefinitionError("is written twice", file=file, line=place, key=found[1])
        values[found[1]], places[found[1]] = found[2].strip(), part.line + number
    text = "\n".join(lines[number:]).strip("\n")
    if not text.strip() and not values:
        hint = "Write title: … and a text."
        raise DefinitionError(f"--- {channel} says nothing", file=file, line=part.line, hint=hint)
    skipped = len("\n".join(lines[number:])) - len("\n".join(lines[number:]).lstrip("\n"))
    places["text"] = part.line + number + skipped
    return Wording(channel, tuple(values.items()), text, tuple(places.items()))


def _is_key(name: str, line: int, file: str) -> bool:
    if name in KEYS:
        return True
    near = get_close_matches(name, KEYS, 1, 0.75)
    if near:
        raise DefinitionError(
            "is not known", file=file, line=line, key=name, hint=f"Did you mean {near[0]}?"
        )
    return False


def compiled_parts(wording: Wording, file: str) -> Iterator[Filled]:
    """Each of its parts, parsed.

    Raises:
        DefinitionError: its Liquid does not parse; names the line.
    """
    for _, text, line in wording.parts():
        yield compile_text(text, file=file, line=line)


@dataclass(frozen=True, slots=True)
class Speech:
    """One template ready to be said on one channel many times.

    Without words of its own for the channel it is the subject and the beginning of the letter, and
    leads to the letter's first link.
    """

    title: Filled
    text: Filled | None
    others: Mapping[str, Filled] = field(default_factory=dict)
    html: Filled | None = None

    @classmethod
    def of(cls, wording: Wording | None, subject: str, html: str, file: str) -> Speech:
        """Compile; `html` is the letter's.

        Raises:
            DefinitionError: its Liquid does not parse.
        """
        title = compile_text(subject, file=file)
        whole = compile_html(_LEADING_OUT.sub("", html), file=file) if html.strip() else None
        if wording is None:
            return cls(title, None, html=whole)
        ready = {key: compile_text(text, file=file) for key, text, _ in wording.parts()}
        text = ready.pop("text")
        return cls(ready.pop("title", title), text, ready)

    def say(self, values: Mapping[str, Any]) -> Spoken:
        """What a person with these values is told.

        Raises:
            BadInput: the template cannot be filled with them.
        """
        title = self.title.render(values).strip()
        if self.text is not None:
            others = {key: each.render(values).strip() for key, each in self.others.items()}
            return Spoken(title, self.text.render(values).strip(), **others)
        if self.html is None:
            return Spoken(title)
        html = self.html.render(values)
        link = _HREF.search(html)
        return Spoken(title, _beginning(html), unescape(link[1]) if link else "")


def _beginning(html: str) -> str:
    """The first words of a letter."""
    bare = nh3.clean(
        _BLOCK.sub(r" \g<0>", html),
        tags=set(),
        clean_content_tags={"script", "style", "title", "head"},
    )
    text = " ".join(unescape(bare).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit(' ', 1)[0]}…"
