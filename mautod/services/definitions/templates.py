"""The templates and topics in force, parsed once and kept until something else is applied.

Letters that mautod writes of itself, to confirm a subscription for example, are there without a
file; a template of the same name in the workspace is sent in their place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Final

from mautod.core.files.popup_file import read
from mautod.core.sending.caps import Cap, parse_caps
from mautod.core.sending.topics import OUT
from mautod.core.templates import answer
from mautod.core.templates.attachment import filled
from mautod.core.templates.template import Template, choose, name_of, parse_template
from mautod.errors import DefinitionError
from mautod.services.definitions.found import templates_folder
from mautod.store import catalog
from mautod.store.db import Tx, from_json
from mautod.store.delivery import attachments

OWN: Final = "letters"
"""The folder of ready-made things with those letters."""
LETTERS: Final[Mapping[str, str]] = {
    "confirm": "confirm_url",
    "my-data": "data_url",
    "forget-me": "forget_url",
}
"""Which they are, and the link that each is for."""


class Templates:
    """All templates by key and language, and what holds of topics; follows what is applied.

    `caps`: of those topics that have any; `asks_yes`: those that nobody gets who did not say yes.
    """

    def __init__(self) -> None:
        self._version = -1
        self._variants: dict[str, dict[str, Template]] = {}
        self.caps: Mapping[str, Sequence[Cap]] = {}
        self.asks_yes: Collection[str] = ()

    def find(self, key: str, language: str) -> Template | None:
        """The variant of `key` for `language`, or the nearest there is; after `refresh`."""
        if key == answer.KEY:
            return answer.ANSWER
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
        self._variants = {**_ready_made(), **_popups(tx), **_load(tx)}
        bodies = {topic.key: from_json(topic.body) for topic in catalog.active(tx, "topic")}
        self.caps = {key: parse_caps(body["cap"]) for key, body in bodies.items() if "cap" in body}
        self.asks_yes = {key for key, body in bodies.items() if body.get("default") == OUT}
        self._version = version


@cache
def _ready_made() -> dict[str, dict[str, Template]]:
    """The letters that are there in every workspace."""
    variants: dict[str, dict[str, Template]] = {}
    for path in sorted((templates_folder() / OWN).glob("*.liquid")):
        key, language = name_of(path.name)
        template = parse_template(path.read_text(), f"{OWN}/{path.name}", key, language)
        variants.setdefault(key, {})[language] = template
    return variants


def _popups(tx: Tx) -> dict[str, dict[str, Template]]:
    """Pop-ups that chains send, which need no template beside their own file."""
    found = {}
    for definition in catalog.active(tx, "popup"):
        with suppress(DefinitionError):
            popup = read(definition.body, definition.file, definition.key)
            if popup.by_chain:
                template = Template(popup.key, "", definition.file, popup.name, "")
                found[popup.key] = {"": template}
    return found


def _load(tx: Tx) -> dict[str, dict[str, Template]]:
    """Every template that parses; what does not was let in by another version of mautod."""
    variants: dict[str, dict[str, Template]] = {}
    for definition in catalog.active(tx, "template"):
        key, language = name_of(definition.file)
        try:
            template = parse_template(definition.body, definition.file, key, language)
        except DefinitionError:
            continue
        variants.setdefault(key, {})[language] = _with_files(tx, template)
    return variants


def _with_files(tx: Tx, template: Template) -> Template:
    if not template.attachments:
        return template
    contents = attachments.find(tx, [each.hash for each in template.attachments])
    return replace(template, attachments=filled(template.attachments, contents))
