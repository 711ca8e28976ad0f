"""A sheet of people: which column is which property, and what a line of cells tells.

A cell stays text unless its column is mapped with a kind. An empty cell says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from mautod.core.files.definition import nearest
from mautod.core.people.person import (
    COLUMNS,
    COMPUTED,
    LONGEST_LIST,
    LONGEST_NAME,
    LONGEST_TEXT,
    address_key,
    clean_email,
)
from mautod.core.people.words import digits
from mautod.errors import BadInput

KEYS: Final = ("email", "user_id", "phone")
"""By what people may be told apart, and the kind of identity that each is."""

_OTHERS: Final = {key: [prop for prop in ("user_id", "email") if prop != key] for key in KEYS}

TAGS: Final = "tags"
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula's beginning; an export writes an apostrophe before it."""
MOST_COLUMNS: Final = 1000
LONGEST_ID: Final = 255
_NUMBER_BOUND: Final = 10**15
_DIGITS: Final = range(7, 16)

_ALIASES: Final = {
    "email": "email e_mail mail email_address e_mail_address почта эл_почта электронная_почта",
    "phone": "phone phone_number telephone tel mobile cell телефон мобильный",
    "name": "name full_name fullname имя фио",
    "user_id": "user_id userid customer_id",
    "country": "country страна",
    "language": "language язык",
    "timezone": "timezone time_zone",
}
_KNOWN_HEADS: Final = {alias: prop for prop, told in _ALIASES.items() for alias in told.split()}
_BETWEEN: Final = re.compile(r"[\W_]+")
_PHONE: Final = re.compile(r"\+?[\d\s().\-/]+")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_TRUTH: Final = dict.fromkeys(("true", "yes", "y", "1", "да", "x"), True) | dict.fromkeys(
    ("false", "no", "n", "0", "нет"), False
)


