"""Completion of a rule that is being written: the words that fit, and the names that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from mautod import wire
from mautod.channels import kinds
from mautod.core.rules.complete import Noun, Slot, quoted, slot
from mautod.core.rules.printer import show_path
from mautod.store import catalog, listing
from mautod.store.db import Tx
from mautod.store.reports import stats
from mautod.store.rules import names
from mautod.store.rules.names import known_names

Found = Iterator[tuple[str, str]]
"""(name, what is said beside it)"""

LONGEST_VALUE: Final = 80
_DEFINED: Final = {
    Noun.CHAIN: "chain",
    Noun.TEMPLATE: "template",
    Noun.TOPIC: "topic",
    Noun.SCORE: "score",
    Noun.RULE: "rule",
}
_BARE: Final = frozenset({Noun.PROPERTY, Noun.EVENT_PROPERTY, Noun.CHANNEL})
_TAGS: Final = "tags"


def complete(tx: Tx, ask: wire.CompleteAsk) -> wire.Candidates:
    """What may stand at the cursor: what begins as typed before the rest.

    Words stand before the many properties of people, and after all other names.
    """
    fits = slot(ask.rule, ask.cursor)
    words = (wire.Candidate(word, "word") for word in fits.words)
    people = fits.nouns & {Noun.PROPERTY}
    offered = [*_names(tx, fits, fits.nouns - people), *words, *_names(tx, fits, people)]
    typed = fits.typed.casefold()
    matching = [item for item in offered if typed in _plain(item)]
    matching.sort(key=lambda item: not _plain(item).startswith(typed))
    return wire.Candidates(fits.start, fits.end, matching[: ask.limit])


def _plain(item: wire.Candidate) -> str:
    return item.text.strip('"').casefold()


def _names(tx: Tx, fits: Slot, nouns: frozenset[Noun]) -> Iterator[wire.Candidate]:
    for noun in sorted(nouns, key=lambda noun: noun.value):
        for name, note in _of(tx, noun, fits):
            text = show_path((name,)) if noun in _BARE else quoted(name)
            yield wire.Candidate(text, noun.value, note)


def _of(tx: Tx, noun: Noun, fits: Slot) -> Found:
    if noun in _DEFINED:
        return _defined(tx, _DEFINED[noun])
    found = _SOURCES.get(noun)
    return found(tx, fits) if found else iter(())


def _events(tx: Tx, _: Slot) -> Found:
    for item in listing.event_names(tx):
        yield item.name, f"{item.count} times"


def _props(tx: Tx, _: Slot) -> Found:
    for name in sorted(known_names(tx, ()).props):
        yield name, ""


def _event_props(tx: Tx, fits: Slot) -> Found:
    known = known_names(tx, fits.events).event_props
    for name in sorted({name for props in known.values() for name in props}):
        yield name, ""


def _segments(tx: Tx, _: Slot) -> Found:
    for item in stats.segment_list(tx):
        yield item.key, f"{item.size} people"


def _stages(tx: Tx, _: Slot) -> Found:
    for item in stats.segment_list(tx):
        if item.stage is not None:
            yield item.key, f"stage {item.stage}"


def _tags(tx: Tx, _: Slot) -> Found:
    return _unnoted(names.person_texts(tx, _TAGS))


def _channels(_: Tx, __: Slot) -> Found:
    return ((name, "") for name in kinds())


def _values(tx: Tx, fits: Slot) -> Found:
    if fits.of is Noun.EVENT_PROPERTY:
        return _unnoted(names.event_texts(tx, fits.events, fits.prop))
    return _unnoted(names.person_texts(tx, fits.prop)) if fits.prop else iter(())


def _unnoted(texts: Iterable[str]) -> Found:
    return ((text, "") for text in texts if len(text) <= LONGEST_VALUE and text.isprintable())


def _defined(tx: Tx, kind: str) -> Found:
    """Keys of definitions in force; a template in several languages is one."""
    for key in dict.fromkeys(item.key.partition(".")[0] for item in catalog.active(tx, kind)):
        yield key, ""


_SOURCES: Final[Mapping[Noun, Callable[[Tx, Slot], Found]]] = {
    Noun.EVENT: _events,
    Noun.PROPERTY: _props,
    Noun.EVENT_PROPERTY: _event_props,
    Noun.SEGMENT: _segments,
    Noun.STAGE: _stages,
    Noun.TAG: _tags,
    Noun.CHANNEL: _channels,
    Noun.VALUE: _values,
}
