"""What mail programs make of a body as it is written, whoever gets it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mautod.core.letters.markup import Link, Markup, Picture, read_markup
from mautod.core.letters.remark import Remark
from mautod.core.templates.hidden import LIQUID_PIECE, Hidden

_STRIPPED: Final = (
    "script", "iframe", "object", "embed", "form", "input", "button", "select", "textarea",
    "video", "audio", "canvas", "svg",
)  # fmt: skip
_OUTLOOK: Final = {
    "display:flex": "lay it out in tables",
    "display:grid": "lay it out in tables",
    "position:absolute": "lay it out in tables",
    "float:": "lay it out in tables, or with align",
    "background-image": "give a background colour as well; a picture there needs VML",
    "max-width": "put a table of that width around it in <!--[if mso]> … <![endif]-->",
}
_SHORT: Final = re.compile(
    r"^https?://(bit\.ly|t\.co|tinyurl\.com|goo\.gl|ow\.ly|clck\.ru|is\.gd|cutt\.ly|vk\.cc)/",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(r"^(https?://)?([\w-]+\.)+[a-z]{2,}(/\S*)?$", re.IGNORECASE)
_HOST: Final = re.compile(r"^(?:https?://)?(?:www\.)?([^/?#\s]+)", re.IGNORECASE)
_MARKER: Final = re.compile(r"lqd\d+x")
_STYLE_LIMIT: Final = 16 * 1024


def remarks(html: str) -> Iterator[Remark]:
    """What is to be said of the body of a template; lines are those of `html`."""
    markup = read_markup(_plain(html))
    yield from _links(markup)
    for picture in markup.pictures:
        yield from _picture(picture)
    yield from _tags(markup)
    yield from _dark(markup, html)
    yield from _outlook(markup, html)


def _plain(html: str) -> str:
    """`html` with words for Liquid in tags, and nothing for that between; lines stay lines."""
    hidden = Hidden()
    shown = hidden.hide(html, lambda piece: "\n" * piece.count("\n"))
    return LIQUID_PIECE.sub("", shown)


def _links(markup: Markup) -> Iterator[Remark]:
    for link in markup.links:
        href = (link.href or "").strip()
        if _MARKER.search(href):
            continue
        yield from dead(link, markup.names)
        if _SHORT.match(href):
            what = f"{href} hides where it leads: filters distrust it."
            yield Remark("warning", link.line, what, "Write the whole address.")
        if href.lower().startswith("http://"):
            yield Remark("note", link.line, f"{href} is not encrypted.", "Write https://.")
        if _SPOKEN.match(link.words.strip()) and _host(link.words.strip()) != _host(href):
            what = (
                f"says {link.words.strip()!r} and leads to {_host(href)}: it looks like phishing."
            )
            yield Remark("warning", link.line, what, "Write words, or the same address.")


def dead(link: Link, names: set[str]) -> Iterator[Remark]:
    """That a link leads nowhere, if it does; `names` are the places in the letter."""
    href = (link.href or "").strip()
    words = f" {' '.join(link.words.split())[:40]!r}" if link.words.strip() else ""
    if not href or href in {"#", "http://", "https://"}:
        yield Remark("error", link.line, f"the link{words} leads nowhere.", "Give it an address.")
    elif href.startswith("#"):
        if href[1:] not in names:
            what = f"the link{words} leads to {href}, which is not in the letter."
            yield Remark("error", link.line, what, f'Write id="{href[1:]}" there.')
    elif not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", href):
        what = f"the link{words} leads to {href[:60]!r}: a letter is on no site."
        yield Remark("error", link.line, what, "Write the whole address, with https://.")
    elif re.match(r"(javascript|vbscript|data|file):", href, re.IGNORECASE):
        yield Remark("error", link.line, f"the link{words} runs a script.", "No program opens it.")


def _host(text: str) -> str:
    found = _HOST.match(text)
    return found[1].lower() if found else text


def _picture(picture: Picture) -> Iterator[Remark]:
    if picture.is_pixel:
        return
    source = picture.source
    told = _MARKER.sub("…", source)[:60] or "a picture"
    if not source:
        yield Remark("error", picture.line, "a picture has no address.", 'Write src="https://…".')
    elif not _MARKER.search(source) and not re.match(r"(https?|cid):", source, re.IGNORECASE):
        hint = "Put it on the web and write its whole address."
        yield Remark("error", picture.line, f"the picture {told!r} is on no site.", hint)
    if "alt" not in picture.attributes:
        what = f"the picture {told!r} has no alt: where pictures are off, nothing is seen."
        yield Remark("warning", picture.line, what, 'Write alt="…", or alt="" for decoration.')
    if not picture.attributes.get("width"):
        what = f"the picture {told!r} has no width: Outlook shows it in its full size."
        yield Remark("note", picture.line, what, 'Write width="…".')


def _tags(markup: Markup) -> Iterator[Remark]:
    for tag in _STRIPPED:
        if tag in markup.tags:
            what = f"<{tag}> is taken out by most mail programs."
            yield Remark("warning", markup.tags[tag], what, "Do without it, or link to a page.")
    if "base" in markup.tags:
        yield Remark("error", markup.tags["base"], "<base> moves all links.", "Take it out.")
    sheets = [(line, css) for line, css in markup.styles if "{" in css]
    if sum(len(css) for _, css in sheets) > _STYLE_LIMIT:
        hint = "Shorten it, or put rules into style attributes."
        yield Remark("note", sheets[0][0], "Gmail drops styles over 16 KB.", hint)
    if re.search(r"@import|@font-face", markup.css):
        hint = "Name a font that all have behind it."
        yield Remark(
            "note", sheets[0][0] if sheets else 0, "fonts from the web show in few programs.", hint
        )


def _dark(markup: Markup, html: str) -> Iterator[Remark]:
    if "color-scheme" not in markup.metas and "color-scheme" not in markup.css:
        hint = 'Write <meta name="color-scheme" content="light dark"> into <head>.'
        yield Remark(
            "note", 0, "says nothing of dark mode: programs invert colours as they like.", hint
        )
    elif "prefers-color-scheme" not in html:
        hint = "Write @media (prefers-color-scheme: dark) { … } with colours for it."
        yield Remark("note", 0, "has no colours for dark mode.", hint)
    for line, css in markup.styles:
        flat = re.sub(r"\s", "", css.lower())
        if (
            "{" not in css
            and re.search(r"(^|;)color:#(000|000000|111|111111)(;|$)", flat)
            and "background" not in flat
        ):
            yield Remark(
                "note",
                line,
                "black words are not seen where a program darkens the page.",
                "Give a rule for dark mode.",
            )
            return


def _outlook(markup: Markup, html: str) -> Iterator[Remark]:
    conditional = "[if mso" in html
    for rule, hint in _OUTLOOK.items():
        if rule == "max-width" and conditional:
            continue
        for line, css in markup.styles:
            at = css.lower().replace(" ", "").find(rule)
            if at >= 0 and "@media" not in css[: css.lower().find(rule.partition(":")[0])]:
                within = css[: max(0, css.lower().find(rule.partition(":")[0]))].count("\n")
                what = f"Outlook on Windows knows no {rule.rstrip(':').replace(':', ': ')}."
                yield Remark("note", line + within, what, f"{hint[0].upper()}{hint[1:]}.")
                break
