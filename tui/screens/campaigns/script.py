"""Whom to lead through a chain: the text of a person's file, to be changed and played. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from mautod import wire

EMAIL: Final = "anna@example.com"
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_END: Final = re.compile(r" when | where |, again | or ")
MOST_PROPS: Final = 30


def script_of(chain: wire.Chain, card: wire.Card | None = None) -> str:
    """The file of an invented person, or of the person of `card`, whom something lets in."""
    return "\n".join([*_clock(card), "[person]", *_person(card), "", *_trigger(chain), ""])


def _clock(card: wire.Card | None) -> Iterator[str]:
    if card is not None and card.person.timezone:
        yield f"zone = {_text(card.person.timezone)}"
        yield ""


def _person(card: wire.Card | None) -> Iterator[str]:
    if card is None:
        yield f"email = {_text(EMAIL)}"
        return
    who = card.person
    known: dict[str, Any] = {
        "email": who.email, "phone": who.phone, "name": who.name, "country": who.country,
        "language": who.language,
    }  # fmt: skip
    for key, value in [*known.items(), *list(card.props.items())[:MOST_PROPS]]:
        if value not in ("", None) and isinstance(value, str | int | float | bool):
            yield f"{_key(key)} = {_value(value)}"


def _trigger(chain: wire.Chain) -> Iterator[str]:
    """The event that lets people in; where it is something else, an operator starts the chain."""
    kind, _, rest = chain.enter.partition(" ")
    yield "[[event]]"
    yield 'at = "+1h"'
    if kind == "event" and rest:
        yield f"name = {_text(_END.split(rest, maxsplit=1)[0])}"
        yield "props = {}"
    else:
        yield f"start = {_text(chain.key)}"
    for step in chain.steps:
        if step.kind == "send" and step.template:
            yield from ("", "# [[reaction]]", f"# to = {_text(step.template)}")
            yield from ('# after = "10m"', "# open = true")
            return


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: str | float) -> str:
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    """A TOML string; JSON's are such, but for the one control character that it leaves bare."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
