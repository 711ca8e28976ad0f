"""A template from the files, filled for a person who is there or for the invented one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from mautod import channels
from mautod.channels.port import Channel, Net
from mautod.config import Settings
from mautod.core.chains.definition import parse_chain
from mautod.core.files.definition import nearest
from mautod.core.sending.links import TRIAL, Links
from mautod.core.sending.message import Draft
from mautod.core.templates.template import Template, choose
from mautod.errors import DefinitionError, NotFound
from mautod.services.definitions.letters import Letters, Source, read_letters
from mautod.services.delivery.compose import draft
from mautod.services.delivery.marks import utm_of
from mautod.services.letters import invented
from mautod.services.people.find import resolve
from mautod.store import catalog
from mautod.store.db import Tx, to_json
from mautod.store.delivery import readers
from mautod.store.delivery.messages import Dossier

EMAIL: Final = "email"


class BareLinks(Links):
    """Links whose clicks lead where the letter points and tell nobody: for letters to look at."""

    __slots__ = ()

    def click(self, message_id: int, url: str) -> str:  # noqa: ARG002 - nobody counts it
        return url


@dataclass(frozen=True, slots=True)
class Case:
    """One letter to be written: `template` in the language of whoever gets it."""

    template: Template
    draft: Draft


class Study:
    """The templates of one workspace, and what they are tried with; reads `tx`."""

    def __init__(self, settings: Settings, tx: Tx, now: int) -> None:
        self.settings = settings
        self.tx = tx
        self.now = now
        self.letters: Letters = read_letters(settings.workspace)
        self._variants = self.letters.variants

    def sources(self, key: str) -> list[Source]:
        """All variants of a template.

        Raises:
            DefinitionError: its file is wrong.
            NotFound: there is no such template.
        """
        if key not in self.letters.keys:
            hint = nearest(key, self.letters.keys) if self.letters.keys else "There is none yet."
            raise NotFound(f"there is no template {key!r}", field="template", hint=hint)
        found = [each for each in self.letters.found.values() if each.template.key == key]
        if not found:
            raise self.errors_of(key)[0]
        return found

    def errors_of(self, key: str) -> list[DefinitionError]:
        """What is wrong in the files of a template; where that is not known, all that is wrong."""
        return self.own_errors(key) or self.letters.errors

    def own_errors(self, key: str) -> list[DefinitionError]:
        """What is wrong in the files of a template alone."""
        errors = self.letters.errors
        return [e for e in errors if e.file.rpartition("/")[2].partition(".")[0] == key]

    def choose(self, key: str, language: str) -> Template:
        """The variant of a template for a language, among those whose files are right."""
        self.sources(key)
        found = choose(self._variants[key], language)
        assert found is not None, "a template has a variant"
        return found

    def person(self, text: str) -> int:
        """The person that is meant; 0 for the invented one.

        Raises:
            NotFound, Conflict: nobody, or several, are known by that.
        """
        return resolve(self.tx, text) if text.strip() else 0

    def case(self, key: str, person_id: int, language: str, number: int = 0) -> Case:
        """A letter to one person; `language` instead of the person's own, if it is given."""
        (case,) = self.cases(key, [person_id], language, number)
        return case

    def cases(
        self,
        key: str,
        ids: Collection[int],
        language: str = "",
        number: int = 0,
        *,
        lenient: bool = False,
    ) -> list[Case]:
        """Letters to these people, with the latest event of each that begins a chain with it.

        Where a variant is wrong it raises, or if `lenient` goes by the others.
        """
        self.sources(key)
        if not lenient and self.own_errors(key):
            raise self.own_errors(key)[0]
        starts = self.chains(key)
        names = {name for each in starts.values() for name in each}
        chain = next(iter(sorted(starts)), "")
        there = [person_id for person_id in ids if person_id]
        found = readers.dossiers(self.tx, key, there, TRIAL + number)
        found = [replace(d, event=readers.event(self.tx, d.person_id, names)) for d in found]
        if len(there) < len(ids):
            found.append(self._invented(key, number, language))
        return [self._case(replace(each, chain=chain), key, language) for each in found]

    def chains(self, key: str) -> dict[str, tuple[str, ...]]:
        """The chains in force that send a template, with the events that begin them."""
        found: dict[str, tuple[str, ...]] = {}
        for each in catalog.active(self.tx, "chain"):
            try:
                chain = parse_chain(each.body, each.file, each.key)
            except DefinitionError:
                continue
            if any(ref.kind == "template" and ref.name == key for ref in chain.refs):
                found[each.key] = tuple(chain.enter.events)
        return found

    def channel(self) -> Channel:
        """The email channel as it is configured, which renders; or one that only renders.

        Raises:
            ConfigError: it cannot work as it is configured.
        """
        config, place = self.settings.config, self.settings.config.workspace
        net = Net(
            folder=self.settings.folder,
            name=place.name,
            url=place.url,
            currency=place.currency,
            secret=self.settings.secrets.find,
            clock=lambda: self.now,
            utm=utm_of(config),
        )
        return channels.create(EMAIL, config.channels.get(EMAIL, {}), net)

    def links(self) -> Links:
        """Links of this installation."""
        return Links(self.settings.secrets.get("MAUTOD_SECRET"), self.settings.config.workspace.url)

    def bare_links(self) -> Links:
        """Links that lead on at once; the way out is a real one."""
        secret = self.settings.secrets.get("MAUTOD_SECRET")
        return BareLinks(secret, self.settings.config.workspace.url)

    def _case(self, found: Dossier, key: str, language: str) -> Case:
        default = self.settings.config.workspace.language
        template = self.choose(key, language or found.language or default)
        told = draft(self.tx, found, template, found.email or "", default)
        return Case(template, self._sampled(told, template))

    def _sampled(self, told: Draft, template: Template) -> Draft:
        """With a code as an example, since no run gave one."""
        url = self.settings.config.workspace.url
        products = told.recommended
        if template.recommends and not told.person_id:
            products = invented.recommended(url)
        return replace(told, code=invented.CODE, recommended=products)

    def _invented(self, key: str, number: int, language: str) -> Dossier:
        place = self.settings.config.workspace
        props = to_json(invented.person(place.url))
        row = (
            0,
            "ann@example.com",
            None,
            "Ann Miller",
            None,
            place.timezone,
            None,
            language,
            props,
        )
        made = readers.blank(TRIAL + number, key, row)
        return replace(made, event=invented.event(place.url))
