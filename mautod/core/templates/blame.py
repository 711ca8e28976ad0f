"""Where in a text the fault is that Liquid's parser speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from liquid import Environment
from liquid.exceptions import LiquidError

_PIECE: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_TAG: Final = re.compile(r"\{%-?\s*(end)?(\w+)")
_EXPECTED: Final = re.compile(r"expected tag (?:end)(\w+)")


def place_of(text: str, index: int) -> tuple[int, str, int]:
    """The line of a place in `text`, from 1, what that line says, and the column in it, from 1."""
    start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, text[start:].partition("\n")[0], index - start + 1


def culprit(environment: Environment, text: str, error: LiquidError) -> int:
    """The index in `text` at which `error` came up.

    The parser cannot tell where an expression breaks off, or which block was left open: then each
    piece is tried alone, and blocks are counted.
    """
    if error.token is not None and error.token.start_index >= 0:
        return min(error.token.start_index, len(text.rstrip()))
    message = str(error.args[0]) if error.args else ""
    missing = _EXPECTED.match(message)
    return _left_open(text, missing[1]) if missing else _broken(environment, text, message)


def _left_open(text: str, name: str) -> int:
    """Where the last block `name` begins that nothing ends."""
    open_: list[int] = []
    for place, ends, found in _tags(text):
        if found == name and not ends:
            open_.append(place)
        elif found == name and open_:
            open_.pop()
    return open_[-1] if open_ else len(text.rstrip())


def _tags(text: str) -> Iterator[tuple[int, bool, str]]:
    for piece in _PIECE.finditer(text):
        tag = _TAG.match(piece[0])
        if tag:
            yield piece.start(), bool(tag[1]), tag[2]


def _broken(environment: Environment, text: str, message: str) -> int:
    """Where the first piece begins that alone breaks with the same words."""
    for piece in _PIECE.finditer(text):
        try:
            environment.from_string(piece[0])
        except LiquidError as error:
            if error.args and str(error.args[0]) == message:
                return piece.start()
    return len(text.rstrip())
