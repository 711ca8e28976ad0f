"""The templates and topics in force, parsed once and kept until something else is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mautod.core.sending.caps import Cap, parse_caps
from mautod.core.templates.template import Template, choose, name_of, parse_template
from mautod.errors import DefinitionError
from mautod.store import catalog
from mautod.store.db import Tx, from_json


class Templates:
    """All templates by key and language, and the caps of topics; follows what is applied."""

    def __init__(self) -> None:
        self._version = -1
        self._variants: dict[str, dict[str, Template]] = {}
        self.caps: Mapping[str, Sequence[Cap]] = {}

    def find(self, key: str, language: str) -> Template | None:
        """The variant of `key` for `language`, or the nearest there is; after `refresh`."""
        return choose(self._variants.get(key, {}), language)

    def transactional(self) -> frozenset[str]:
        """The templates of which no variant is marketing; after `refresh`."""
        return frozenset(
            key
            for key, variants in self._variants.items()
            if not any(one.marketing for one in variants.values())
        )

    def refresh(self, tx: Tx) -> None:
        """Read the templates again if others were applied since."""
        version = catalog.version(tx)
        if version == self._version:
            return
        self._variants, self.caps = _load(tx), _caps(tx)
        self._version = version


def _caps(tx: Tx) -> dict[str, Sequence[Cap]]:
    """The caps of those topics that have any."""
    bodies = {topic.key: from_json(topic.body) for topic in catalog.active(tx, "topic")}
    return {key: parse_caps(body["cap"]) for key, body in bodies.items() if "cap" in body}


def _load(tx: Tx) -> dict[str, dict[str, Template]]:
    """Every template that parses; what does not was let in by another version of mautod."""
    variants: dict[str, dict[str, Template]] = {}
    for definition in catalog.active(tx, "template"):
        key, language = name_of(definition.file)
        try:
            template = parse_template(definition.body, definition.file, key, language)
        except DefinitionError:
            continue
        variants.setdefault(key, {})[language] = template
    return variants
