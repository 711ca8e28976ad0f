"""The operators on properties in SQL: the same rows as `core/rules/operators.py`.

Each row makes an expression that may be NULL; the compiler takes NULL for false.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from mautod.core.rules.dates import bounds
from mautod.core.rules.globs import ANY_ONE, ANY_TEXT
from mautod.core.rules.tree import Ago, Amount, Count, On, Range, Scalar, Test
from mautod.store.rules.values import ITEM, Binder, Value

SqlOperator = Callable[[Value, Any, Binder], str]


def tested(test: Test, value: Value, bind: Binder) -> str:
    """The test of this property, true or false."""
    return f"COALESCE({SQL_OPERATORS[test.op](value, test.value, bind)}, FALSE)"


def compared(op: str, one: Value, other: Value) -> str:
    """One property compared with another, true or false; it is false unless both are known."""
    if op not in ("=", "!="):
        return f"COALESCE({one.number} {op} {other.number}, FALSE)"
    same = " OR ".join(
        f"COALESCE({left} = {right}, FALSE)"
        for left, right in (
            (one.number, other.number),
            (one.flag, other.flag),
            (f"fold({one.text})", f"fold({other.text})"),
        )
    )
    return f"({same})" if op == "=" else f"({one.known} AND {other.known} AND NOT ({same}))"


def _equals(value: Value, literal: Scalar, bind: Binder) -> str:
    if isinstance(literal, bool):
        return f"{value.flag} = {int(literal)}"
    if isinstance(literal, str):
        return f"{_folded(value.text, literal)} = {bind.constant(literal.lower())}"
    return f"{value.number} = {bind.constant(literal)}"


def _folded(expression: str, like: str) -> str:
    return f"lower({expression})" if like.isascii() else f"fold({expression})"


def _differs(value: Value, literal: Scalar, bind: Binder) -> str:
    return f"{value.known} AND NOT COALESCE({_equals(value, literal, bind)}, FALSE)"


def _ordered(symbol: str) -> SqlOperator:
    return lambda value, literal, bind: f"{value.number} {symbol} {bind.constant(literal)}"


def _contains(value: Value, literal: str, bind: Binder) -> str:
    wanted = bind.constant(literal.lower())
    within = f"instr({_folded(value.text, literal)}, {wanted}) > 0"
    return f"COALESCE({within}, {_has(value, literal, bind)})"


def _has(value: Value, literal: Scalar, bind: Binder) -> str:
    return value.holds_item(_equals(ITEM, literal, bind))


def _has_any(value: Value, literals: tuple[Scalar, ...], bind: Binder) -> str:
    return value.holds_item(_is_one_of(ITEM, literals, bind))


def _has_all(value: Value, literals: tuple[Scalar, ...], bind: Binder) -> str:
    """A balanced tree, for a list may be long."""
    if len(literals) == 1:
        return _has(value, literals[0], bind)
    half = len(literals) // 2
    one, other = _has_all(value, literals[:half], bind), _has_all(value, literals[half:], bind)
    return f"({one} AND {other})"


_ESCAPED: Final = str.maketrans({sign: f"\\{sign}" for sign in "%_\\"})
_WILD: Final = str.maketrans({ANY_TEXT: "%", ANY_ONE: "_"})


def _like(value: Value, literal: str, pattern: str, bind: Binder) -> str:
    """LIKE, whose time too is bounded by one length times the other."""
    return f"{_folded(value.text, literal)} LIKE {bind.constant(pattern)} ESCAPE '\\'"


def _starts(value: Value, literal: str, bind: Binder) -> str:
    return _like(value, literal, f"{literal.lower().translate(_ESCAPED)}%", bind)


def _ends(value: Value, literal: str, bind: Binder) -> str:
    return _like(value, literal, f"%{literal.lower().translate(_ESCAPED)}", bind)


def _matches(value: Value, literal: str, bind: Binder) -> str:
    return _like(value, literal, literal.lower().translate(_ESCAPED | _WILD), bind)


def _is_one_of(value: Value, literals: tuple[Scalar, ...], bind: Binder) -> str:
    """One IN for each type, and for text one for each way of folding."""
    parts = []
    flags = {str(int(item)) for item in literals if isinstance(item, bool)}
    if flags:
        parts.append(f"{value.flag} IN ({', '.join(sorted(flags))})")
    numbers = [item for item in literals if not isinstance(item, bool | str)]
    if numbers:
        parts.append(f"{value.number} IN ({', '.join(map(bind.constant, numbers))})")
    texts = [item for item in literals if isinstance(item, str)]
    for plain in (True, False):
        some = [item for item in texts if item.isascii() is plain]
        if some:
            items = ", ".join(bind.constant(item.lower()) for item in some)
            parts.append(f"{_folded(value.text, some[0])} IN ({items})")
    return " OR ".join(f"COALESCE({part}, FALSE)" for part in parts)


def _edge(operand: On | Ago, bind: Binder, which: int) -> str:
    if isinstance(operand, Ago):
        return bind.ago(operand.span_ms)
    edges = bounds(operand.text, bind.zone)
    return "NULL" if edges is None else bind.constant(edges[which])


def _before(value: Value, operand: On | Ago, bind: Binder) -> str:
    return f"{value.instant} < {_edge(operand, bind, 0)}"


def _after(value: Value, operand: On | Ago, bind: Binder) -> str:
    return f"{value.instant} > {_edge(operand, bind, 1)}"


def _in_last(value: Value, span_ms: int, bind: Binder) -> str:
    return f"{value.instant} > {bind.ago(span_ms)} AND {value.instant} <= {bind.ago(0)}"


def _in_next(value: Value, span_ms: int, bind: Binder) -> str:
    return f"{value.instant} > {bind.ago(0)} AND {value.instant} <= {bind.ago(-span_ms)}"


def _anniversary(value: Value, span_ms: int, bind: Binder) -> str:
    following = f"anniversary({value.instant}, {bind.constant(bind.zone)}, {bind.ago(0)})"
    return f"{following} <= {bind.ago(-span_ms)}"


def _between(value: Value, operand: Range, bind: Binder) -> str:
    low, high = operand.low, operand.high
    if isinstance(low, On | Ago) and isinstance(high, On | Ago):
        return f"{value.instant} BETWEEN {_edge(low, bind, 0)} AND {_edge(high, bind, 1)}"
    return f"{value.number} BETWEEN {bind.constant(low)} AND {bind.constant(high)}"


SQL_OPERATORS: Final[dict[str, SqlOperator]] = {
    "=": _equals,
    "!=": _differs,
    "<": _ordered("<"),
    "<=": _ordered("<="),
    ">": _ordered(">"),
    ">=": _ordered(">="),
    "contains": _contains,
    "starts with": _starts,
    "ends with": _ends,
    "matches": _matches,
    "in": _is_one_of,
    "has": _has,
    "has any": _has_any,
    "has all": _has_all,
    "is empty": lambda value, _operand, _bind: value.empty,
    "is known": lambda value, _operand, _bind: value.known,
    "is unknown": lambda value, _operand, _bind: f"NOT ({value.known})",
    "before": _before,
    "after": _after,
    "between": _between,
    "in last": _in_last,
    "in next": _in_next,
    "anniversary in next": _anniversary,
}


def admits_zero(amount: Count | Amount) -> bool:
    """Whether nothing at all is enough."""
    if amount.most is not None:
        return amount.number <= 0 <= amount.most
    return bool(_COMPARE[amount.op](0, amount.number))


def against(op: str, number: float | None, most: float | None, bind: Binder) -> str:
    """The comparison of what stands before it with a number, or with two, both included."""
    if most is not None:
        return f"BETWEEN {bind.constant(number)} AND {bind.constant(most)}"
    return f"{_SYMBOLS[op]} {bind.constant(number)}"


_COMPARE: Final = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_SYMBOLS: Final = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
