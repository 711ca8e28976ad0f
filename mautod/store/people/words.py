"""The words by which people are found: written with their cards, asked for by how they begin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, Final

import msgspec

from mautod.core.people import words as core
from mautod.core.people.person import Card
from mautod.core.people.words import Term
from mautod.store.db import Tx, to_json

OF: Final = frozenset({"name", "email", "phone", "user_id", "merged_into", "erased_at"})
"""What of a card its words come from."""

FEW: Final = 50_000
"""Of a beginning that more words have, the newest people are looked at first: many have it."""

MANY: Final = 2_000_000
"""Of so many people the ids are held in memory; of more, people are asked one by one."""

STRETCH: Final = 5_000
"""Ids of people who are looked at one by one, the newest first, for beginnings that are common."""

DEAR: Final = 16
"""To ask a person for their words costs as much as to read the ids of so many words."""

PART: Final = 500
LAST: Final = "\U0010ffff"
"""What no word holds and every other sign stands before."""

_FIRST: Final = 2**62
_IDS: Final = msgspec.json.Decoder(list[int])

# index word_person
_HELD: Final = """
SELECT w.person_id, w.word FROM json_each(?) k CROSS JOIN word w ON w.person_id = k.value"""
_FORGET: Final = "DELETE FROM word WHERE person_id IN (SELECT k.value FROM json_each(?) k)"
# primary key of word
_DROP: Final = "DELETE FROM word WHERE word = ? AND person_id = ?"
INSERT: Final = "INSERT INTO word (word, person_id) VALUES (?, ?)"
_COUNT: Final = "SELECT count(*) FROM (SELECT 1 FROM word WHERE word >= ? AND word < ? LIMIT ?) few"
_READ: Final = "SELECT json_group_array(person_id) FROM word WHERE word >= ? AND word < ?"
# index word_person, the beginning as a range
_HAS: Final = "EXISTS (SELECT 1 FROM word w WHERE w.person_id = {person} AND ({ranges}))"
_RANGE: Final = "w.word >= ? AND w.word < ?"
_AMONG: Final = "SELECT k.value FROM json_each(?) k WHERE {has} ORDER BY k.value DESC"
# primary key of person, downwards
_WALK: Final = """
SELECT p.id FROM person p WHERE p.id < ? AND p.id >= ?
AND p.merged_into IS NULL AND p.erased_at IS NULL AND {has} ORDER BY p.id DESC LIMIT ?"""
# primary key of word
_BEYOND: Final = """
SELECT DISTINCT b.person_id FROM word b
WHERE b.word >= ? AND b.word < ? AND b.person_id < ?{has} ORDER BY b.person_id DESC LIMIT ?"""
# everybody once, when the table is made; in the order in which it is kept
FILL: Final = """
INSERT INTO word (word, person_id)
SELECT w.value, p.id FROM person p, json_each(words(p.name, p.email, p.phone, p.user_id)) w
WHERE p.merged_into IS NULL AND p.erased_at IS NULL ORDER BY 1, 2"""


def save(tx: Tx, fresh: Iterable[Card], changed: Sequence[Card]) -> None:
    """Make words those of new cards, and of cards of which `OF` changed; inside `write`."""
    more = [(word, card.id) for card in fresh for word in _of(card)]
    less: list[tuple[str, int]] = []
    if changed:
        held = {(word, person) for person, word in tx.execute(_HELD, (_ids(changed),))}
        wanted = {(word, card.id) for card in changed for word in _of(card)}
        less = sorted(held - wanted)
        more += wanted - held
    if less:
        tx.executemany(_DROP, less)
    if more:
        # In the order of the table, so that each of its pages is written once.
        more.sort(key=itemgetter(0))
        tx.executemany(INSERT, more)


def forget(tx: Tx, people: Collection[int]) -> None:
    """Let nobody find these people; inside `write`."""
    tx.execute(_FORGET, (to_json(list(people)),))


def find(tx: Tx, terms: Sequence[Term], before: int | None, limit: int) -> list[int]:
    """Ids of those who have a word for every term, the newest first, from below `before`."""
    upto = before or _FIRST
    counted = sorted((_count(tx, term, FEW), term) for term in terms)
    ordered = [term for _, term in counted]
    if counted[0][0] > FEW:
        return _newest(tx, ordered, upto, limit)
    ids = _below(upto, set(_read(tx, ordered[0])))
    found = list(islice(_among(tx, ids[:STRETCH], ordered[1:]), limit))
    if len(found) == limit:
        return found
    return [*found, *_both(tx, set(ids[STRETCH:]), ordered[1:], upto, limit - len(found))]


def _of(card: Card) -> list[str]:
    if card.merged_into is not None or card.erased_at is not None:
        return []
    return core.words(card.name, card.email, card.phone, card.user_id)


def _ids(cards: Iterable[Card]) -> str:
    return to_json([card.id for card in cards])


def _count(tx: Tx, term: Term, most: int) -> int:
    """How many words there are for a term, counted up to one more than `most`."""
    counts = (
        tx.execute(_COUNT, (*_range(beginning), most + 1)).fetchone()[0] for beginning in term
    )
    return int(sum(counts))


def _read(tx: Tx, term: Term) -> list[int]:
    """Ids of everybody with a word for a term, some of them twice.

    They come as one text: to make a row of each costs as much again as to find it.
    """
    return [
        person
        for beginning in term
        for person in _IDS.decode(tx.execute(_READ, _range(beginning)).fetchone()[0])
    ]


def _below(upto: int, ids: Iterable[int]) -> list[int]:
    """Those before `upto`, the newest first."""
    return sorted((each for each in ids if each < upto), reverse=True)


def _both(tx: Tx, ids: set[int], terms: Sequence[Term], upto: int, limit: int) -> list[int]:
    """Those of `ids` below `upto` who have a word for every term as well, the newest first."""
    left = []
    for term in terms:
        most = len(ids) * DEAR
        if _count(tx, term, most) > most:
            left.append(term)
        else:
            ids.intersection_update(_read(tx, term))
    return list(islice(_among(tx, _below(upto, ids), left), limit))


def _among(tx: Tx, ids: Sequence[int], terms: Sequence[Term]) -> Iterator[int]:
    """Those of `ids`, in order, who have a word for every term."""
    if not terms:
        yield from ids
        return
    sql = _AMONG.format(has=_has("k.value", terms))
    for at in range(0, len(ids), PART):
        for row in tx.execute(sql, (to_json(ids[at : at + PART]), *_bound(terms))).fetchall():
            yield row[0]


def _newest(tx: Tx, terms: Sequence[Term], upto: int, limit: int) -> list[int]:
    """As `find`, where every term is common: the newest people first have most of them."""
    last = tx.execute("SELECT coalesce(max(id), 0) + 1 FROM person").fetchone()[0]
    start = min(upto, last)
    floor = max(start - STRETCH, 0)
    bound = _bound(terms)
    walk = _WALK.format(has=_has("p.id", terms))
    found = [row[0] for row in tx.execute(walk, (start, floor, *bound, limit))]
    if len(found) == limit or floor == 0:
        return found
    rest = limit - len(found)
    if last > MANY:
        return [*found, *_beyond(tx, terms, floor, rest)]
    return [*found, *_both(tx, set(_read(tx, terms[0])), terms[1:], floor, rest)]


def _beyond(tx: Tx, terms: Sequence[Term], floor: int, limit: int) -> list[int]:
    """As `find`, among more people than memory should hold."""
    (first, *others), rest = terms, set[int]()
    has = f" AND {_has('b.person_id', others)}" if others else ""
    for beginning in first:
        values = (*_range(beginning), floor, *_bound(others), limit)
        rest.update(row[0] for row in tx.execute(_BEYOND.format(has=has), values))
    return sorted(rest, reverse=True)[:limit]


def _has(person: str, terms: Iterable[Term]) -> str:
    return " AND ".join(
        _HAS.format(person=person, ranges=" OR ".join([_RANGE] * len(term))) for term in terms
    )


def _bound(terms: Iterable[Term]) -> list[Any]:
    return [end for term in terms for beginning in term for end in _range(beginning)]


def _range(beginning: str) -> tuple[str, str]:
    return beginning, beginning + LAST