class Unfit(Exception):
    """A line that is not taken: the head of the cell at fault, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Column:
    """Cells at place `at`, under `head`, are property `prop`; `kind` names how they are read.

    `read` gives the value of a cell that is not empty.
    """

    at: int
    head: str
    prop: str
    kind: str = "text"
    read: Callable[[str], Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", _CONTACTS.get(self.prop) or READERS[self.kind])

    def __str__(self) -> str:
        kind = "" if self.kind == "text" else f" ({self.kind})"
        return f"{self.head} → {self.prop}{kind}"

    @property
    def asked(self) -> str:
        """As it is asked for."""
        return f"{self.head}={self.prop}:{self.kind}"


class Told(NamedTuple):
    """What a line says of one person, by what they are known, and where it stands.

    `key` is the identity that says who it is, `keys` all that the line names.
    """

    line: int
    key: tuple[str, str]
    keys: tuple[tuple[str, str], ...]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """How the lines of one file are read; `key` is one of KEYS and the property of a column."""

    width: int
    columns: tuple[Column, ...]
    key: str

    def told(self, line: int, cells: Sequence[str]) -> Told:
        """What a line says.

        Raises:
            Unfit: it has another number of cells, one of them is nonsense, or it names nobody.
        """
        if len(cells) != self.width:
            count = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
            raise Unfit("", f"{count}, where the first line has {self.width}")
        values = self._values(cells)
        if self.key not in values:
            raise Unfit(self._head(self.key), "is empty, so nobody is named")
        keys = tuple([_identity(prop, values[prop]) for prop in self._named(values)])
        return Told(line, keys[0], keys, values)

    def _values(self, cells: Sequence[str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        head = ""
        try:
            for column in self.columns:
                text = cells[column.at].strip()
                if text:
                    head, prop = column.head, column.prop
                    value = column.read(text if text[0] != "'" else _plain(text))
                    if prop in values:  # of several columns one name
                        value = column.read(f"{values[prop]} {value}")
                    values[prop] = value
        except ValueError as error:
            raise Unfit(head, str(error)) from None
        return values

    def _named(self, values: Mapping[str, Any]) -> list[str]:
        """The property that says who it is, then others that tell people apart."""
        return [self.key, *[prop for prop in _OTHERS[self.key] if prop in values]]

    def _head(self, prop: str) -> str:
        return next(column.head for column in self.columns if column.prop == prop)


def sheet(
    heads: Sequence[str], asked: Iterable[str], key: str, known: Mapping[str, str]
) -> tuple[Sheet, list[str]]:
    """How a file with these heads is read, and the heads that are left out.

    `asked` are `HEAD=property` or `HEAD=property:kind`; `HEAD=` leaves a column out. `known` are
    properties that people have, by kind: a column called so is that property.

    Raises:
        BadInput: a head, a property or a kind makes no sense, or no column says who it is.
    """
    if len(heads) > MOST_COLUMNS:
        raise BadInput(f"at most {MOST_COLUMNS} columns are taken", field="heads")
    chosen: dict[int, tuple[str, str]] = {}
    for text in asked:
        at, what = _asked(text, heads, chosen)
        chosen[at] = what
    columns, left = [], []
    for at, head in enumerate(heads):
        prop, kind = chosen.get(at) or _guess(head, known)
        if prop == TAGS:
            kind = "list"
        if prop:
            columns.append(Column(at, head.strip(), prop, kind))
        else:
            left.append(head.strip())
    found = Sheet(len(heads), tuple(columns), key)
    _check(found, heads)
    return found, left


def _asked(text: str, heads: Sequence[str], chosen: Collection[int]) -> tuple[int, tuple[str, str]]:
    """The place of a column and what it is; of those with the same head the first that is free."""
    head, equals, rest = text.rpartition("=")
    if not equals:
        raise BadInput(f"{text!r} maps nothing", field="map", hint='Write "HEAD=property".')
    same = [at for at, each in enumerate(heads) if each.strip() == head.strip()]
    places = [at for at in same if at not in chosen] or same
    if not places:
        hint = nearest(head.strip(), [each.strip() for each in heads])
        raise BadInput(f"there is no column {head.strip()!r}", field="map", hint=hint)
    before, colon, after = (part.strip() for part in rest.rpartition(":"))
    prop, kind = (before, after) if colon else (after, "text")
    if kind not in READERS:
        known = ", ".join(READERS)
        raise BadInput(f"{kind!r} is no kind of value", field="map", hint=f"One of: {known}.")
    if prop in COMPUTED - {"user_id"} or len(prop.encode()) > LONGEST_NAME or prop.startswith("$"):
        raise BadInput(f"{prop!r} is no property that can be set", field="map")
    if prop in COLUMNS and kind != "text":
        raise BadInput(f"{prop} is always text", field="map", hint=f'Write "{head}={prop}".')
    return places[0], (prop, kind)


def _guess(head: str, known: Mapping[str, str]) -> tuple[str, str]:
    """The property that a column of this head is, and its kind; empty if it is none."""
    plain = _BETWEEN.sub("_", head.strip().casefold()).strip("_")
    if plain in _KNOWN_HEADS:
        return _KNOWN_HEADS[plain], "text"
    fit = known.keys() - COMPUTED
    prop = next((name for name in (head.strip(), plain) if name in fit and "=" not in name), "")
    return prop, known.get(prop, "text")


def _check(found: Sheet, heads: Sequence[str]) -> None:
    if found.key not in KEYS:
        raise BadInput(f"people are not told apart by {found.key!r}", field="key",
                       hint=f"One of: {', '.join(KEYS)}.")  # fmt: skip
    props = [column.prop for column in found.columns]
    twice = next((prop for prop in props if props.count(prop) > 1 and prop != "name"), "")
    if twice:
        which = ", ".join(repr(each.head) for each in found.columns if each.prop == twice)
        raise BadInput(f"several columns are {twice}: {which}", field="map",
                       hint=f'Leave one out: --map "{_of(found, twice)}=".')  # fmt: skip
    if found.key not in props:
        told = ", ".join(repr(head.strip()) for head in heads)
        raise BadInput(f"no column is the {found.key}, which says who it is", field="map",
                       hint=f'Map one, as in --map "HEAD={found.key}". Heads: {told}.')  # fmt: skip


def _of(found: Sheet, prop: str) -> str:
    return [column.head for column in found.columns if column.prop == prop][-1]


def _identity(prop: str, value: str) -> tuple[str, str]:
    if prop == "email":
        return "email", address_key(value)
    if prop == "phone":
        plus = "+" if value.startswith("+") else ""
        return "phone", plus + digits(value)
    return "user", value


def _plain(text: str) -> str:
    """Without the sign that keeps a spreadsheet from computing it."""
    return text[1:] if text[1:2] in FORMULA else text


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a zero byte")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT} characters")
    return text


def _email(text: str) -> str:
    found = clean_email(text)
    if found is None:
        raise ValueError("is not an email address")
    return found


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text) or len(digits(text)) not in _DIGITS:
        raise ValueError(f"is not a phone of {_DIGITS[0]} to {_DIGITS[-1]} digits")
    return text


def _user_id(text: str) -> str:
    if len(text) > LONGEST_ID:
        raise ValueError(f"is longer than {LONGEST_ID} characters")
    return _text(text)


def _number(text: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not a number as 12 or 12.5")
    value = float(text) if "." in text else int(text)
    if abs(value) > _NUMBER_BOUND:
        raise ValueError("is a number out of all bounds")
    return value


def _bool(text: str) -> bool:
    found = _TRUTH.get(text.casefold())
    if found is None:
        raise ValueError("is neither yes nor no")
    return found


def _date(text: str) -> str:
    dotted = _DOTTED.fullmatch(text)
    day = f"{dotted[3]}-{dotted[2]:0>2}-{dotted[1]:0>2}" if dotted else text
    try:
        date.fromisoformat(day[:10])
    except ValueError:
        day = ""
    if not _ISO.fullmatch(day):
        raise ValueError("is not a date as 2026-01-31 or 31.01.2026")
    return day


def _list(text: str) -> list[str]:
    parts = text.split(";" if ";" in text else ",")
    items = list(dict.fromkeys(filter(None, (part.strip() for part in parts))))
    if len(items) > LONGEST_LIST:
        raise ValueError(f"has more than {LONGEST_LIST} items")
    return [_text(item) for item in items]


READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "text": _text,
    "number": _number,
    "bool": _bool,
    "date": _date,
    "list": _list,
}
"""How a cell is read, by the kind of its column."""

_CONTACTS: Final[Mapping[str, Callable[[str], str]]] = {
    "email": _email,
    "phone": _phone,
    "user_id": _user_id,
}
