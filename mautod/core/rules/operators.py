"""The operators on properties, a row each: what stands to their right and when they hold.

`store/rules/operators.py` holds the same rows in SQL; a test demands that both tables name the same
operators, and property tests that they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import ge, gt, le, lt
from typing import Any, Final

from mautod.core.rules.dates import bounds, instant
from mautod.core.rules.globs import matches
from mautod.core.rules.tree import On, Operand, Range, Scalar

_INT64: Final = 2**63
_ASCII_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class Takes(Enum):
    """What an operator wants to its right; the value is how errors name it."""

    SCALAR = "text in quotes, a number, true or false"
    NUMBER = "a number"
    TEXT = "text in quotes"
    LIST = 'a list as ("a", "b")'
    DATE = "a date as 2026-01-31, or 30d ago"
    RANGE = "two numbers or two dates, as 1 and 5"
    SPAN = "a duration as 7d"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Operator:
    """One row; `holds(value, operand, zone)` answers for a known value of any JSON type."""

    takes: Takes
    holds: Callable[[Any, Any, str], bool]


def folded(text: str, like: str) -> str:
    """`text` in lower case: only A-Z when `like`, the literal it meets, is plain ASCII.

    This is what SQL's own lower() does, which serves those literals.
    """
    return text.translate(_ASCII_LOWER) if like.isascii() else text.lower()


def number(value: object) -> int | float | None:
    """`value` if it is a JSON number, as SQL holds it: an integer beyond 64 bits is a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if -_INT64 <= value < _INT64 or isinstance(value, float):
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def equals(value: object, literal: Scalar) -> bool:
    """Whether a JSON value is `literal`: types are kept apart, letter case is not."""
    if isinstance(literal, bool):
        return value is literal
    if isinstance(literal, str):
        return isinstance(value, str) and folded(value, literal) == literal.lower()
    found = number(value)
    return found is not None and found == literal


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any, str], bool]:
    def holds(value: object, literal: float, _zone: str) -> bool:
        found = number(value)
        return found is not None and compare(found, literal)

    return holds


def _contains(value: object, literal: str, _zone: str) -> bool:
    if isinstance(value, str):
        return literal.lower() in folded(value, literal)
    return _has(value, literal, _zone)


def _has(value: object, literal: Scalar, _zone: str) -> bool:
    return isinstance(value, list | tuple) and any(equals(item, literal) for item in value)


def _has_any(value: object, literals: Sequence[Scalar], zone: str) -> bool:
    return any(_has(value, literal, zone) for literal in literals)


def _has_all(value: object, literals: Sequence[Scalar], zone: str) -> bool:
    return all(_has(value, literal, zone) for literal in literals)


def _is_empty(value: object, _operand: Operand, _zone: str) -> bool:
    return isinstance(value, list | tuple) and not value


def _shaped(is_so: Callable[[str, str], bool]) -> Callable[[Any, Any, str], bool]:
    """A question about the shape of a text."""

    def holds(value: object, literal: str, _zone: str) -> bool:
        return isinstance(value, str) and is_so(folded(value, literal), literal.lower())

    return holds


def _is_one_of(value: object, literals: Sequence[Scalar], _zone: str) -> bool:
    return any(equals(value, literal) for literal in literals)


def _before(value: object, operand: On, zone: str) -> bool:
    found, edge = instant(value, zone), bounds(operand.text, zone)
    return found is not None and edge is not None and found < edge[0]


def _after(value: object, operand: On, zone: str) -> bool:
    found, edge = instant(value, zone), bounds(operand.text, zone)
    return found is not None and edge is not None and found > edge[1]


def _between(value: object, operand: Range, zone: str) -> bool:
    low, high = operand.low, operand.high
    if isinstance(low, int | float) and isinstance(high, int | float):
        found = number(value)
        return found is not None and low <= found <= high
    at, edges = instant(value, zone), _days(operand, zone)
    return at is not None and edges is not None and edges[0] <= at <= edges[1]


def _days(operand: Range, zone: str) -> tuple[int, int] | None:
    if not (isinstance(operand.low, On) and isinstance(operand.high, On)):
        return None
    first, last = bounds(operand.low.text, zone), bounds(operand.high.text, zone)
    return None if first is None or last is None else (first[0], last[1])


def _never(_value: object, _operand: Operand, _zone: str) -> bool:
    return False


OPERATORS: Final[dict[str, Operator]] = {
    "=": Operator(Takes.SCALAR, lambda value, literal, _zone: equals(value, literal)),
    "!=": Operator(Takes.SCALAR, lambda value, literal, _zone: not equals(value, literal)),
    "<": Operator(Takes.NUMBER, _ordered(lt)),
    "<=": Operator(Takes.NUMBER, _ordered(le)),
    ">": Operator(Takes.NUMBER, _ordered(gt)),
    ">=": Operator(Takes.NUMBER, _ordered(ge)),
    "contains": Operator(Takes.TEXT, _contains),
    "starts with": Operator(Takes.TEXT, _shaped(str.startswith)),
    "ends with": Operator(Takes.TEXT, _shaped(str.endswith)),
    "matches": Operator(Takes.TEXT, _shaped(matches)),
    "in": Operator(Takes.LIST, _is_one_of),
    "has": Operator(Takes.SCALAR, _has),
    "has any": Operator(Takes.LIST, _has_any),
    "has all": Operator(Takes.LIST, _has_all),
    "is empty": Operator(Takes.NOTHING, _is_empty),
    "is known": Operator(Takes.NOTHING, lambda _value, _operand, _zone: True),
    "is unknown": Operator(Takes.NOTHING, _never),
    "before": Operator(Takes.DATE, _before),
    "after": Operator(Takes.DATE, _after),
    "between": Operator(Takes.RANGE, _between),
    "in last": Operator(Takes.SPAN, _never),
    "in next": Operator(Takes.SPAN, _never),
    "anniversary in next": Operator(Takes.SPAN, _never),
}
