"""Short cuts for the commonest pieces of a template: plain text and `{{ person.name }}`.

They print what the library prints, several times faster; whatever is not simple goes its own way.
Pieces that follow each other are printed in one go, and what several of them begin with, `product`
in a loop over products, is looked up once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from io import StringIO
from itertools import groupby
from typing import Any, Final, TextIO, cast

from liquid import BoundTemplate, RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode, Literal
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.exceptions import OutputStreamLimitError
from liquid.expression import Expression
from liquid.output import LimitedStringIO
from liquid.token import Token
from liquid.utils import ReadOnlyChainMap

_write: Final = StringIO.write
# The library gives these a meaning of its own on lists and texts.
_SPECIAL: Final = {"size", "first", "last"}
_UNSAFE: Final = re.compile("[&<>\"']")


class Buffer(LimitedStringIO):
    """A limited buffer that counts characters; the library encodes each piece to count bytes."""

    def write(self, text: str, /) -> int:
        self.size += len(text)
        if self.size > self.limit:
            raise OutputStreamLimitError("output stream limit reached", token=None)
        return _write(self, text)


class _Scope(ReadOnlyChainMap):
    """Looks names up without an exception for each place where they are not."""

    def __getitem__(self, key: str) -> object:
        for names in self._maps:
            if key in names:
                return names[key]
        raise KeyError(key)


class _Context(RenderContext):
    """What a template sees: its own names and the given ones, no clock."""

    __slots__ = ()

    def __init__(self, template: BoundTemplate, **options: Any) -> None:
        super().__init__(template, **options)
        self.scope = _Scope(self.locals, self.globals, self.counters)


class FastTemplate(BoundTemplate):
    """A template that writes into a `Buffer` and looks names up in a `_Scope`."""

    context_class = _Context

    def _get_buffer(self) -> StringIO:
        return Buffer(limit=self.env.output_stream_limit or 0, newline="\n")


class _Text(ContentNode):
    __slots__ = ()

    def render(self, context: RenderContext, buffer: TextIO) -> int:  # noqa: ARG002
        return buffer.write(self.text)


class _Value(OutputNode):
    """`{{ person.name }}` or `{{ person.name | default: "you" }}`, if `names` are there."""

    __slots__ = ("defaulted", "names")

    def __init__(self, token: Token, expression: Expression) -> None:
        super().__init__(token, expression)
        self.defaulted = _has_default(expression)
        self.names = _plain_path(expression, filters=int(self.defaulted))


class _Run(Node):
    """Texts and values that follow each other, printed in one go."""

    __slots__ = ("_nodes", "_pieces", "_roots")

    def __init__(self, nodes: Sequence[_Text | _Value]) -> None:
        super().__init__(nodes[0].token)
        self.blank = all(node.blank for node in nodes)
        self._nodes = nodes
        self._roots = tuple({node.names[0]: None for node in nodes if isinstance(node, _Value)})
        self._pieces = [
            (node.text, 0, (), None, False)
            if isinstance(node, _Text)
            else ("", self._roots.index(node.names[0]), node.names[1:], node, node.defaulted)
            for node in nodes
        ]

    def __str__(self) -> str:
        return "".join(str(node) for node in self._nodes)

    def children(self, *_given: object, **_named: object) -> Iterable[Node]:
        return self._nodes

    def render(self, context: RenderContext, buffer: TextIO) -> int:
        roots = [_looked_up(context.scope, name) for name in self._roots]
        safe = _escaped if context.autoescape else str
        told: list[str] = []
        count = 0
        for text, root, rest, node, defaulted in self._pieces:
            if node is None:
                told.append(text)
                continue
            value: Any = roots[root]
            for name in rest:
                value = value.get(name) if type(value) is dict else None
            if type(value) is str and (value or not defaulted):
                told.append(safe(value))
            elif type(value) is int and not defaulted:
                told.append(str(value))
            else:
                # Nothing, a fraction, a mapping of another kind: the library knows.
                count += buffer.write("".join(told)) + node.render_to_output(context, buffer)
                told.clear()
        return count + buffer.write("".join(told))

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return self.render(context, buffer)


def quicken(nodes: list[Node]) -> None:
    """Join the pieces of a parsed template that can be printed in one go, in its blocks too."""
    for node in nodes:
        _quicken_below(node)
    joined: list[Node] = []
    for simple, group in groupby(nodes, key=_is_simple):
        those = list(group)
        joined += [_Run(cast("list[_Text | _Value]", those))] if simple else those
    nodes[:] = joined


def _quicken_below(node: Node) -> None:
    if isinstance(node, BlockNode):
        quicken(node.nodes)
    else:
        # Only partial templates ask for the context, and there are none.
        for child in node.children(cast("RenderContext", None)):
            _quicken_below(child)
    if isinstance(node, ForNode) and not node.block.blank and len(node.block.nodes) == 1:
        # What a loop repeats is the one piece itself: a block around it is asked every time.
        node.block = cast("BlockNode", node.block.nodes[0])


def _is_simple(node: Node) -> bool:
    return isinstance(node, _Text) or (isinstance(node, _Value) and bool(node.names))


def _looked_up(scope: ReadOnlyChainMap, name: str) -> object:
    try:
        return scope[name]
    except KeyError:
        return None


def _escaped(value: str) -> str:
    return escape(value) if _UNSAFE.search(value) else value


class TextTag(Literal):
    node_class = _Text


class ValueTag(Output):
    node_class = _Value


def _has_default(expression: Expression) -> bool:
    filters = expression.filters if isinstance(expression, FilteredExpression) else None
    return bool(filters) and [each.name for each in filters or ()] == ["default"]


def _plain_path(expression: Expression, filters: int) -> tuple[str, ...]:
    """The names of a path that has so many filters; none if it is something else."""
    if not isinstance(expression, FilteredExpression) or len(expression.filters or ()) != filters:
        return ()
    path = expression.left
    if not isinstance(path, Path):
        return ()
    names = tuple(name for name in path.path if isinstance(name, str) and name not in _SPECIAL)
    return names if len(names) == len(path.path) else ()
