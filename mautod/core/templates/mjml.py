"""Letters in MJML: made HTML once, when they are applied, with their Liquid untouched."""

from __future__ import annotations

import re
from typing import Final

import mrml

from mautod.core.files.definition import nearest
from mautod.core.templates.blame import place_of
from mautod.core.templates.hidden import LIQUID_PIECE, Hidden
from mautod.core.templates.includes import Whole
from mautod.errors import DefinitionError

TAGS: Final = frozenset(
    [
        "mjml",
        "mj-head",
        "mj-body",
        "mj-attributes",
        "mj-all",
        "mj-class",
        "mj-breakpoint",
        "mj-font",
        "mj-html-attributes",
        "mj-selector",
        "mj-html-attribute",
        "mj-preview",
        "mj-style",
        "mj-title",
        "mj-accordion",
        "mj-accordion-element",
        "mj-accordion-title",
        "mj-accordion-text",
        "mj-button",
        "mj-carousel",
        "mj-carousel-image",
        "mj-column",
        "mj-divider",
        "mj-group",
        "mj-hero",
        "mj-image",
        "mj-navbar",
        "mj-navbar-link",
        "mj-raw",
        "mj-section",
        "mj-social",
        "mj-social-element",
        "mj-spacer",
        "mj-table",
        "mj-text",
        "mj-wrapper",
    ]
)
_WORDS_ONLY: Final = re.compile(r"<(mj-title|mj-preview|mj-style|mj-raw)\b.*?</\1\s*>", re.DOTALL)
_TAG: Final = re.compile(
    r"""<!--.*?-->|<(?P<end>/)?(?P<name>[a-zA-Z][\w:-]*)(?P<rest>(?:"[^"]*"|'[^']*'|[^>"'])*)>""",
    re.DOTALL,
)
_STRAY: Final = re.compile(r"<(?![a-zA-Z/!?])")
_QUOTED: Final = re.compile(r"""\"[^\"]*\"|'[^']*'""")
_BARE: Final = re.compile(r"""=\s*(?=[^"'\s]|$)""")
_ALONE: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_POSITION: Final = re.compile(r" ?in (?:root )?template at position (\d+):\d+$")
_ROOT: Final = re.compile(r" in root template$")
# Fonts of the web only where an author names one: who loads them is known to their server.
_OPTIONS: Final = mrml.RenderOptions(fonts={})
_COMPILED: Final = "See https://documentation.mjml.io."


def from_mjml(whole: Whole) -> str:
    """The HTML of an MJML document.

    Raises:
        DefinitionError: it is none; names the file and the line in which the fault was written.
    """
    _check(whole)
    hidden = Hidden()
    text = _WORDS_ONLY.sub(lambda found: hidden.words_in(found[0]), whole.text)
    marked = hidden.hide(text, lambda piece: _between(hidden, piece))
    try:
        return hidden.show(mrml.to_html(marked, render_options=_OPTIONS).content)
    except OSError as error:
        message = str(error)
        position = _POSITION.search(message)
        # The parser counts bytes of the text in which Liquid is hidden.
        before = marked.encode()[: int(position[1])].decode(errors="ignore") if position else ""
        index = len(hidden.show(before)) if position else len(whole.text)
        raise _error(whole, index, _ROOT.sub("", _POSITION.sub("", message)), _COMPILED) from error


def _between(hidden: Hidden, piece: str) -> str:
    return hidden.comment(piece) if piece.startswith("{%") else hidden.word(piece)


def _check(whole: Whole) -> None:
    """What the library passes over in silence, or cannot place: strange tags, those left open."""
    bare = LIQUID_PIECE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), whole.text)
    open_: list[tuple[str, int]] = []
    for tag in _TAG.finditer(bare):
        if tag["name"]:
            _check_tag(whole, tag)
            _nest(whole, tag, open_)
    if open_:
        raise _error(whole, open_[-1][1], f"<{open_[-1][0]}> is not closed")
    stray = _STRAY.search(bare)
    if stray:
        raise _error(whole, stray.start(), "a < that begins no tag", "Write &lt;.")
    if not bare.lstrip().startswith("<mjml"):
        hint = "Begin with <mjml><mj-body>, or name a layout that does."
        raise _error(whole, 0, "is no MJML document", hint)


def _check_tag(whole: Whole, tag: re.Match[str]) -> None:
    name = tag["name"].lower()
    if name == "mj-include":
        hint = "Write {% include '_piece' %}; pieces lie in templates/."
        raise _error(whole, tag.start(), "mj-include reads no files here", hint)
    if name.startswith("mj") and name not in TAGS:
        raise _error(whole, tag.start(), f"<{name}> is no MJML", nearest(name, TAGS))
    value = _BARE.search(_QUOTED.sub(lambda found: "'" * len(found[0]), tag["rest"].rstrip("/")))
    if value:
        at = tag.start("rest") + value.start()
        raise _error(whole, at, "a value without quotes", 'Write name="value".')


def _nest(whole: Whole, tag: re.Match[str], open_: list[tuple[str, int]]) -> None:
    """Open or close what `tag` does; `open_` are the names and places of those that are open."""
    name = tag["name"].lower()
    if name in _ALONE or tag["rest"].endswith("/"):
        return
    if not tag["end"]:
        open_.append((name, tag.start()))
        return
    started = open_.pop()[0] if open_ else ""
    if started != name:
        what = f"<{started}>" if started else "nothing"
        raise _error(whole, tag.start(), f"</{name}> closes {what}")


def _error(whole: Whole, index: int, message: str, hint: str = "") -> DefinitionError:
    line, shown, column = place_of(whole.text, min(index, len(whole.text.rstrip())))
    file, at = whole.place(line)
    return DefinitionError(message, file=file, line=at, hint=hint, spot=(shown, column))
