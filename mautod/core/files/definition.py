"""Definition files: TOML tables that know their place, so that an error can name it.

A table is read with *readers*: functions that make a value of what TOML gave, or raise `BadInput`.
The table adds file, line and key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from mautod.core.files.toml import Lines, Path, lines_of
from mautod.core.sending.caps import Cap, parse_caps
from mautod.core.times.windows import Window, parse_window
from mautod.duration import SECOND, parse_duration
from mautod.errors import BadInput, DefinitionError, RuleError

T = TypeVar("T")
D = TypeVar("D")

KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
KEY_HINT: Final = "Use a-z, 0-9, - and _, at most 64 of them."
LONGEST: Final = 256 * 1024  # characters of one file
_LONGEST_LABEL: Final = 255
_MOST_CAPS: Final = 10
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a definition file; `path` is where it stands in the file."""

    file: str
    values: Mapping[str, Any]
    path: Path = ()
    lines: Lines = field(default=Lines({}, {}), repr=False, compare=False)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def line_of(self, *keys: str | int) -> int:
        """The line of a key, or of the nearest thing that holds it."""
        path = (*self.path, *keys)
        while path and path not in self.lines.keys:
            path = path[:-1]
        return self.lines.keys.get(path, 1)

    def error(self, key: str, message: str, hint: str = "") -> DefinitionError:
        """What to raise about `key`; "" means the table itself."""
        path = (*self.path, key) if key else self.path
        line = self.line_of(key) if key else self.line_of()
        return DefinitionError(message, file=self.file, line=line, key=_dotted(path), hint=hint)

    def only(self, *known: str) -> None:
        """Refuse keys that are not among `known`.

        Raises:
            DefinitionError: there is one; the hint is the nearest known key.
        """
        for key in self.values:
            if key not in known:
                raise self.error(key, "there is no such key.", nearest(key, known))

    def need(self, key: str, read: Callable[[Any], T]) -> T:
        """The value of `key` as `read` makes it.

        Raises:
            DefinitionError: it is missing or unfit.
        """
        if key not in self.values:
            raise self.error(key, "is missing.", f"Write {key} = ….")
        return self._read(key, read)

    def get(self, key: str, read: Callable[[Any], T], default: D) -> T | D:
        """The value of `key` as `read` makes it; `default` if the file does not say.

        Raises:
            DefinitionError: it is unfit.
        """
        return self._read(key, read) if key in self.values else default

    def table(self, key: str) -> Table | None:
        """The table under `key`, if the file has one.

        Raises:
            DefinitionError: it is something else.
        """
        if key not in self.values:
            return None
        return self._child(self._read(key, mapping), key)

    def need_table(self, key: str) -> Table:
        """The table under `key`.

        Raises:
            DefinitionError: it is missing or something else.
        """
        return self._child(self.need(key, mapping), key)

    def tables(self, key: str) -> tuple[Table, ...]:
        """The tables of the array under `key`, in order.

        Raises:
            DefinitionError: it is something else.
        """
        found = self.get(key, _mappings, [])
        return tuple(self._child(value, key, index) for index, value in enumerate(found))

    def sections(self) -> Iterator[tuple[str, Table]]:
        """Every key with the table under it, in the order of the file.

        Raises:
            DefinitionError: there is something outside any table, or a key is no fit name.
        """
        for key in self.values:
            if not KEY.fullmatch(key):
                raise self.error(key, "is no fit key.", KEY_HINT)
            yield key, self._child(self._read(key, mapping), key)

    def _child(self, values: Mapping[str, Any], *keys: str | int) -> Table:
        return Table(self.file, values, (*self.path, *keys), self.lines)

    def _read(self, key: str, read: Callable[[Any], T]) -> T:
        try:
            return read(self.values[key])
        except RuleError as error:
            raise self.rule_error(key, error) from error
        except BadInput as error:
            raise self.error(key, error.message, error.hint) from error

    def rule_error(self, key: str, error: RuleError) -> DefinitionError:
        """What is wrong with a rule, on its own line of the file, with the line and a caret."""
        hint = f"\n{error.picture()}\n{error.hint}".rstrip()
        path = (*self.path, key)
        above = self.lines.texts.get(path)
        line = self.line_of(key) if above is None else above + error.line - 1
        return DefinitionError(
            error.message, file=self.file, line=line, key=_dotted(path), hint=hint
        )


