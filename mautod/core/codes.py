"""Promo codes: pools of them, from a list or by a pattern; nobody gets one that somebody had."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.files.definition import Table, expected, label
from mautod.errors import BadInput, DefinitionError

LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""What random parts are made of: nothing that people take for another."""
MOST: Final = 100_000
LONGEST: Final = 64  # characters
LEAST_RANDOM: Final = 6
"""So many random letters at least, so that nobody guesses a code."""
LOW: Final = 100
_PART: Final = re.compile(r"\{(\d{1,2})\}")
_FIXED: Final = re.compile(r"[A-Za-z0-9_-]*")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,100}\.(?:csv|txt)")


@dataclass(frozen=True, slots=True)
class Pool:
    """One pool: codes by `pattern`, or those of the file `list_`; doctor speaks below `low`."""

    key: str
    name: str
    pattern: str = ""
    list_: str = ""
    low: int = LOW

    def body(self, codes: tuple[str, ...] = ()) -> Mapping[str, Any]:
        """What is stored of it; of a list what tells whether it is another."""
        if self.pattern:
            return {"name": self.name, "pattern": self.pattern}
        digest = hashlib.sha256("\n".join(codes).encode()).hexdigest()[:16]
        return {
            "name": self.name,
            "list": self.list_,
            "low": self.low,
            "codes": len(codes),
            "hash": digest,
        }


def read_pool(key: str, table: Table) -> Pool:
    """The pool that one table of `codes.toml` describes.

    Raises:
        DefinitionError: naming file, line, key and what was expected.
    """
    table.only("name", "pattern", "list", "low")
    if ("pattern" in table) == ("list" in table):
        raise table.error("", "needs a pattern or a list.", 'Write pattern = "SPRING-{8}".')
    if "pattern" in table and "low" in table:
        raise table.error("low", "a pattern never runs out.", "Take it away.")
    return Pool(
        key,
        table.get("name", label, key),
        table.get("pattern", _pattern, ""),
        table.get("list", _file, ""),
        table.get("low", _low, LOW),
    )


def read_codes(text: str, file: str) -> tuple[str, ...]:
    """The codes of a list: one a line, up to the first comma or semicolon.

    Raises:
        DefinitionError: one is unfit, or stands there twice; or there are none, or too many.
    """
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        code = re.split("[,;\t]", line, maxsplit=1)[0].strip().strip('"').strip()
        if not code or (number == 1 and code.lower() == "code"):
            continue
        if len(code) > LONGEST or not code.isprintable():
            message = f"a code is at most {LONGEST} characters that can be printed."
            raise DefinitionError(message, file=file, line=number)
        if code in found:
            message = f"{code!r} stands in line {found[code]} already."
            raise DefinitionError(message, file=file, line=number)
        found[code] = number
    if not 1 <= len(found) <= MOST:
        raise DefinitionError(f"has 1 to {MOST} codes, found {len(found)}.", file=file)
    return tuple(found)


def made_by(pattern: str, *seed: str | int) -> str:
    """The code that a pattern makes of a seed; who does not know the seed cannot guess it."""
    raw = hashlib.blake2b("\0".join(map(str, seed)).encode(), digest_size=64).digest()
    rest = int.from_bytes(raw, "big")

    def letters(part: re.Match[str]) -> str:
        nonlocal rest
        drawn = []
        for _ in range(int(part[1])):
            rest, place = divmod(rest, len(LETTERS))
            drawn.append(LETTERS[place])
        return "".join(drawn)

    return _PART.sub(letters, pattern)


def _pattern(value: Any) -> str:
    if not isinstance(value, str):
        raise expected('a pattern like "SPRING-{8}"', value)
    pattern = value.strip()
    lengths = [int(number) for number in _PART.findall(pattern)]
    fixed = _PART.sub("", pattern)
    if not _FIXED.fullmatch(fixed) or not lengths or 0 in lengths:
        raise expected('a pattern like "SPRING-{8}", of letters, figures, - and _', value)
    if sum(lengths) < LEAST_RANDOM or len(fixed) + sum(lengths) > LONGEST:
        raise BadInput(
            f"{pattern!r} makes codes that are too short or too long.",
            hint=f"Write {LEAST_RANDOM} random letters at least, {LONGEST} characters at most.",
        )
    return pattern


def _file(value: Any) -> str:
    if not isinstance(value, str) or not _FILE.fullmatch(value):
        raise expected('a file in workspace/codes/, like "spring.csv"', value)
    return value


def _low(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise expected(f"a number up to {MOST}", value)
    return value
