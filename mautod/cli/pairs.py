"""NAME=VALUE on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mautod.errors import BadInput


def pairs(given: Iterable[str]) -> dict[str, Any]:
    """Values by name; a value that is JSON is taken as such, anything else as text.

    Raises:
        BadInput: one of them is no NAME=VALUE.
    """
    return dict(_pair(text) for text in given)


def _pair(text: str) -> tuple[str, Any]:
    import msgspec

    name, sign, value = text.partition("=")
    if not (name and sign):
        raise BadInput(f"{text!r} is no NAME=VALUE", field="prop", hint='Write "name=Oslo".')
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value
