"""Topics: what people can unsubscribe from, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mautod.core.files.definition import Table, caps, expected, label
from mautod.core.sending.caps import Cap


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; `names` by language, "" where the file gave one name for all.

    `caps`: how many of its messages one person gets.
    """

    key: str
    names: Mapping[str, str]
    caps: tuple[Cap, ...] = ()

    def body(self) -> dict[str, Any]:
        """What is stored of it."""
        body: dict[str, Any] = {"name": self.names}
        return {**body, "cap": [str(cap) for cap in self.caps]} if self.caps else body

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
    table.only("name", "cap")
    return Topic(key, table.need("name", _names), table.get("cap", caps, ()))


def _names(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        return {"": label(value)}
    if not isinstance(value, Mapping) or not value:
        raise expected('text, or one name per language like name.en = "Offers"', value)
    return {language: label(name) for language, name in value.items()}
