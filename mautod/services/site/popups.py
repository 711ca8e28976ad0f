"""Which pop-ups are for a visitor, in their language, and what makes each appear.

The browser says where it is; who the visitor is says the anonymous id, which nobody else knows, or
a user id with its proof. Rules are asked here and never leave the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from mautod.core.experiments import draw
from mautod.core.files.popup_file import read
from mautod.core.people.person import Card
from mautod.core.popup import ALWAYS, ONCE, Field, Popup, Step, Variant, Words, said
from mautod.core.templates.liquid import Filled, compile_html, compile_text
from mautod.core.times.windows import is_open
from mautod.errors import DefinitionError, MautodError
from mautod.store import catalog
from mautod.store.db import Tx
from mautod.store.people import identities
from mautod.store.people.shown import Shown, shown_to
from mautod.store.rules.predicate import Predicate, RuleFailed, compile_rule, select_people

MOST: Final = 20
"""Pop-ups told to one page."""
Values = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at which page; `user_id` only with its proof. `device` is desktop or mobile."""

    anonymous_id: str
    user_id: str = ""
    url: str = ""
    language: str = ""
    device: str = "desktop"


@dataclass(frozen=True, slots=True)
class _Ready:
    popup: Popup
    predicate: Predicate | None


class Popups:
    """The pop-ups in force, compiled once and kept until something else is applied."""

    def __init__(self, zone: str, language: str) -> None:
        self._zone = zone
        self._language = language
        self._version = -1
        self._ready: list[_Ready] = []

    def of(self, tx: Tx, visitor: Visitor, now: int) -> list[dict[str, Any]] | None:
        """The pop-ups for this visitor on this page; None if nobody is known by that id yet."""
        self._refresh(tx)
        card = _card(tx, visitor)
        if card is None:
            return None
        shown = shown_to(tx, card.id)
        chosen = (each for each in self._ready if self._fits(each.popup, visitor, card, shown, now))
        held = (each.popup for each in chosen if _holds(tx, each.predicate, card.id, now))
        return [self._told(popup, visitor, card) for popup in held][:MOST]

    def preview(self, popup: Popup, language: str, variant: str) -> dict[str, Any]:
        """A pop-up as a visitor of whom nothing is known is shown it, whoever it is for."""
        found = next((each for each in popup.variants if each.key == variant), popup.variants[0])
        return _shape(popup, found, (language, self._language), {})

    def of_chain(self, tx: Tx, key: str) -> Popup | None:
        """The file that says what the messages `key` of chains say, if there is one."""
        self._refresh(tx)
        found = (each.popup for each in self._ready if each.popup.by_chain)
        return next((popup for popup in found if popup.key == key), None)

    def shape(
        self, popup: Popup, languages: tuple[str, str], person: int, values: Values
    ) -> dict[str, Any]:
        """A pop-up as one person is shown it; its words are final where `values` is None."""
        return _shape(popup, _drawn(popup, person), languages, values)

    def _refresh(self, tx: Tx) -> None:
        version = catalog.version(tx)
        if version != self._version:
            self._ready = list(_load(tx, self._zone))
            self._version = version

    def _fits(self, popup: Popup, visitor: Visitor, card: Card, shown: Shown, now: int) -> bool:
        return (
            not popup.by_chain
            and popup.device in {"", visitor.device}
            and (popup.since is None or popup.since <= now)
            and (popup.until is None or now < popup.until)
            and on_page(popup.urls, visitor.url)
            and _again(popup, shown, now)
            and (popup.window is None or is_open(popup.window, card.timezone or self._zone, now))
        )

    def _told(self, popup: Popup, visitor: Visitor, card: Card) -> dict[str, Any]:
        language = card.language or visitor.language
        return _shape(popup, _drawn(popup, card.id), (language, self._language), _values(card))


def _drawn(popup: Popup, person: int) -> Variant:
    """The variant of this person, ever the same."""
    weights = {variant.key: variant.weight for variant in popup.variants}
    key = draw(weights, "popup", popup.key, person)
    return next(each for each in popup.variants if each.key == key)


