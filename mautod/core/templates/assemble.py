"""A template made whole from its file: its pieces, its layout, Markdown and MJML made HTML.

Done once, when definitions are applied. A layout is the piece `_layout-NAME`: it holds
`{{ content }}` where letters stand, below its line `--- text` as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from mautod.core.files.definition import nearest
from mautod.core.templates.front import (
    TEXT,
    Front,
    Part,
    read_front,
    read_parts,
    read_sections,
)
from mautod.core.templates.includes import CONTENT, Piece, Place, Whole, expand, find_piece
from mautod.core.templates.markdown import PAGE, PAGE_END, from_markdown
from mautod.core.templates.mjml import from_mjml
from mautod.errors import DefinitionError

LAYOUT: Final = "_layout-"
MARKDOWN: Final = ".md"
MJML: Final = ".mjml"

Pieces = Mapping[str, Piece]


@dataclass(frozen=True, slots=True)
class Assembled:
    """`source` is what was written, whole, with its places; `text` is what is stored and sent."""

    source: Whole
    text: str


@dataclass(frozen=True, slots=True)
class _Letter:
    """The parts of a file, each with its place, and the layout that it asks for."""

    head: Piece
    body: Piece
    plain: Piece
    layout: Piece | None
    wordings: tuple[tuple[str, Piece], ...] = ()


def assemble(letter: Piece, language: str, pieces: Pieces) -> Assembled:
    """`letter` in `language`, with all that it includes and what it stands in.

    Raises:
        DefinitionError: the front matter does not parse, a piece or the layout is missing, or it
            is no MJML.
    """
    cut = _cut(letter, language, pieces)
    if cut.layout is None and _ending(letter) not in {MARKDOWN, MJML}:
        whole = expand(letter, language, pieces)
        return Assembled(whole, whole.text)
    head = expand(cut.head, language, pieces)
    plain = _plain(cut, language, pieces)
    body = _in_layout(cut, cut.body, language, pieces)
    html = _html(cut, body, language, pieces)
    tails = [_fenced(TEXT, plain)] if plain.text.strip() else []
    tails += [_fenced(name, expand(one, language, pieces)) for name, one in cut.wordings]
    source = _joined(head, body, *tails)
    return Assembled(source, "\n".join([head.text, html, *(tail.text for tail in tails)]))


def _fenced(name: str, part: Whole) -> Whole:
    return _joined(Whole(f"--- {name}", part.places[:1]), part)


def _cut(letter: Piece, language: str, pieces: Pieces) -> _Letter:
    text = letter.text.replace("\r\n", "\n").removeprefix("\ufeff")
    front, below = read_front(text, letter.file)
    body, sections = read_sections(below)
    plain = next((part for name, part in sections if name == TEXT), Part("", 0))
    head = "\n".join(text.split("\n")[: below.line - 1])
    return _Letter(
        Piece(letter.file, head),
        Piece(letter.file, body.text, body.line),
        Piece(letter.file, plain.text.strip("\n"), _first_line(plain)),
        _layout(front, language, pieces),
        tuple(
            (name, Piece(letter.file, part.text.strip("\n"), _first_line(part)))
            for name, part in sections
            if name != TEXT
        ),
    )


def _first_line(part: Part) -> int:
    return part.line + len(part.text) - len(part.text.lstrip("\n"))


def _layout(front: Front, language: str, pieces: Pieces) -> Piece | None:
    name = front.text("layout")
    if not name:
        return None
    place: Place = (front.file, front.line("layout"))
    known = {key.removeprefix(LAYOUT) for key in pieces if key.startswith(LAYOUT)}
    if not any(key.partition(".")[0] == name for key in known):
        hint = nearest(name, known) if known else f"Write one: templates/{LAYOUT}{name}.liquid."
        raise front.error("layout", f"there is no layout {name!r}.", hint)
    return find_piece(f"{LAYOUT}{name}", language, pieces, place)


def _in_layout(cut: _Letter, content: Piece, language: str, pieces: Pieces) -> Whole:
    """`content` as the layout shows it."""
    if cut.layout is None:
        return expand(content, language, pieces)
    frame = _frame(cut.layout)[0]
    if "content" not in frame.text:
        hint = "Write {{ content }} where letters stand."
        raise DefinitionError("has no {{ content }}.", file=frame.file, line=1, hint=hint)
    return expand(frame, language, {**pieces, CONTENT: content})


def _plain(cut: _Letter, language: str, pieces: Pieces) -> Whole:
    """The text part, in the text part of the layout if both are written."""
    frame = _frame(cut.layout)[1] if cut.layout is not None else None
    if frame is None or not frame.text.strip() or not cut.plain.text:
        return expand(cut.plain, language, pieces)
    return expand(frame, language, {**pieces, CONTENT: cut.plain})


def _frame(layout: Piece) -> tuple[Piece, Piece]:
    html, plain = read_parts(Part(layout.text.replace("\r\n", "\n"), 1))
    return Piece(layout.file, html.text), Piece(
        layout.file, plain.text.strip("\n"), _first_line(plain)
    )


def _html(cut: _Letter, body: Whole, language: str, pieces: Pieces) -> str:
    """The HTML in the end; `body` is the letter in its layout as both are written."""
    framed = _ending(cut.layout) if cut.layout is not None else ""
    match _ending(cut.body):
        case ".mjml" if framed in {"", MJML}:
            return from_mjml(body)
        case ".mjml":
            hint = f"Name the layout's file {LAYOUT}….mjml."
            raise DefinitionError(
                "an MJML letter needs an MJML layout.", file=cut.body.file, line=1, hint=hint
            )
        case ".md":
            made = from_markdown(expand(cut.body, language, pieces).text)
            if cut.layout is None:
                return PAGE + made + PAGE_END
            body = _in_layout(cut, replace(cut.body, text=made), language, pieces)
        case _:
            pass
    return from_mjml(body) if framed == MJML else body.text


def _ending(piece: Piece) -> str:
    return piece.file[piece.file.rfind(".") :]


def _joined(*parts: Whole) -> Whole:
    return Whole(
        "\n".join(part.text for part in parts),
        tuple(place for part in parts for place in part.places),
    )
