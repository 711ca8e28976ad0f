"""The headers of a mail that somebody else wrote: read without trust, never with an error."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

LARGEST: Final = 256 * 1024
MOST: Final = 1000
LONGEST_VALUE: Final = 16 * 1024
LONGEST_SHOWN: Final = 1000
MOST_IDS: Final = 100

# Only these: a codec's name comes from the mail, and some codecs of Python take quadratic time.
_CHARSET: Final = re.compile(
    r"utf-?8|us-ascii|ascii|(?:iso-?)?8859-?\d{1,2}|latin-?1|(?:windows|cp)-?125\d|cp(?:437|850|866)"
    r"|koi8-?[ru]|gb2312|gbk|gb18030|big5|euc-?(?:jp|kr)|iso-2022-(?:jp|kr)|shift_?jis|utf-?16(?:[lb]e)?"
)
_WORD: Final = re.compile(r"=\?([\w.-]{1,40})(?:\*[\w-]*)?\?([bBqQ])\?([^?\s]{0,4000})\?=")
_BETWEEN: Final = re.compile(r"(\?=)\s+(?==\?)")
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\"\\@?]{1,128}@[^\s<>()\[\],;:\"\\@?&]{1,255}")
_ID: Final = re.compile(r"<([^<>\s]{1,300})>")
_PARAM: Final = re.compile(r';\s*([A-Za-z][\w.*-]{0,60})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Headers:
    """Fields in their order, names in lower case, values on one line and not decoded."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The first value of `name`; empty if there is none."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, *names: str) -> list[str]:
        """Every value of these names, in their order."""
        return [value for key, value in self.fields if key in names]

    def text(self, name: str) -> str:
        """The first value of `name` as people read it: decoded, without control characters."""
        return shown(decoded(self.get(name)))

    def addresses(self, *names: str) -> list[str]:
        """Every address in these fields, in lower case."""
        return [found for value in self.all(*names) for found in addresses(value)]

    def ids(self, *names: str) -> list[str]:
        """Every message id in these fields, without its angle brackets."""
        return [found for value in self.all(*names) for found in _ID.findall(value)][:MOST_IDS]


def read(block: bytes) -> Headers:
    """The fields of a block of headers; what is no field is left out."""
    fields: list[tuple[str, str]] = []
    for line in block[:LARGEST].replace(b"\r\n", b"\n").split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            if fields:
                name, value = fields[-1]
                more = f"{value} {_plain(line).strip()}" if len(value) < LONGEST_VALUE else value
                fields[-1] = name, more[:LONGEST_VALUE]
            continue
        name_, colon, rest = line.partition(b":")
        if colon and name_ and b" " not in name_.rstrip():
            fields.append((_plain(name_).strip().lower(), _plain(rest).strip()[:LONGEST_VALUE]))
            if len(fields) >= MOST:
                break
    return Headers(tuple(fields))


def decoded(value: str) -> str:
    """`value` with its encoded words (RFC 2047) as text."""
    return _WORD.sub(_word, _BETWEEN.sub(r"\1", value)) if "=?" in value else value


def shown(text: str) -> str:
    """`text` on one line, cut to what is worth showing."""
    return " ".join(_UNSEEN.sub(" ", text[: 4 * LONGEST_SHOWN]).split())[:LONGEST_SHOWN]


def addresses(value: str) -> list[str]:
    """The addresses in one field, in lower case; those in angle brackets, if there are any."""
    bare = value.partition("<")[2] if "<" in value else value
    return [found.lower() for found in _ADDRESS.findall(bare)]


def value_of(field: str) -> tuple[str, dict[str, str]]:
    """A field like Content-Type: its value in lower case, and its parameters (RFC 2231 too)."""
    value, _, _ = field.partition(";")
    given = {name.lower(): _unquoted(text) for name, text in _PARAM.findall(field)}
    return value.strip().lower(), _joined(given)


def as_text(raw: bytes, charset: str = "") -> str:
    """`raw` as text, whatever it is: in its charset if that is a known one, else by looking."""
    name = charset.strip().lower()
    for attempt in (name if _CHARSET.fullmatch(name) else "", "utf-8"):
        try:
            return raw.decode(attempt) if attempt else _by_looking(raw)
        except (UnicodeDecodeError, LookupError):
            continue
    return _by_looking(raw)


def _by_looking(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _plain(raw: bytes) -> str:
    return _by_looking(raw).replace("\0", "")


def _word(found: re.Match[str]) -> str:
    charset, how, text = found.groups()
    if how in "bB":
        raw = base64(text.encode("ascii", "ignore"))
    else:
        raw = unquote_to_bytes(text.replace("_", " ").replace("%", "%25").replace("=", "%"))
    return as_text(raw, charset)


def base64(text: bytes) -> bytes:
    """What is left of base64 once all is taken out that does not belong there."""
    clean = re.sub(rb"[^A-Za-z0-9+/]+", b"", text)
    return b64decode(clean[: len(clean) // 4 * 4] + _tail(clean))


def _tail(clean: bytes) -> bytes:
    rest = clean[len(clean) // 4 * 4 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _joined(given: Mapping[str, str]) -> dict[str, str]:
    """Parameters that were cut into numbered pieces or percent-encoded, as one text each."""
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    plain: dict[str, str] = {}
    for name, text in given.items():
        base, *rest = name.split("*")
        if not rest:
            plain[base] = decoded(text)
        else:
            number = int(rest[0]) if rest[0].isdecimal() and len(rest[0]) < 4 else 0  # noqa: PLR2004 - pieces
            pieces.setdefault(base, {})[number] = (text, rest[-1] == "")
    return {**plain, **{base: _whole(parts) for base, parts in pieces.items()}}


def _whole(parts: Mapping[int, tuple[str, bool]]) -> str:
    ordered = [parts[number] for number in sorted(parts)]
    charset, raw = "", b""
    if ordered[0][1] and ordered[0][0].count("'") > 1:
        charset, _, first = ordered[0][0].split("'", 2)
        ordered[0] = first, True
    for text, encoded in ordered:
        raw += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return as_text(raw, charset)
