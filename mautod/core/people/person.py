"""One card per person: what a trait may change, and who may be merged with whom.

A `Card` is a working copy: the digest loads it, events change it, the store writes it back.
Property operations are set (a plain key), `$set_once`, `$add`, `$append`, `$union`, `$remove` and
`$unset`, each an object of property → value, except `$unset`, which is a list of names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

COLUMNS: Final = ("user_id", "email", "phone", "name", "timezone", "country", "language")
CONTACT: Final = {"email": "Email Changed", "phone": "Phone Changed", "name": "Name Changed"}
COMPUTED: Final = frozenset(
    {"id", "created_at", "first_seen", "last_seen", "sessions", "session_start", "page", "user_id"}
)
TAGS: Final = "tags"
FIELDS: Final = COMPUTED.union(COLUMNS)
MOST_PROPERTIES: Final = 1000
LONGEST_NAME: Final = 255
LONGEST_TEXT: Final = 4096
LONGEST_LIST: Final = 1000
LONGEST_EMAIL: Final = 254  # RFC 5321, 4.5.3.1.3

_EMAIL: Final = re.compile(
    r"[^\s@<>\"(),:;\[\]\\\x00-\x1f]{1,64}@[^\s@<>\"(),:;\[\]\\\x00-\x1f]{1,253}"
)


@dataclass(slots=True)
class Card:
    """A person's row and properties; `changed` names what differs from what is stored."""

    id: int
    created_at: int
    first_seen: int | None = None
    last_seen: int | None = None
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    timezone: str | None = None
    country: str | None = None
    language: str | None = None
    sessions: int = 0
    session_start: int | None = None
    page: str | None = None
    props: dict[str, Any] = field(default_factory=dict)
    merged_into: int | None = None
    erased_at: int | None = None
    changed: set[str] = field(default_factory=set)
    fresh: bool = False

    def put(self, prop: str, value: Any) -> None:
        """Set one property, of a column or of the card; None makes it unknown."""
        if prop in FIELDS:
            if getattr(self, prop) != value:
                setattr(self, prop, value)
                self.changed.add(prop)
            return
        if value is None:
            if self.props.pop(prop, None) is not None:
                self.changed.add(prop)
        elif self.props.get(prop) != value or type(self.props.get(prop)) is not type(value):
            self.props[prop] = value
            self.changed.add(prop)

    def get(self, prop: str) -> Any:
        """The present value, None when unknown."""
        if prop in FIELDS:
            return getattr(self, prop)
        return self.props.get(prop)


