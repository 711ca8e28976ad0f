"""Conditions that hold on to what visitors send: a comparison that makes no sense is no.

Properties come from browsers, so a list may be a number and a number a text. The library stops the
whole letter at such a comparison; here it is false. A range has an end that memory can hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions.logical import (
    ContainsExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LtExpression,
)
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidTypeError, LoopIterationLimitError
from liquid.expression import Expression

LONGEST_RANGE: Final = 100_000


class _Soft(Expression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        try:
            return super().evaluate(context)  # type: ignore[safe-super] # the other base has one
        except (LiquidTypeError, TypeError):
            return False


class _Contains(_Soft, ContainsExpression):
    __slots__ = ()


class _Lt(_Soft, LtExpression):
    __slots__ = ()


class _Le(_Soft, LeExpression):
    __slots__ = ()


class _Gt(_Soft, GtExpression):
    __slots__ = ()


class _Ge(_Soft, GeExpression):
    __slots__ = ()


class _Range(RangeLiteral):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> range:
        found = super().evaluate(context)
        if found.stop - found.start > LONGEST_RANGE:
            raise LoopIterationLimitError(
                f"a range of more than {LONGEST_RANGE} numbers", token=self.token
            )
        return found


_INSTEAD: Final[dict[type[Expression], type[Expression]]] = {
    ContainsExpression: _Contains,
    LtExpression: _Lt,
    LeExpression: _Le,
    GtExpression: _Gt,
    GeExpression: _Ge,
    RangeLiteral: _Range,
}


def soften(template: BoundTemplate) -> None:
    """Let the conditions of a parsed template be as described above; what they are is kept."""
    nothing = RenderContext(template)
    for node in _nodes(template.nodes, nothing):
        for expression in node.expressions():
            _soften(expression)


def _nodes(nodes: Any, nothing: RenderContext) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _nodes(node.children(nothing), nothing)


def _soften(expression: Expression) -> None:
    instead = _INSTEAD.get(type(expression))
    if instead is not None:
        # The parser of the library has no place to name other classes; these add no fields.
        expression.__class__ = instead
    for inner in expression.children():
        _soften(inner)
