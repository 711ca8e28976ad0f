"""Static segments: made, filled and taken away at the desk.

A list is stored at once; the digest then asks who is in, so that entering and leaving are events,
as they are for any other segment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from mautod import wire
from mautod.core.chains.definition import parse_chain
from mautod.core.files.definition import KEY, KEY_HINT, label
from mautod.core.rules.checker import on_list
from mautod.core.segments import STATIC, Segment
from mautod.errors import BadInput, Conflict, DefinitionError, MautodError, NotFound, RuleError
from mautod.services.people import find as people
from mautod.store import catalog, inbox
from mautod.store.db import Tx
from mautod.store.people import cards
from mautod.store.segments import membership as segments
from mautod.store.segments import scores

MOST: Final = 1000
"""People in one change of a list; the rest comes with the next."""


def create(tx: Tx, ask: wire.CreateAsk, now: int) -> wire.Done:
    """Make a static segment with nobody on its list; inside `write`.

    Raises:
        BadInput: key or name are unfit.
        Conflict: there is a segment with this key.
    """
    if not KEY.fullmatch(ask.key):
        raise BadInput(f"{ask.key!r} is no fit key", field="key", hint=KEY_HINT)
    if segments.find(tx, ask.key) is not None:
        raise Conflict(f"there is a segment {ask.key!r} already", field="key")
    name = label(ask.name or ask.key)
    segments.put(tx, Segment(ask.key, name, kind=STATIC), now)
    catalog.bump(tx)
    return wire.Done(1, f"segment {ask.key} is made, with nobody on its list.")


def delete(tx: Tx, key: str, now: int) -> wire.Done:
    """Take a static segment away that was made at the desk; inside `write`.

    Raises:
        NotFound: there is no such segment.
        Conflict: it is in a file, or something asks it.
    """
    found = static(tx, key)
    if found.made_at is None:
        raise Conflict(
            f"segment {key!r} is in segments.toml", hint="Take it out there, then: mautod apply"
        )
    users = [*_segments_asking(tx, key), *_scores_asking(tx, key), *_chains_asking(tx, key)]
    if users:
        raise Conflict(f"segment {key!r} is asked by {', '.join(users)}")
    segments.deactivate(tx, key, now)
    catalog.bump(tx)
    return wire.Done(1, f"segment {key} is gone; {found.size} people were in it.")


def change(tx: Tx, key: str, ask: wire.ListAsk, now: int) -> wire.Listed:
    """Put people on the list of a static segment, and take people off; inside `write`.

    Who is not known, or known twice, is reported; the others are dealt with.

    Raises:
        NotFound: there is no such segment.
        Conflict: it is a living one.
        BadInput: too many at once, or `by` is nothing that people are known by.
    """
    found = static(tx, key)
    if len(ask.add) + len(ask.remove) > MOST:
        raise BadInput(f"at most {MOST} people at once", field="add")
    unknown: list[wire.Unlisted] = []
    on = _known(tx, enumerate(ask.add), ask.by, unknown)
    off = _known(tx, enumerate(ask.remove, len(ask.add)), ask.by, unknown)
    added = segments.enlist(tx, found.id, on, now)
    removed = segments.unlist(tx, found.id, off)
    inbox.facts(tx, now, [*added, *removed], on_list(key))
    asked = len(ask.add) + len(ask.remove) - len(unknown)
    return wire.Listed(len(added), len(removed), asked - len(added) - len(removed), unknown)


def static(tx: Tx, key: str) -> segments.Segment:
    """The static segment called `key`.

    Raises:
        NotFound: there is no such segment.
        Conflict: it is a living one.
    """
    found = segments.find(tx, key)
    if found is None:
        raise NotFound(
            f"there is no segment {key!r}", field="key", hint=f"Make it: segments create {key}"
        )
    if not found.is_static:
        raise Conflict(f"segment {key!r} has a rule; people enter it by that alone", field="key")
    return found


def _known(
    tx: Tx, named: Iterable[tuple[int, str]], by: str, unknown: list[wire.Unlisted]
) -> list[int]:
    """The ids of those who are meant; who cannot be told goes to `unknown`."""
    if by not in _BY:
        known = ", ".join(filter(None, _BY))
        raise BadInput(f"people are not known by {by!r}", field="by", hint=f"One of: {known}.")
    found = []
    for index, text in named:
        try:
            found.append(_living(tx, _BY[by](tx, text)))
        except MautodError as error:
            unknown.append(wire.Unlisted(index, text, error.message))
    return found


def _living(tx: Tx, person_id: int) -> int:
    if not cards.exists(tx, person_id):
        raise NotFound(f"person {person_id} was erased")
    return person_id


def _by_id(tx: Tx, text: str) -> int:
    found = people.asked_id(tx, text)
    if found is None:
        raise NotFound(f"there is no person {text.strip()!r}")
    return people.resolve(tx, text)


def _by_user_id(tx: Tx, text: str) -> int:
    return _only(text, cards.by_user_id(tx, text.strip()))


def _by_email(tx: Tx, text: str) -> int:
    return _only(text, cards.by_email(tx, text))


def _only(text: str, found: list[int]) -> int:
    if not found:
        raise NotFound(f"nobody is known as {text.strip()!r}")
    if len(found) > 1:
        raise Conflict(f"{text.strip()} belongs to several people: {', '.join(map(str, found))}")
    return found[0]


_BY: Final[Mapping[str, Callable[[Tx, str], int]]] = {
    "": people.resolve,
    "id": _by_id,
    "user_id": _by_user_id,
    "email": _by_email,
}


def _segments_asking(tx: Tx, key: str) -> Iterable[str]:
    for found in segments.list_segments(tx):
        try:
            asks = found.written.asks()
        except RuleError:
            continue
        if key in asks and found.key != key:
            yield f"segment {found.key}"


def _scores_asking(tx: Tx, key: str) -> Iterable[str]:
    for found in scores.list_scores(tx):
        try:
            needs = found.score().depends()
        except DefinitionError:
            continue
        if key in needs.segments:
            yield f"score {found.key}"


def _chains_asking(tx: Tx, key: str) -> Iterable[str]:
    for written in (*catalog.active(tx, "chain"), *catalog.active(tx, "broadcast")):
        refs = parse_chain(written.body, written.file, written.key).refs
        if any((ref.kind, ref.name) == ("segment", key) for ref in refs):
            yield f"{written.kind} {written.key}"