@dataclass(frozen=True, slots=True)
class Change:
    """A contact property took another value; becomes an event with both."""

    event: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One property that was not taken, and why."""

    prop: str
    reason: str


def clean_email(text: Any) -> str | None:
    """`text` as a usable address, or None; the form is checked, nobody is asked."""
    if not isinstance(text, str):
        return None
    trimmed = text.strip()
    return trimmed if len(trimmed) <= LONGEST_EMAIL and _EMAIL.fullmatch(trimmed) else None


def address_key(text: str) -> str:
    """The form in which two writings of one email address are equal."""
    return text.strip().lower()


def apply_traits(card: Card, traits: Mapping[str, Any]) -> tuple[list[Change], list[Refusal]]:
    """Change `card` by `traits`; what cannot be taken is left out and named."""
    before = {prop: card.get(prop) for prop in CONTACT}
    refusals = [
        Refusal(prop, reason)
        for prop, operation, value in _operations(traits)
        if (reason := _apply(card, prop, operation, value))
    ]
    changes = [
        Change(event, before[prop], card.get(prop))
        for prop, event in CONTACT.items()
        if card.get(prop) != before[prop]
    ]
    return changes, refusals


def _operations(traits: Mapping[str, Any]) -> Iterable[tuple[str, str, Any]]:
    for key, value in traits.items():
        if not key.startswith("$"):
            yield key, "set", value
        elif key == "$unset" and isinstance(value, list):
            yield from ((str(prop), "unset", None) for prop in value)
        elif key[1:] in OPERATIONS and isinstance(value, dict):
            yield from ((prop, key[1:], argument) for prop, argument in value.items())
        else:
            yield key, "", value


def _apply(card: Card, prop: str, operation: str, value: Any) -> str:
    if operation not in OPERATIONS:
        return "unknown operation; use $set_once, $add, $append, $union, $remove or $unset"
    if prop in COMPUTED:
        return "is computed and cannot be set"
    reason = _unfit(card, prop)
    if reason:
        return reason
    try:
        result = OPERATIONS[operation](card.get(prop), value)
        fitting = _fit(prop, result)
    except ValueError as error:
        return str(error)
    card.put(prop, fitting)
    return ""


def _unfit(card: Card, prop: str) -> str:
    if not prop or len(prop.encode()) > LONGEST_NAME:
        return f"a property's name has 1 to {LONGEST_NAME} bytes"
    if card.get(prop) is None and prop not in COLUMNS and len(card.props) >= MOST_PROPERTIES:
        return f"a person has at most {MOST_PROPERTIES} properties"
    return ""


def _fit(prop: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise ValueError(f"longer than {LONGEST_TEXT} characters")
    if prop == "email":
        if clean_email(value) is None:
            raise ValueError("not an email address")
        return clean_email(value)
    return _text(value) if prop in COLUMNS else value


def _text(value: Any) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value).strip()
    raise ValueError("expected text")


def _set_once(old: Any, new: Any) -> Any:
    return new if old is None else old


def _add(old: Any, new: Any) -> Any:
    if not _is_number(new) or not (old is None or _is_number(old)):
        raise ValueError("$add needs numbers")
    total = Decimal(str(old or 0)) + Decimal(str(new))
    return int(total) if total == total.to_integral_value() else float(total)


def _append(old: Any, new: Any) -> Any:
    return _bounded([*_listed(old), *_listed(new)])


def _union(old: Any, new: Any) -> Any:
    kept = _listed(old)
    return _bounded([*kept, *(item for item in _listed(new) if item not in kept)])


def _remove(old: Any, new: Any) -> Any:
    gone = _listed(new)
    return [item for item in _listed(old) if item not in gone] or None


def _bounded(items: list[Any]) -> list[Any]:
    if len(items) > LONGEST_LIST:
        raise ValueError(f"a list has at most {LONGEST_LIST} items")
    return items


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


OPERATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "set": lambda _old, new: new,
    "set_once": _set_once,
    "add": _add,
    "append": _append,
    "union": _union,
    "remove": _remove,
    "unset": lambda _old, _new: None,
}


def may_merge(winner: Card, loser: Card) -> bool:
    """Whether `winner` may absorb `loser`: never two people with different user ids."""
    return not (winner.user_id and loser.user_id and winner.user_id != loser.user_id)


def absorb(winner: Card, loser: Card) -> None:
    """Make `winner` hold what both know, its own values first; `loser` becomes a redirect."""
    for prop in COLUMNS:
        if winner.get(prop) is None:
            winner.put(prop, loser.get(prop))
    for prop, value in loser.props.items():
        if prop not in winner.props and len(winner.props) < MOST_PROPERTIES:
            winner.put(prop, value)
    _join_visits(winner, loser)
    loser.merged_into = winner.id
    loser.changed.add("merged_into")


def _join_visits(winner: Card, loser: Card) -> None:
    winner.put("created_at", min(winner.created_at, loser.created_at))
    winner.put("sessions", winner.sessions + loser.sessions)
    firsts = [seen for seen in (winner.first_seen, loser.first_seen) if seen is not None]
    winner.put("first_seen", min(firsts, default=None))
    if loser.last_seen is not None and loser.last_seen > (winner.last_seen or 0):
        for prop in ("last_seen", "session_start", "page"):
            winner.put(prop, loser.get(prop))
