"""Liquid's filters with limits, forgiving towards what visitors send.

Every filter refuses texts, lists and numbers that no letter needs, so that a few of them in a row
cannot fill the memory. A list that is no list is an empty one, a date that is none stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from html import unescape
from typing import Any, Final

import nh3
from liquid import Environment
from liquid.builtin.filters.misc import date as format_date
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.filter import with_context, with_environment
from markupsafe import Markup

from mautod.core.reports.money import show_money

LONGEST_TEXT: Final = 200_000
"""Characters that a filter takes or makes."""
LONGEST_LIST: Final = 10_000
_LARGEST_BITS: Final = 256
_MILLISECONDS_FROM: Final = 100_000_000_000
_GROWING: Final = frozenset({"replace", "replace_first", "replace_last"})
_OF_LISTS: Final = frozenset(
    {
        "compact", "concat", "find", "find_index", "has", "join", "map", "reject", "reverse",
        "sort", "sort_natural", "sum", "uniq", "where",
    }
)  # fmt: skip
_BEND: Final = (LiquidError, ArithmeticError, LookupError, TypeError, ValueError)

_TAGS: Final = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "img",
    "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td",
    "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"alt", "height", "src", "title", "width"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
}
_SCHEMES: Final = {"http", "https", "mailto", "tel"}

_Filter = Callable[..., Any]


def equip(environment: Environment) -> None:
    """Put the filters of letters into `environment`: the library's, kept within bounds, and ours.

    `sanitise` (also `sanitize`, `raw`) lets harmless HTML of a value through where the environment
    escapes values, and gives its words elsewhere; nothing else can be marked as safe.
    """
    environment.filters.pop("safe", None)
    environment.filters["money"] = show_money
    environment.filters["date"] = _date
    for name in ("sanitise", "sanitize", "raw"):
        environment.filters[name] = _sanitise
    for name, found in list(environment.filters.items()):
        environment.filters[name] = _bounded(name, found)


def _bounded(name: str, found: _Filter) -> _Filter:
    called = _forgiving(found) if name in _OF_LISTS else found

    @wraps(found)
    def bounded(left: Any, *given: Any, **named: Any) -> Any:
        _check(left)
        for value in given:
            _check(value)
        if name in _GROWING:
            _check_growth(left, given)
        elif name == "join":
            _check_join(left, given)
        made = called(left, *given, **named)
        _check(made)
        return made

    return bounded


def _forgiving(found: _Filter) -> _Filter:
    """A filter of lists, for what may be none, or one whose items are of any kind."""

    @wraps(found)
    def forgiving(left: Any, *given: Any, **named: Any) -> Any:
        items = left if isinstance(left, list | tuple | range) else []
        try:
            return found(items, *given, **named)
        except _BEND:
            if not given:
                return items
        try:
            return found([item for item in items if isinstance(item, dict)], *given, **named)
        except _BEND:
            return items

    return forgiving


def _check(value: Any) -> None:
    kind = type(value)
    if kind is str:
        if len(value) > LONGEST_TEXT:
            raise _too_much(f"a text of more than {LONGEST_TEXT} characters")
    elif kind is int:
        if value.bit_length() > _LARGEST_BITS:
            raise _too_much("a number without end")
    elif kind is list or kind is tuple:
        if len(value) > LONGEST_LIST:
            raise _too_much(f"a list of more than {LONGEST_LIST}")
        _check_length(value)


def _check_length(items: Sequence[Any]) -> None:
    left = 5 * LONGEST_TEXT
    for item in items:
        if isinstance(item, str):
            left -= len(item)
            if left < 0:
                raise _too_much("a list of texts without end")


def _check_growth(left: Any, given: Sequence[Any]) -> None:
    text, new = str(left), str(given[1]) if len(given) > 1 else ""
    times = text.count(str(given[0])) if given else 0
    if len(text) + times * len(new) > LONGEST_TEXT:
        raise _too_much(f"a text of more than {LONGEST_TEXT} characters")


def _check_join(left: Any, given: Sequence[Any]) -> None:
    between = len(str(given[0])) if given else 1
    if isinstance(left, list | tuple | range) and between * len(left) > LONGEST_TEXT:
        raise _too_much(f"a text of more than {LONGEST_TEXT} characters")


def _too_much(what: str) -> ResourceLimitError:
    return ResourceLimitError(what, token=None)


@with_context
def _date(value: Any, pattern: Any = "%Y-%m-%d", *, context: Any) -> Any:
    """Liquid's `date`; numbers are UTC milliseconds or seconds, "now" is the context's."""
    try:
        if isinstance(value, str) and value in {"now", "today"}:
            value = context.resolve("now")
        if isinstance(value, int) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            value = datetime.fromtimestamp(seconds, UTC)
        return format_date(value, str(pattern), environment=context.env)
    except (*_BEND, OSError):
        return value


@with_environment
def _sanitise(value: Any, *, environment: Environment) -> str:
    """The harmless part of a value's HTML; where values are not escaped, its words."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if not environment.autoescape:
        return unescape(nh3.clean(text, tags=set()))
    return Markup(  # noqa: S704 - this is what it has just been made safe for
        nh3.clean(text, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
    )
