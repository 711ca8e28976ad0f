"""Front matter: what stands between the `---` lines of a template, `key: value` line by line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NamedTuple

from mautod.errors import DefinitionError

KEYS: Final = (
    "subject", "from", "reply_to", "preheader", "topic", "language", "transactional", "layout",
    "attachments", "utm",
)  # fmt: skip
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

_FENCE: Final = "---"
TEXT: Final = "text"
CHANNELS: Final = ("push", "popup", "sms", "chat")
"""Channels for which a file may have words of their own."""
_FENCES: Final = re.compile(rf"^---[ \t]*({'|'.join((TEXT, *CHANNELS))})[ \t]*$", re.MULTILINE)
_PAIR: Final = re.compile(r"(?P<key>[A-Za-z_][\w-]*)\s*(?P<sign>[:=])\s*(?P<value>.*)")
_LISTED: Final = ("attachments",)


class Part(NamedTuple):
    """A part of a file, and the line that it begins at."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Front:
    """The values of one file, by key, each with its line; `file` is for errors."""

    file: str
    values: Mapping[str, Part]

    def text(self, key: str) -> str:
        """The value, empty if it is not written."""
        return self.values[key].text if key in self.values else ""

    def line(self, key: str) -> int:
        """Where the value is written; the first line if it is not."""
        return self.values[key].line if key in self.values else 1

    def required(self, key: str) -> str:
        """The value, which must be there."""
        if not self.text(key):
            hint = f"Write {key}: … between the --- lines."
            raise DefinitionError("is missing", file=self.file, line=1, key=key, hint=hint)
        return self.text(key)

    def truth(self, key: str) -> bool:
        """The value as true or false; false if it is not written."""
        if key in self.values and self.text(key) not in {"true", "false"}:
            raise self.error(key, "expected true or false")
        return self.text(key) == "true"

    def names(self, key: str) -> tuple[str, ...]:
        """The value as names between commas."""
        return tuple(name.strip() for name in self.text(key).split(",") if name.strip())

    def language(self) -> str:
        """The language of the file, empty if it is not written."""
        language = self.text("language")
        if language and not LANGUAGE.fullmatch(language):
            raise self.error("language", "is not a language", "Write en, ru, pt-BR.")
        return language

    def error(self, key: str, message: str, hint: str = "") -> DefinitionError:
        """What is wrong with the value of `key`."""
        return DefinitionError(message, file=self.file, line=self.line(key), key=key, hint=hint)


def read_front(text: str, file: str) -> tuple[Front, Part]:
    """The front matter of `text`, and what is below it.

    Raises:
        DefinitionError: naming the line and what to write.
    """
    lines = text.split("\n")
    end = _end(lines, file)
    values: dict[str, Part] = {}
    for number, line in enumerate(lines[1:end], 2):
        if line.strip() and not line.lstrip().startswith("#"):
            name, value = _pair(line, number, file)
            if name in values:
                raise DefinitionError("is written twice", file=file, line=number, key=name)
            values[name] = value
    return Front(file, values), Part("\n".join(lines[end + 1 :]), end + 2)


def read_parts(body: Part) -> tuple[Part, Part]:
    """The body before the first fence and the text below `--- text`, empty without one."""
    html, sections = read_sections(body)
    return html, next((part for name, part in sections if name == TEXT), Part("", 0))


def read_sections(body: Part) -> tuple[Part, list[tuple[str, Part]]]:
    """The body before the first fence, and by name in their order what stands below each."""
    fences = list(_FENCES.finditer(body.text))
    ends = [*(fence.start() for fence in fences), len(body.text)]
    sections = [
        (fence[1], Part(body.text[fence.end() + 1 : end], _line_of(body, fence.end() + 1)))
        for fence, end in zip(fences, ends[1:], strict=True)
    ]
    return Part(body.text[: ends[0]], body.line), sections


def _line_of(body: Part, at: int) -> int:
    return body.line + body.text.count("\n", 0, at)


def _end(lines: list[str], file: str) -> int:
    """The number, from 0, of the line that closes the front matter."""
    if lines[0].strip() != _FENCE:
        raise DefinitionError(
            "does not begin with ---",
            file=file,
            line=1,
            hint="Begin with:\n---\nsubject: …\ntopic: …\n---",
        )
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), 0)
    if not end:
        raise DefinitionError(
            "the front matter has no end", file=file, line=1, hint="Close it with a line ---."
        )
    return end


def _pair(line: str, number: int, file: str) -> tuple[str, Part]:
    found = _PAIR.fullmatch(line.strip())
    if found is None:
        raise DefinitionError(
            "expected: key: value",
            file=file,
            line=number,
            key=line.strip()[:40],
            spot=(line, len(line) - len(line.lstrip()) + 1),
        )
    name = found["key"].lower().replace("-", "_")
    if name not in KEYS:
        near = get_close_matches(name, KEYS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(KEYS)}."
        raise DefinitionError("is not known", file=file, line=number, key=found["key"], hint=hint)
    value = found["value"].strip()
    if found["sign"] == "=":
        column = line.index("=") + 2 + len(line) - len(line.lstrip())
        return name, Part(_toml(value, name, (line, column), (file, number)), number)
    return name, Part(_unquoted(value), number)


def _toml(value: str, key: str, spot: tuple[str, int], place: tuple[str, int]) -> str:
    try:
        read = tomllib.loads(f"v = {value}")["v"]
    except tomllib.TOMLDecodeError as error:
        file, line = place
        raise DefinitionError(
            "is not a TOML value", file=file, line=line, key=key, hint='Write "…".', spot=spot
        ) from error
    if isinstance(read, list) and key in _LISTED:
        return ", ".join(map(str, read))
    return str(read).lower() if isinstance(read, bool) else str(read)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    # A subject may begin and end with quotes of its own: "A" or "B".
    return value[1:-1] if quoted and value[0] not in value[1:-1] else value
