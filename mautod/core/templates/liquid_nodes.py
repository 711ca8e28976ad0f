"""Short cuts for the commonest pieces of a template: plain text and `{{ person.name }}`.

They print what the library prints, several times faster; whatever is not simple goes its own way.
"""

from __future__ import annotations

from html import escape
from io import StringIO
from typing import Any, Final, TextIO

from liquid import BoundTemplate, RenderContext
from liquid.builtin.content import ContentNode, Literal
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import OutputStreamLimitError
from liquid.expression import Expression
from liquid.output import LimitedStringIO
from liquid.token import Token
from liquid.utils import ReadOnlyChainMap

_write: Final = StringIO.write
# The library gives these a meaning of its own on lists and texts.
_SPECIAL: Final = {"size", "first", "last"}


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
        return Buffer(limit=self.env.output_stream_limit or 0)


class _Text(ContentNode):
    __slots__ = ()

    def render(self, context: RenderContext, buffer: TextIO) -> int:  # noqa: ARG002
        return buffer.write(self.text)


class _Value(OutputNode):
    __slots__ = ("_rest", "_root")

    def __init__(self, token: Token, expression: Expression) -> None:
        super().__init__(token, expression)
        names = _plain_path(expression)
        self._root, self._rest = (names[0], names[1:]) if names else ("", ())

    def render(self, context: RenderContext, buffer: TextIO) -> int:
        try:
            value: Any = context.scope[self._root] if self._root else None
            for name in self._rest:
                value = value[name] if type(value) is dict else None
        except KeyError:
            value = None
        if type(value) is str:
            return buffer.write(escape(value) if context.autoescape else value)
        if type(value) is int:
            return buffer.write(str(value))
        # Nothing, a fraction, a mapping of another kind, a filter: the library knows.
        return self.render_to_output(context, buffer)


class TextTag(Literal):
    node_class = _Text


class ValueTag(Output):
    node_class = _Value


def _plain_path(expression: Expression) -> tuple[str, ...]:
    if not isinstance(expression, FilteredExpression) or expression.filters:
        return ()
    path = expression.left
    if not isinstance(path, Path):
        return ()
    names = tuple(name for name in path.path if isinstance(name, str) and name not in _SPECIAL)
    return names if len(names) == len(path.path) else ()
