"""Which events a leaf looks at, as a condition on a row of event.

The row has an alias of its own, for a sequence looks at several; `p` is whoever they are about.
"""

from __future__ import annotations

from collections.abc import Iterable

from mautod.core.rules.checker import paths
from mautod.core.rules.dates import bounds
from mautod.core.rules.tree import (
    Ago,
    All,
    Asked,
    Last,
    Not,
    Of,
    On,
    Since,
    SinceEntry,
    Some,
    Span,
    Test,
    Where,
    Window,
    personal,
)
from mautod.store.rules.operators import compared, tested
from mautod.store.rules.values import Binder, Value, balanced, member_of, property_of


def about(parts: Iterable[Asked], e: str = "e") -> tuple[str, list[str]]:
    """Where the events of all people come from, and on what condition.

    A `where` that asks about the person finds them as the `p` nearest to it.
    """
    if any(personal(path) for part in parts if part.where for path in paths(part.where)):
        return f"event {e} CROSS JOIN person p", [f"p.id = {e}.person_id"]
    return f"event {e}", []


def matching(asked: Asked, window: Window | None, bind: Binder, e: str = "e") -> str:
    """The condition under which the leaf looks at event `e`, whosever it is."""
    condition = named_within(asked, window, bind, e)
    return condition if asked.where is None else f"{condition} AND {_where(asked.where, bind, e)}"


def named_within(asked: Asked, window: Window | None, bind: Binder, e: str = "e") -> str:
    """The same less the `where`: a range of index event_name_ts_person."""
    return f"{e}.name_id {named(asked.events, bind)}{_within(window, bind, e)}"


def of_person(asked: Asked, window: Window | None, bind: Binder, e: str = "e") -> str:
    """The condition under which the leaf looks at event `e` of person `p`."""
    return f"{e}.person_id = p.id AND {matching(asked, window, bind, e)}"


def named(events: tuple[str, ...], bind: Binder) -> str:
    """The right side of a condition on name_id."""
    if len(events) == 1:
        return f"= (SELECT id FROM event_name WHERE name = {bind.constant(events[0])})"
    names = ", ".join(bind.constant(name) for name in events)
    return f"IN (SELECT id FROM event_name WHERE name IN ({names}))"


def _within(window: Window | None, bind: Binder, e: str) -> str:
    match window:
        case None:
            return ""
        case Last(span_ms):
            return f" AND {e}.ts > {bind.ago(span_ms)}"
        case Since(date):
            return f" AND {e}.ts >= {edge(date, bind, 0)}"
        case Span(low, high):
            return f" AND {e}.ts >= {edge(low, bind, 0)} AND {e}.ts <= {edge(high, bind, 1)}"
        case SinceEntry():
            return (
                f" AND {e}.ts >= r.entered_at"
                f" AND ({e}.ts > r.entered_at OR {e}.id > COALESCE(r.entry_event, 0))"
            )


def edge(operand: On | Ago, bind: Binder, which: int) -> str:
    """The first or the last instant of a written day, or of a moment; none is before a NULL."""
    if isinstance(operand, Ago):
        return bind.ago(operand.span_ms)
    edges = bounds(operand.text, bind.zone)
    return "NULL" if edges is None else bind.constant(edges[which])


def _where(where: Where, bind: Binder, e: str) -> str:
    match where:
        case All(parts) | Some(parts):
            word = "AND" if isinstance(where, All) else "OR"
            return balanced([_where(part, bind, e) for part in parts], word)
        case Not(part):
            return f"NOT {_where(part, bind, e)}"
        case Test(path, op, Of(other)):
            return compared(op, _value(path, bind, e), _value(other, bind, e))
        case Test(path):
            return tested(where, _value(path, bind, e), bind)
        case _:
            return "FALSE"


def _value(path: tuple[str, ...], bind: Binder, e: str) -> Value:
    own = personal(path)
    return property_of(own, bind) if own else member_of(f"{e}.props", path, bind)
