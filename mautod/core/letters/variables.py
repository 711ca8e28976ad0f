"""Which variables a letter prints as they are: nobody sees that one was empty but its reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_OUTPUT: Final = re.compile(r"\{\{-?\s*((?:person|event)\.\w+)\s*(\|[^}]*)?-?\}\}")
_TESTED: Final = re.compile(r"\{%-?\s*(?:if|elsif|unless|case)\b([^%]*)%\}")
_NAME: Final = re.compile(r"\b(?:person|event)\.\w+")


def bare(text: str) -> dict[str, int]:
    """Variables such as `person.city` that are printed without `default`, and that no condition
    asks about: name → the line of the first.
    """
    asked = {name for tag in _TESTED.finditer(text) for name in _NAME.findall(tag[1])}
    found: dict[str, int] = {}
    for output in _OUTPUT.finditer(text):
        if output[1] not in asked and "default" not in (output[2] or ""):
            found.setdefault(output[1], text.count("\n", 0, output.start()) + 1)
    return found


def is_empty(name: str, values: Mapping[str, Any]) -> bool:
    """Whether nothing is printed for a variable `bare` has found."""
    root, _, key = name.partition(".")
    value = values.get(root, {}).get(key)
    return value is None or (isinstance(value, str | list | dict) and not value)
