"""Templates share their frame: `{% include '_top' %}` stands for the text of another file.

Done once, when definitions are applied, so that what is stored and sent is whole. A piece may have
a variant for a language, as templates do: `_top.ru` before `_top`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mautod.core.files.definition import nearest
from mautod.errors import DefinitionError

DEEPEST: Final = 10
LONGEST: Final = 512 * 1024
CONTENT: Final = "content"
"""The piece that a layout has in its middle, written `{{ content }}`."""
_INCLUDE: Final = re.compile(
    r"""\{%-?\s*include\s+(['"])(?P<name>[^'"]+)\1\s*-?%\}|\{\{-?\s*(?P<content>content)\s*-?\}\}"""
)

Place = tuple[str, int]
"""A file and a line in it, from 1."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file that others include, or the part of one that begins at `line`."""

    file: str
    text: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Whole:
    """A text without includes; `places` says for each of its lines where it was written."""

    text: str
    places: tuple[Place, ...]

    def place(self, line: int) -> Place:
        """Where the line, from 1, of the whole text was written."""
        return self.places[max(1, min(line, len(self.places))) - 1]


def expand(piece: Piece, language: str, pieces: Mapping[str, Piece]) -> Whole:
    """`piece` with all it includes, in `language`; `pieces` are by name.

    Raises:
        DefinitionError: a piece is missing, includes itself, or all is far too long.
    """
    lines: list[str] = [""]
    places: list[Place] = [(piece.file, piece.line)]
    length = 0
    for fragment, file, start in _fragments(piece, language, pieces, ()):
        length += len(fragment)
        if length > LONGEST:
            raise DefinitionError(f"is longer than {LONGEST // 1024} KB.", file=piece.file)
        for index, part in enumerate(fragment.split("\n")):
            if index:
                lines.append("")
                places.append((file, start + index))
            elif not lines[-1].strip():
                places[-1] = (file, start)
            lines[-1] += part
    return Whole("\n".join(lines), tuple(places))


def _fragments(
    piece: Piece, language: str, pieces: Mapping[str, Piece], outer: tuple[str, ...]
) -> Iterator[tuple[str, str, int]]:
    text, end = piece.text.replace("\r\n", "\n"), 0
    for found in _INCLUDE.finditer(text):
        if found["content"] and CONTENT not in pieces:
            continue
        yield text[end : found.start()], piece.file, piece.line + text.count("\n", 0, end)
        end = found.end()
        line = piece.line + text.count("\n", 0, found.start())
        name = found["name"] or CONTENT
        inner = find_piece(name, language, pieces, (piece.file, line))
        if inner.file in outer or inner.file == piece.file or len(outer) > DEEPEST:
            raise _error((piece.file, line), f"{name} includes itself.")
        yield from _fragments(inner, language, pieces, (*outer, piece.file))
    yield (
        text[end:].removesuffix("\n") if outer else text[end:],
        piece.file,
        piece.line + text.count("\n", 0, end),
    )


def find_piece(name: str, language: str, pieces: Mapping[str, Piece], place: Place) -> Piece:
    """The piece `name` in `language`, in its main language, or for all; it is named at `place`.

    Raises:
        DefinitionError: there is none.
    """
    for variant in (f"{name}.{language}", f"{name}.{language.partition('-')[0]}", name):
        if variant in pieces:
            return pieces[variant]
    raise _error(place, f"there is no piece {name!r}.", nearest(name, pieces) if pieces else "")


def _error(place: Place, message: str, hint: str = "") -> DefinitionError:
    return DefinitionError(message, file=place[0], line=place[1], key="include", hint=hint)