def person_of(tx: Tx, visitor: Visitor) -> int | None:
    """The person who looks, if there is one."""
    card = _card(tx, visitor)
    return None if card is None else card.id


def on_page(globs: tuple[str, ...], url: str) -> bool:
    """Whether a page is meant: by any of the globs, and by none with a `!` before it.

    A glob with `://` is one of the whole address, others are of the path.
    """
    parts = urlsplit(url)
    wanted = [glob for glob in globs if not glob.startswith("!")]
    unwanted = [glob[1:] for glob in globs if glob.startswith("!")]

    def meant(glob: str) -> bool:
        return fnmatchcase(url if "://" in glob else parts.path, glob)

    return (not wanted or any(map(meant, wanted))) and not any(map(meant, unwanted))


def _load(tx: Tx, zone: str) -> Iterator[_Ready]:
    """Every pop-up that parses; what does not was let in by another version of mautod."""
    for definition in catalog.active(tx, "popup"):
        try:
            popup = read(definition.body, definition.file, definition.key)
        except DefinitionError:
            continue
        rule = popup.when
        yield _Ready(popup, None if rule is None else compile_rule(rule, zone=zone))


def _card(tx: Tx, visitor: Visitor) -> Card | None:
    keys = [("user", visitor.user_id), ("anonymous", visitor.anonymous_id)]
    found = identities.find_identities(tx, [key for key in keys if key[1]])
    person = next((found[key] for key in keys if key in found), None)
    card = None if person is None else identities.load(tx, [person]).get(person)
    return card if card is not None and card.erased_at is None else None


def _again(popup: Popup, shown: Shown, now: int) -> bool:
    if popup.again_ms == ALWAYS:
        return True
    if popup.key in shown.answered:
        return False
    seen = shown.seen.get(popup.key)
    return seen is None or (popup.again_ms != ONCE and seen + popup.again_ms <= now)


def _holds(tx: Tx, predicate: Predicate | None, person: int, now: int) -> bool:
    try:
        return predicate is None or bool(select_people(tx, predicate, [person], now))
    except RuleFailed:
        return False


def _values(card: Card) -> dict[str, Any]:
    person = {**card.props, "name": card.name, "language": card.language, "country": card.country}
    return {"person": person}


def _shape(
    popup: Popup, variant: Variant, languages: tuple[str, str], values: Values
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": popup.key,
        "kind": popup.kind,
        "variant": variant.key,
        "show": dict(popup.show),
        "place": popup.place,
        "again": popup.again_ms,
        "language": languages[0] or languages[1],
        "done": _words(popup.done, languages, values),
        "steps": [_step(step, languages, values) for step in variant.steps],
    }
    return told


def _step(step: Step, languages: tuple[str, str], values: Values) -> dict[str, Any]:
    return {
        "title": _words(step.title, languages, values),
        "text": _words(step.text, languages, values),
        "html": _filled(compile_html, step.html, values) if step.html else "",
        "image": step.image,
        "button": _words(step.button, languages, values),
        "link": step.link,
        "fields": [_field(each, languages) for each in step.fields],
    }


def _field(field: Field, languages: tuple[str, str]) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "label": said(field.label, *languages),
        "required": field.required,
        "save": field.save,
        "topic": field.topic,
        "options": [said(option, *languages) for option in field.options],
        "values": [said(option, languages[1]) for option in field.options],
    }


def _words(written: Words, languages: tuple[str, str], values: Values) -> str:
    return _filled(compile_text, said(written, *languages), values) if written else ""


def _filled(compile_: Any, text: str, values: Values) -> str:
    if values is None or "{" not in text:
        return text
    try:
        return _compiled(compile_, text).render(values)
    except MautodError:
        return text if compile_ is compile_text else ""


@lru_cache(maxsize=1024)
def _compiled(compile_: Any, text: str) -> Filled:
    filled: Filled = compile_(text, file="popups")
    return filled
