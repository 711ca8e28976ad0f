"""The words by which people are found: written with their cards, asked for by how they begin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, Final

from mautod.core.people import words as core
from mautod.core.people.person import Card
from mautod.core.people.words import Term
from mautod.store.db import Tx, to_json

OF: Final = frozenset({"name", "email", "phone", "user_id", "merged_into", "erased_at"})
"""What of a card its words come from."""

FEW: Final = 50_000
"""A beginning that so many words have is read whole; of a more common one many are found soon."""

MANY: Final = 300_000
"""As many are read whole of beginnings that hardly anybody has together, though many have each."""

STRETCH: Final = 20_000
"""Ids of people who are looked at one by one, the newest first, for beginnings that are common."""

PART: Final = 500
LAST: Final = "\U0010ffff"
"""What no word holds and every other sign stands before."""

_FIRST: Final = 2**62

# index word_person
_HELD: Final = """
SELECT w.person_id, w.word FROM json_each(?) k CROSS JOIN word w ON w.person_id = k.value"""
_FORGET: Final = "DELETE FROM word WHERE person_id IN (SELECT k.value FROM json_each(?) k)"
# primary key of word
_DROP: Final = "DELETE FROM word WHERE word = ? AND person_id = ?"
INSERT: Final = "INSERT INTO word (word, person_id) VALUES (?, ?)"
_COUNT: Final = "SELECT count(*) FROM (SELECT 1 FROM word WHERE word >= ? AND word < ? LIMIT ?) few"
_READ: Final = "SELECT person_id FROM word WHERE word >= ? AND word < ?"
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
    few, common = [], []
    for term in terms:
        found = _whole(tx, term, FEW)
        if found is None:
            common.append(term)
        else:
            few.append(found)
    if not few:
        return _newest(tx, common, upto, limit)
    ids = sorted((each for each in set.intersection(*few) if each < upto), reverse=True)
    return list(islice(_among(tx, ids, common), limit))


def _of(card: Card) -> list[str]:
    if card.merged_into is not None or card.erased_at is not None:
        return []
    return core.words(card.name, card.email, card.phone, card.user_id)


def _ids(cards: Iterable[Card]) -> str:
    return to_json([card.id for card in cards])


def _whole(tx: Tx, term: Term, most: int) -> set[int] | None:
    """Everybody with such a word, unless there are more words than `most`."""
    for beginning in term:
        (count,) = tx.execute(_COUNT, (*_range(beginning), most + 1)).fetchone()
        if count > most:
            return None
    return {row[0] for beginning in term for row in tx.execute(_READ, _range(beginning))}


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
    return [*found, *_beyond(tx, terms, floor, limit - len(found))]


def _beyond(tx: Tx, terms: Sequence[Term], floor: int, limit: int) -> list[int]:
    """As `find`, among the older people, of whom few or none have all these words."""
    if len(terms) > 1:
        every = [_whole(tx, term, MANY) for term in terms]
        sets = [some for some in every if some is not None]
        if len(sets) == len(every):
            both = set.intersection(*sets)
            return sorted((each for each in both if each < floor), reverse=True)[:limit]
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
