"""What the desk says, in the language of the operator. English words are the keys of the others.

One language at a time holds for the process, as it does for its terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.russian import RUSSIAN

LANGUAGES: Final[Mapping[str, Mapping[str, str]]] = {"en": {}, "ru": RUSSIAN}

_held: dict[str, Mapping[str, str]] = {"table": LANGUAGES["en"]}


def use(language: str) -> None:
    """Speak `language` from now on: en, ru, or a locale like `ru_RU.UTF-8`; others are English."""
    _held["table"] = LANGUAGES.get(language.partition(".")[0].partition("_")[0].lower(), {})


def tr(text: str, /, **values: object) -> str:
    """`text` in the operator's language, with `{names}` in it filled in."""
    found = _held["table"].get(text, text)
    return found.format(**values) if values else found


def many(number: int, forms: str) -> str:
    """The form that goes with `number`, out of `one|more`: `many(2, "person|people")`."""
    found = _held["table"].get(forms)
    if found is None:
        one, more = forms.split("|")
        return one if number == 1 else more
    return found.split("|")[_slavic(number)]


def _slavic(number: int) -> int:
    """1, 21 → 0; 2 to 4, 22 → 1; 0, 5 to 20 → 2."""
    tens, ones = number % 100, number % 10
    if ones == 1 and tens != 11:  # noqa: PLR2004 - the rule of the language
        return 0
    return 1 if 2 <= ones <= 4 and not 12 <= tens <= 14 else 2  # noqa: PLR2004
