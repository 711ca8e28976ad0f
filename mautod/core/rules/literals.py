"""Tokens to values: texts, names, numbers, spans, dates, and ranges of them."""

from __future__ import annotations

import re
from typing import Any, Final

from lark import Token

from mautod.core.rules.dates import bounds
from mautod.core.rules.operators import Takes
from mautod.core.rules.parts import Fault, OperandPart
from mautod.core.rules.tree import (
    Ago,
    On,
    Range,
)
from mautod.duration import parse_duration
from mautod.errors import BadInput

MOST_TIMES: Final = 1_000_000
MOST_DIGITS: Final = 18
_BAD_NAME: Final = re.compile(r'["\\\x00-\x1f]')
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t"}


def list_of(values: tuple[OperandPart, ...]) -> OperandPart:
    items: Any = tuple(value.value for value in values)
    return OperandPart(items, frozenset({Takes.LIST}), values[0].at)


def range_of(low: OperandPart, high: OperandPart) -> OperandPart:
    if low.kinds.isdisjoint(high.kinds):
        raise Fault(f"between wants {Takes.RANGE.value}", high.at)
    found: Any = Range(low.value, high.value)  # type: ignore[arg-type]
    if not _runs_upwards(found):
        raise Fault("between wants the lower end first", high.at)
    return OperandPart(found, frozenset({Takes.RANGE}), low.at, low.slides or high.slides)


def _runs_upwards(found: Range) -> bool:
    match found:
        case Range(On(low), On(high)):
            first, last = bounds(low, "UTC"), bounds(high, "UTC")
            return first is not None and last is not None and first[0] <= last[1]
        case Range(Ago(low_ms), Ago(high_ms)):
            return low_ms >= high_ms
        case Range(int() | float() as low_number, int() | float() as high_number):
            return low_number <= high_number
        case _:
            return True


def text_of(token: Token) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), token[1:-1])


def property_of(token: Token) -> str:
    name = text_of(token) if token.type == "STRING" else str(token)
    if not name or _BAD_NAME.search(name):
        raise Fault("this cannot be the name of a property", token)
    return name


def number_of(token: Token) -> int | float:
    if len(token) > MOST_DIGITS:
        raise Fault("the number is longer than 18 digits", token)
    return float(token) if "." in token else int(token)


def times_of(token: Token) -> int:
    number = number_of(token)
    if not isinstance(number, int) or not 0 <= number <= MOST_TIMES:
        raise Fault("a count is a whole number up to a million", token, "Write >= 3 times.")
    return number


def span_of(token: Token) -> int:
    try:
        return parse_duration(token)
    except BadInput as error:
        raise Fault(error.message, token, error.hint) from error


def date_of(token: Token) -> On:
    if bounds(token, "UTC") is None:
        raise Fault(f"there is no such date as {token}", token)
    return On(str(token))
