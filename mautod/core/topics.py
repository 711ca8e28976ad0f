"""Topics: what people can unsubscribe from, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mautod.core.definition import Table, expected, label


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; `names` by language, "" where the file gave one name for all."""

    key: str
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        """What people read who speak `language`."""
        wanted = (language, language.partition("-")[0], "", "en")
        found = next((self.names[tongue] for tongue in wanted if tongue in self.names), None)
        return found or next(iter(self.names.values()), self.key)


def read_topic(key: str, table: Table) -> Topic:
    """The topic that one table of `topics.toml` describes.

    Raises:
        DefinitionError: naming file, line, key and what was expected.
    """
    table.only("name")
    return Topic(key, table.need("name", _names))


def _names(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        return {"": label(value)}
    if not isinstance(value, Mapping) or not value:
        raise expected('text, or one name per language like name.en = "Offers"', value)
    return {language: label(name) for language, name in value.items()}
