"""Events one after another: a join of event with itself, each row after the one before it."""

from __future__ import annotations

from typing import Final

from mautod.core.rules.tree import Asked, Series, Then
from mautod.store.rules.matching import about, matching
from mautod.store.rules.values import Binder, member_of

# index event_person_name_ts, once for each event of the sequence
_SOME: Final = "EXISTS (SELECT 1 FROM {tables} WHERE {condition})"
_NONE: Final = "NOT EXISTS (SELECT 1 FROM event {e} WHERE {condition})"
# index event_name_ts_person for the event that leads, event_person_name_ts for the others
_ALL: Final = "p.id IN (SELECT {lead}.person_id FROM {source} WHERE {condition})"


def sequence(rule: Series, bind: Binder) -> str:
    """Whether person `p` did these one after another."""
    parts = ["e0.person_id = p.id", *_matching(rule, bind), *_links(rule, bind)]
    tables = " CROSS JOIN ".join(f"event {e}" for e in _aliases(rule))
    return _SOME.format(tables=tables, condition=" AND ".join(parts))


def sequence_of_all(rule: Series, lead: int, bind: Binder) -> str:
    """The same, of all people at once: beginning with the event of number `lead`."""
    e = f"e{lead}"
    source, own = about(_asked(rule), e)
    condition = " AND ".join([*own, starting(rule, lead, bind)])
    return _ALL.format(lead=e, source=source, condition=condition)


def starting(rule: Series, lead: int, bind: Binder) -> str:
    """The condition under which the event of number `lead` is part of such a sequence."""
    own = _matching(rule, bind)
    first, links = own.pop(lead), _links(rule, bind)
    names = _aliases(rule)
    others = [*reversed(names[:lead]), *names[lead + 1 :]]
    if not others:
        return " AND ".join([first, *links])
    tables = " CROSS JOIN ".join(f"event {e}" for e in others)
    return f"{first} AND {_SOME.format(tables=tables, condition=' AND '.join([*own, *links]))}"


def _asked(rule: Series) -> list[Asked]:
    return [rule.first, *(step.asked for step in rule.then)]


def _aliases(rule: Series) -> list[str]:
    return [f"e{number}" for number in range(len(rule.then) + 1)]


def _matching(rule: Series, bind: Binder) -> list[str]:
    windows = [rule.window, *(None for _ in rule.then)]
    places = zip(_asked(rule), windows, _aliases(rule), strict=True)
    return [matching(asked, window, bind, e) for asked, window, e in places]


def _links(rule: Series, bind: Binder) -> list[str]:
    """What holds the events together, and what must not follow the last of them."""
    names = _aliases(rule)
    parts = [_after(rule, step, names[n], names[n + 1], bind) for n, step in enumerate(rule.then)]
    if rule.on is not None:
        parts.append(f"{_key(rule.on, 'e0', bind)} IS NOT NULL")
    if rule.never is not None:
        last, never = names[-1], f"e{len(names)}"
        parts.append(f"{last}.ts <= {bind.ago(rule.never.within_ms or 0)}")
        after = _after(rule, rule.never, last, never, bind)
        condition = f"{after} AND {matching(rule.never.asked, None, bind, never)}"
        parts.append(_NONE.format(e=never, condition=condition))
    return parts


def _after(rule: Series, step: Then, before: str, e: str, bind: Binder) -> str:
    """The condition under which event `e` comes when the step wants it after event `before`.

    The time between them is written from both ends, for an index may be read from either.
    """
    parts = [
        f"{e}.person_id = {before}.person_id",
        f"{e}.ts >= {before}.ts",
        f"({e}.ts > {before}.ts OR {e}.id > {before}.id)",
    ]
    if step.within_ms is not None:
        span = bind.constant(step.within_ms)
        parts += [f"{e}.ts < {before}.ts + {span}", f"{before}.ts > {e}.ts - {span}"]
    if rule.on is not None:
        parts.append(f"{_key(rule.on, e, bind)} = {_key(rule.on, 'e0', bind)}")
    return " AND ".join(parts)


def _key(path: tuple[str, ...], e: str, bind: Binder) -> str:
    return member_of(f"{e}.props", path, bind).key
