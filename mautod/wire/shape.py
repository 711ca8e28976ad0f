"""What all shapes share, and how failures and acts are answered."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Shape(msgspec.Struct, frozen=True):
    """Base of all shapes; decoding ignores keys that this version does not know."""


class Money(Shape, frozen=True):
    """An amount in one currency; amounts of different currencies are never added."""

    amount: Decimal
    currency: str


class Fault(Shape, frozen=True):
    """What went wrong: a stable code, words for a human, the input's field at fault.

    `hint` says what to do. For a rule that does not parse, `text` is the rule, `line` and `column`
    count from 1 within it.
    """

    code: str
    message: str
    field: str = ""
    hint: str = ""
    text: str = ""
    line: int = 0
    column: int = 0


class ErrorAnswer(Shape, frozen=True):
    """Body of every answer that is not 2xx."""

    error: Fault


class Done(Shape, frozen=True):
    """What an act changed: `changed` rows, 0 when it was so already; `text` says it to a human."""

    changed: int
    text: str
