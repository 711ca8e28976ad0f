"""A property as SQL sees it: an expression for each type that it may be read as.

JSON keeps its types apart: a number is never text, `true` is never 1. All that SQLite and
PostgreSQL do differently about JSON is written here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

TEXTS: Final = frozenset(
    {"email", "phone", "name", "user_id", "timezone", "country", "language", "page"}
)
INSTANTS: Final = frozenset({"created_at", "first_seen", "last_seen"})
NUMBERS: Final = frozenset({"sessions"})
COLUMNS: Final = TEXTS | INSTANTS | NUMBERS
"""Properties that are columns of `person`; the others live in its JSON."""

_NULL: Final = "NULL"


Count = Callable[["Binder"], str]
"""Makes an expression over person `p` that is a whole number."""

KEPT: Final[Mapping[str, Count]] = MappingProxyType({})
"""Every score is read as it is kept."""


@dataclass(slots=True)
class Binder:
    """Collects what a statement binds: constants, and instants that depend on now.

    `points` says by key how the points of a score are counted, where they are not to be read as
    they are kept.
    """

    zone: str
    points: Mapping[str, Count] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    sliding: dict[str, int] = field(default_factory=dict)
    _names: dict[tuple[str, Any], str] = field(default_factory=dict)

    def constant(self, value: Any) -> str:
        """A parameter that is always `value`."""
        return self._name("c", (type(value).__name__, value), self.constants, value)

    def ago(self, span_ms: int) -> str:
        """A parameter that is now less `span_ms`."""
        return self._name("t", ("ago", span_ms), self.sliding, span_ms)

    def _name(self, letter: str, key: tuple[str, Any], into: dict[str, Any], value: Any) -> str:
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"{letter}{len(self._names)}"
            into[name] = value
        return f":{name}"

    def values(self, now: int) -> dict[str, Any]:
        """All parameters at `now`."""
        return {**self.constants, **{name: now - span for name, span in self.sliding.items()}}


@dataclass(frozen=True, slots=True)
class Value:
    """One property: each expression is NULL where the property is not of that type.

    `key` tells one value from another, whatever their types; lists and objects have none.
    `holds_item(condition)` is true if it is a list with an item that meets the condition, which
    is an expression over `ITEM`; `empty` is true if it is a list without items.
    """

    known: str
    text: str = _NULL
    number: str = _NULL
    flag: str = _NULL
    instant: str = _NULL
    key: str = _NULL
    holds_item: Callable[[str], str] = lambda _condition: "FALSE"
    empty: str = "FALSE"


ITEM: Final = Value(
    known="i.type <> 'null'",
    text="CASE i.type WHEN 'text' THEN i.value END",
    number="CASE WHEN i.type IN ('integer', 'real') THEN CAST(i.value AS NUMERIC) END",
    flag="CASE i.type WHEN 'true' THEN 1 WHEN 'false' THEN 0 END",
)
"""One item of a list, inside `holds_item`."""


def column(name: str) -> Value:
    """A property that is a column of `person p`."""
    expression = f"p.{name}"
    known = f"{expression} IS NOT NULL"
    if name in NUMBERS:
        return Value(known, number=expression)
    if name in INSTANTS:
        return Value(known, instant=expression)
    return Value(known, text=expression)


def member_of(document: str, path: tuple[str, ...], bind: Binder) -> Value:
    """A property inside the JSON that the column `document` holds."""
    at = bind.constant(json_path(path))
    kind, found = f"json_type({document}, {at})", f"json_extract({document}, {at})"
    return Value(
        known=f"COALESCE({kind} <> 'null', FALSE)",
        text=f"CASE {kind} WHEN 'text' THEN {found} END",
        number=f"CASE WHEN {kind} IN ('integer', 'real') THEN CAST({found} AS NUMERIC) END",
        flag=f"CASE {kind} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END",
        instant=instant_in(document, at, bind.constant(bind.zone)),
        key=(
            f"CASE {kind} WHEN 'text' THEN '=' || {found} WHEN 'integer' THEN {found}"
            f" WHEN 'real' THEN {found} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END"
        ),
        holds_item=lambda condition: (
            f"({kind} = 'array' AND EXISTS (SELECT 1 FROM json_each({document}, {at}) i"
            f" WHERE {condition}))"
        ),
        empty=f"({kind} = 'array' AND json_array_length({document}, {at}) = 0)",
    )


def instant_in(document: str, at: str, zone: str) -> str:
    """The instant that the value at the path `at` names, or NULL."""
    found = f"json_extract({document}, {at})"
    of_number = f"instant(CAST({found} AS NUMERIC), {zone})"
    return (
        f"CASE json_type({document}, {at}) WHEN 'text' THEN instant({found}, {zone})"
        f" WHEN 'integer' THEN {of_number} WHEN 'real' THEN {of_number} END"
    )


def property_of(path: tuple[str, ...], bind: Binder) -> Value:
    """A property of `person p`."""
    return column(path[0]) if is_column(path) else member_of("p.props", path, bind)


def is_column(path: tuple[str, ...]) -> bool:
    """Whether this property of a person is a column of its own."""
    return len(path) == 1 and path[0] in COLUMNS


def balanced(parts: Sequence[str], word: str) -> str:
    """The parts joined as a balanced tree: SQLite refuses expressions deeper than 1 000."""
    if len(parts) == 1:
        return f"({parts[0]})"
    half = len(parts) // 2
    return f"({balanced(parts[:half], word)} {word} {balanced(parts[half:], word)})"


def json_path(path: tuple[str, ...]) -> str:
    """The path as SQLite's JSON functions take it; names hold neither quote nor backslash."""
    return "$" + "".join(f'."{name}"' for name in path)
