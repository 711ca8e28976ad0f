"""A CSV file read record by record, each with its line and the byte at which it ends.

What is no record is reported by its line, and reading goes on with the line after that: a quote
that is never closed costs one line, not the rest of the file. Memory stays flat.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from mautod.errors import BadInput

LONGEST: Final = 1 << 20
"""Bytes of one record."""

BLOCK: Final = 1 << 20
SAMPLE: Final = 1 << 16
_SIGNS: Final = ",;\t|"
_PLAIN: Final = '0aZ,;|"\t\r\n'


class Record(NamedTuple):
    """The cells of a record, or why it is none; `end` is the byte after it."""

    line: int
    end: int
    cells: list[str]
    reason: str = ""


class Shape(NamedTuple):
    """How a file is written: where its first line begins, and what parts its cells."""

    start: int
    encoding: str
    delimiter: str


class _Broken(Exception):
    """A line that cannot be part of a record."""


def shape(path: Path, encoding: str, delimiter: str) -> Shape:
    """How the file is written; what is not given is told from its beginning.

    Raises:
        BadInput: it is no text in this encoding, or the delimiter is none.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(
            f"{path.name} is UTF-16", field="encoding",
            hint=f"Save it as UTF-8, or: iconv -f UTF-16 -t UTF-8 {path.name} > new.csv",
        )  # fmt: skip
    start = len(codecs.BOM_UTF8) if sample.startswith(codecs.BOM_UTF8) else 0
    name = _encoding(encoding or "utf-8")
    whole = sample[start:] if len(sample) < SAMPLE else sample[start : sample.rfind(b"\n") + 1]
    try:
        text = whole.decode(name)
    except UnicodeDecodeError as error:
        line = whole.count(b"\n", 0, error.start) + 1
        if not encoding:
            raise BadInput(
                f"{path.name} is no UTF-8, in line {line}", field="encoding",
                hint="Say what it is, as in --encoding cp1251 or --encoding latin-1.",
            ) from None  # fmt: skip
        text = whole.decode(name, "replace")
    return Shape(start, name, _delimiter(delimiter, text.partition("\n")[0]))


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
        fits = _PLAIN.encode(known) == _PLAIN.encode()
    except (LookupError, UnicodeError):
        known, fits = "", False
    known = "utf-8" if known == "utf-8-sig" else known
    if known != "utf-8" and not fits:
        raise BadInput(
            f"{name!r} is no encoding that can be read here", field="encoding",
            hint="Known are utf-8, cp1251, latin-1, koi8-r and others that hold ASCII as it is.",
        )  # fmt: skip
    return known


def _delimiter(given: str, heads: str) -> str:
    sign = {"tab": "\t", "\\t": "\t"}.get(given, given) or max(_SIGNS, key=heads.count)
    if len(sign) != 1 or sign in '"\r\n':
        raise BadInput(f"{given!r} is no delimiter", field="delimiter", hint="One sign, or tab.")
    return sign


def digest(path: Path) -> str:
    """What tells the bytes of a file from any others."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Source:
    """The records of one open file, from anywhere at which a record ended."""

    def __init__(self, file: BinaryIO, shape: Shape) -> None:
        self._file = file
        self._shape = shape
        self._end = 0
        self._line = 0
        self._first_end = 0
        self._began = 0

    def records(self, start: int = 0) -> Iterator[Record]:
        """Records from byte `start`, empty lines left out."""
        self._file.seek(0)
        self._line = sum(block.count(b"\n") for block in self._blocks(start))
        self._go_to(max(start, self._shape.start))
        reader = self._reader()
        while True:
            line, self._began, self._first_end = self._line + 1, self._end, 0
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (_Broken, csv.Error) as error:
                if self._line > line:
                    self._go_to(self._first_end)
                    self._line = line
                reader = self._reader()
                yield Record(line, self._end, [], _said(error))
                continue
            if cells:
                yield Record(line, self._end, cells)

    def _blocks(self, upto: int) -> Iterator[bytes]:
        while upto > 0 and (block := self._file.read(min(BLOCK, upto))):
            upto -= len(block)
            yield block

    def _go_to(self, place: int) -> None:
        self._file.seek(place)
        self._end = place

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines(), delimiter=self._shape.delimiter, strict=True)

    def _lines(self) -> Iterator[str]:
        """Lines as csv asks for them; it never reads ahead of a record."""
        while raw := self._file.readline(LONGEST + 1):
            self._end += len(raw)
            self._line += 1
            self._first_end = self._first_end or self._end
            if len(raw) > LONGEST:
                self._skip_line(raw)
                raise _Broken(f"is longer than {LONGEST} bytes")
            if self._end - self._began > LONGEST:
                raise _Broken("opens a quote that is not closed")
            if b"\0" in raw:
                raise _Broken("holds a zero byte")
            try:
                text = raw.decode(self._shape.encoding)
            except UnicodeDecodeError:
                raise _Broken(f"is no {self._shape.encoding} text") from None
            yield text

    def _skip_line(self, raw: bytes) -> None:
        while raw and not raw.endswith(b"\n"):
            raw = self._file.readline(LONGEST)
            self._end += len(raw)


def _said(error: Exception) -> str:
    text = str(error)
    if "unexpected end" in text:
        return "opens a quote that is not closed"
    if "expected after" in text:
        return "has text after a closing quote"
    if "field limit" in text:
        return f"has a cell of over {csv.field_size_limit()} characters"
    return text