def read_toml(text: str, file: str) -> Table:
    """The table that `text` holds; `file` is its name for errors.

    Raises:
        DefinitionError: it is no TOML, or far too long.
    """
    if len(text) > LONGEST:
        raise DefinitionError(f"is longer than {LONGEST // 1024} KB.", file=file)
    text = text.replace("\r\n", "\n")
    try:
        return Table(file, tomllib.loads(text, parse_float=_exact), (), lines_of(text))
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(str(error), text, file) from error
    except RecursionError as error:
        raise DefinitionError("is nested too deep.", file=file) from error


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a name that nobody knows: the most similar one, or all of them."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(names)}."


def expected(what: str, value: Any) -> BadInput:
    """What a reader raises about `value`."""
    return BadInput(f"expected {what}, found {_shown(value)}.")


def text(value: Any) -> str:
    """Reader: text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise expected("text", value)
    return value


def label(value: Any) -> str:
    """Reader: one line of text, not blank, at most 255 characters."""
    line = text(value).strip()
    if len(line) > _LONGEST_LABEL or not line.isprintable():
        raise expected(f"one line of at most {_LONGEST_LABEL} characters", value)
    return line


def key_name(value: Any) -> str:
    """Reader: the key of a definition or a step."""
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise BadInput(f"expected a key, found {_shown(value)}.", hint=KEY_HINT)
    return value


def flag(value: Any) -> bool:
    """Reader: true or false."""
    if not isinstance(value, bool):
        raise expected("true or false", value)
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """Reader: a table."""
    if not isinstance(value, Mapping):
        raise expected("a table like { key = value }", value)
    return value


def duration(value: Any) -> int:
    """Reader: a span of time, in milliseconds."""
    if not isinstance(value, str):
        raise expected('a duration like "30m", "12h" or "7d"', value)
    return parse_duration(value)


def span(value: Any) -> int:
    """Reader: a span of time long enough to wait for, in milliseconds."""
    length = duration(value)
    if length < SECOND:
        raise expected("at least one second", value)
    return length


def window(value: Any) -> Window:
    """Reader: hours of the week."""
    if not isinstance(value, str):
        raise expected('a window like "mon-sun 10:00-20:00"', value)
    return parse_window(value)


def caps(value: Any) -> tuple[Cap, ...]:
    """Reader: how many messages in a period; one such limit or several."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise expected('a cap like "2 per 1d", or several in a list', value)
    if not 1 <= len(texts) <= _MOST_CAPS:
        raise BadInput(f"expected 1 to {_MOST_CAPS} caps, found {len(texts)}.")
    return parse_caps(texts)


def one_of(*choices: str) -> Callable[[Any], str]:
    """A reader that takes one of `choices`."""

    def read(value: Any) -> str:
        if value not in choices:
            raise expected(" or ".join(f'"{choice}"' for choice in choices), value)
        return str(value)

    return read


def _exact(text: str) -> Decimal:
    """A number with a point as it is written; inf and nan are none."""
    number = Decimal(text)
    if not number.is_finite():
        raise tomllib.TOMLDecodeError(f"{text} is no number")
    return number


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise expected("tables, each under its own [[…]] heading", value)
    return value


def _shown(value: Any) -> str:
    """`value` about as the file has it, in brief."""
    match value:
        case bool():
            return str(value).lower()
        case Mapping():
            return "a table"
        case list():
            return "a list"
        case Decimal():
            return str(value)
        case _:
            return repr(value)[:60]


def _dotted(path: Path) -> str:
    """`step[2].send`: tables of an array are counted from 1, as people do."""
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")


def _no_toml(message: str, source: str, file: str) -> DefinitionError:
    """What the parser said, with its place as ours."""
    place = _PLACE.search(message)
    line = int(place[1]) if place and place[1] else source.count("\n") + 1
    reason = message[: place.start()] if place else message
    return DefinitionError(
        f"this is not TOML: {reason}.", file=file, line=line, hint='Write key = "value".'
    )
