"""On which line of a TOML text each key stands; the standard parser forgets it.

The text has been parsed already, so it is known to be well formed, and reading it again takes no
more than telling strings, comments and brackets apart.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final, NamedTuple

Path = tuple[str | int, ...]
"""Keys from the top of the document; tables of an array are counted from 0."""

_QUOTES: Final = 3
_TOKEN: Final = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)
      |(?P<newline>\n)
      |(?P<long>\"{3}(?:[^\\]|\\.)*?\"{3,5}|'{3}.*?'{3,5})
      |(?P<quoted>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
      |(?P<mark>[\[\]{}=,.])
      |(?P<bare>[^\s\[\]{}=,.\#"']+)""",
    re.VERBOSE | re.DOTALL,
)


class Lines(NamedTuple):
    """Lines, from 1: of every key, and of the first character of every text over several lines."""

    keys: Mapping[Path, int]
    texts: Mapping[Path, int]


def lines_of(text: str) -> Lines:
    """Where everything stands in `text`, a well-formed TOML document."""
    return _Reader(text).document()


class _Reader:
    """One pass over the tokens of a well-formed document."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str, int]] = []
        line = 1
        for found in _TOKEN.finditer(text):
            kind = found.lastgroup or ""
            if kind != "skip":
                self.tokens.append((kind, found[0], line))
            line += found[0].count("\n")
        self.tokens.append(("newline", "", line))
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.texts: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def document(self) -> Lines:
        table: Path = ()
        while self.at < len(self.tokens):
            kind, mark, _ = self.tokens[self.at]
            if kind == "newline":
                self.at += 1
            elif mark == "[":
                table = self.header()
            else:
                self.pair(table)
        return Lines(self.lines, self.texts)

    def header(self) -> Path:
        """`[a.b]`, or `[[a.b]]` for one more table of an array."""
        many = self.tokens[self.at + 1][1] == "["
        self.at += 2 if many else 1
        line = self.tokens[self.at][2]
        keys = self.keys("]")
        self.at += 1 if many else 0
        path: Path = ()
        for key in keys[:-1]:
            path = self.last((*path, key))
        path = (*path, keys[-1])
        if many:
            self.counts[path] = self.counts.get(path, -1) + 1
            path = (*path, self.counts[path])
        self.put(path, line)
        return path

    def last(self, path: Path) -> Path:
        """The table that a header means by `path`: of an array, its last one so far."""
        return (*path, self.counts[path]) if path in self.counts else path

    def pair(self, table: Path) -> None:
        """`key = value`."""
        line = self.tokens[self.at][2]
        path = (*table, *self.keys("="))
        self.put(path, line)
        self.value(path)

    def keys(self, end: str) -> list[str]:
        """The parts of a dotted key; goes past `end`."""
        keys = []
        while (token := self.tokens[self.at])[1] != end:
            if token[0] in {"bare", "quoted"}:
                keys.append(_unquoted(token[1]) if token[0] == "quoted" else token[1])
            self.at += 1
        self.at += 1
        return keys

    def value(self, path: Path) -> None:
        """A value, whatever it is, and the keys within."""
        kind, mark, line = self.tokens[self.at]
        if kind == "long":
            self.texts[path] = line + 1 if mark[_QUOTES] == "\n" else line
        if mark in {"{", "["}:
            self.at += 1
            self.inside(path, "}" if mark == "{" else "]")
        while (token := self.tokens[self.at])[0] != "newline" and token[1] not in {",", "]", "}"}:
            self.at += 1

    def inside(self, path: Path, end: str) -> None:
        """The pairs of an inline table, or the values of an array; goes past `end`."""
        index = 0
        while (token := self.tokens[self.at])[1] != end:
            if token[0] == "newline" or token[1] == ",":
                self.at += 1
            elif end == "}":
                self.pair(path)
            else:
                self.put((*path, index), token[2])
                self.value((*path, index))
                index += 1
        self.at += 1

    def put(self, path: Path, line: int) -> None:
        self.lines.setdefault(path, line)


def _unquoted(key: str) -> str:
    text: str = tomllib.loads(f"key = {key}")["key"]
    return text
