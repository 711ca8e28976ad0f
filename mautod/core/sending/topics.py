"""Topics: what people can unsubscribe from, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mautod.core.files.definition import Table, caps, expected, flag, label, one_of
from mautod.core.sending.caps import Cap
from mautod.core.sending.preferences import OFFERED

IN: Final = "in"
"""Everybody gets it until they say no."""
OUT: Final = "out"
"""Nobody gets it until they say yes."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; `names` by language, "" where the file gave one name for all; so `about`.

    `caps`: how many of its messages one person gets. `default`: what holds of somebody who said
    nothing, IN or OUT. With `double`, a yes counts when it was confirmed by a letter. With
    `frequency`, people may ask for fewer of its messages on their page.
    """

    key: str
    names: Mapping[str, str]
    caps: tuple[Cap, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    default: str = IN
    double: bool = False
    frequency: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """What is stored of it: what differs from a topic that says nothing."""
        said = {
            "cap": [str(cap) for cap in self.caps],
            "about": self.about,
            "default": "" if self.default == IN else self.default,
            "double": self.double,
            "frequency": list(self.frequency),
        }
        return {"name": self.names, **{key: value for key, value in said.items() if value}}

    def name(self, language: str) -> str:
        """What people read who speak `language`."""
        return _in(self.names, language) or next(iter(self.names.values()), self.key)

    def description(self, language: str) -> str:
        """What people read below its name; empty if nothing was written."""
        return _in(self.about, language) or next(iter(self.about.values()), "")


def read_topic(key: str, table: Table) -> Topic:
    """The topic that one table of `topics.toml` describes.

    Raises:
        DefinitionError: naming file, line, key and what was expected.
    """
    table.only("name", "about", "cap", "default", "double", "frequency")
    return Topic(
        key,
        table.need("name", _names),
        table.get("cap", caps, ()),
        table.get("about", _names, {}),
        table.get("default", one_of(IN, OUT), IN),
        table.get("double", flag, default=False),
        table.get("frequency", _frequencies, ()),
    )


def _in(texts: Mapping[str, str], language: str) -> str:
    wanted = (language, language.partition("-")[0], "", "en")
    return next((texts[tongue] for tongue in wanted if tongue in texts), "")


def _frequencies(value: Any) -> tuple[str, ...]:
    named = isinstance(value, list) and all(each in OFFERED for each in value)
    if not named:
        raise expected(f"a list of {', '.join(OFFERED)}", value)
    return tuple(each for each in OFFERED if each in value)


def _names(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        return {"": label(value)}
    if not isinstance(value, Mapping) or not value:
        raise expected('text, or one name per language like name.en = "Offers"', value)
    return {language: label(name) for language, name in value.items()}
