"""Events one after another: a join of event with itself, each row after the one before it."""

from __future__ import annotations

from typing import Final

from mautod.core.rules.tree import Series, Then
from mautod.store.matching import matching, of_person
from mautod.store.values import Binder, member_of

# index event_person_name_ts, once for each event of the sequence
_SOME: Final = "EXISTS (SELECT 1 FROM {tables} WHERE {condition})"
_NONE: Final = "NOT EXISTS (SELECT 1 FROM event {e} WHERE {condition})"


def sequence(rule: Series, bind: Binder) -> str:
    """Whether person `p` did these one after another."""
    tables = " CROSS JOIN ".join(f"event {e}" for e in _aliases(rule))
    condition = f"{of_person(rule.first, rule.window, bind, 'e0')}{follows(rule, bind)}"
    return _SOME.format(tables=tables, condition=condition)


def beginning(rule: Series, bind: Binder) -> str:
    """The condition under which event `e0` of person `p` begins such a sequence."""
    first = of_person(rule.first, rule.window, bind, "e0")
    others = _aliases(rule)[1:]
    if not others:
        return f"{first}{follows(rule, bind)}"
    tables = " CROSS JOIN ".join(f"event {e}" for e in others)
    rest = follows(rule, bind).removeprefix(" AND ")
    return f"{first} AND {_SOME.format(tables=tables, condition=rest)}"


def follows(rule: Series, bind: Binder) -> str:
    """The conditions on the events after the first, joined to it."""
    names = _aliases(rule)
    parts = [_after(rule, step, names[n], names[n + 1], bind) for n, step in enumerate(rule.then)]
    if rule.on is not None:
        parts.append(f"{_key(rule.on, 'e0', bind)} IS NOT NULL")
    if rule.never is not None:
        last, never = names[-1], f"e{len(names)}"
        parts.append(f"{last}.ts <= {bind.ago(rule.never.within_ms or 0)}")
        condition = _after(rule, rule.never, last, never, bind)
        parts.append(_NONE.format(e=never, condition=condition))
    return "".join(f" AND {part}" for part in parts)


def _aliases(rule: Series) -> list[str]:
    return [f"e{number}" for number in range(len(rule.then) + 1)]


def _after(rule: Series, step: Then, before: str, e: str, bind: Binder) -> str:
    """The condition under which event `e` is the step that comes after event `before`."""
    parts = [
        f"{e}.person_id = e0.person_id",
        f"{e}.ts >= {before}.ts",
        f"({e}.ts > {before}.ts OR {e}.id > {before}.id)",
    ]
    if step.within_ms is not None:
        parts.append(f"{e}.ts < {before}.ts + {bind.constant(step.within_ms)}")
    parts.append(matching(step.asked, None, bind, e))
    if rule.on is not None:
        parts.append(f"{_key(rule.on, e, bind)} = {_key(rule.on, 'e0', bind)}")
    return " AND ".join(parts)


def _key(path: tuple[str, ...], e: str, bind: Binder) -> str:
    return member_of(f"{e}.props", path, bind).key
