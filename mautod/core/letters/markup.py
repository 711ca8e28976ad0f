"""What stands in the HTML of a letter: its links, pictures, tags and styles, each with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_SILENT: Final = frozenset({"style", "script", "title", "head"})


@dataclass(slots=True)
class Link:
    """Where an anchor leads, None if it says nothing, and what people read there."""

    line: int
    href: str | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    line: int
    attributes: Mapping[str, str | None]

    @property
    def source(self) -> str:
        return (self.attributes.get("src") or "").strip()

    @property
    def is_pixel(self) -> bool:
        return self.attributes.get("width") == self.attributes.get("height") == "1"


@dataclass(slots=True)
class Markup:
    """A letter's HTML as it was read."""

    links: list[Link] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    tags: dict[str, int] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    metas: set[str] = field(default_factory=set)
    styles: list[tuple[int, str]] = field(default_factory=list)
    words: str = ""

    @property
    def css(self) -> str:
        """All its styles, those of attributes as well."""
        return "\n".join(style for _, style in self.styles)


def read_markup(html: str) -> Markup:
    """What stands in `html`, well formed or not; `tags` are with the line of their first."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.found.words = " ".join("".join(reader.texts).split())
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Markup()
        self.texts: list[str] = []
        self._open: list[str] = []
        self._link: Link | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, attributes = self.getpos()[0], dict(attrs)
        self.found.tags.setdefault(tag, line)
        self.found.names |= {attributes[key] or "" for key in ("id", "name") if key in attributes}
        if attributes.get("style"):
            self.found.styles.append((line, attributes["style"] or ""))
        if tag in _SILENT:
            self._open.append(tag)
        match tag:
            case "a":
                self._link = Link(line, attributes.get("href"))
                if "href" in attributes or not {"id", "name"} & attributes.keys():
                    self.found.links.append(self._link)
            case "img":
                self._picture(Picture(line, attributes))
            case "meta":
                self.found.metas.add(str(attributes.get("name") or "").lower())
            case _:
                pass

    def _picture(self, picture: Picture) -> None:
        self.found.pictures.append(picture)
        if self._link is not None:
            self._link.words += f" {picture.attributes.get('alt') or ''}"

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.found.styles.append((self.getpos()[0], data))
        if self._open:
            return
        self.texts.append(data)
        if self._link is not None:
            self._link.words += data
