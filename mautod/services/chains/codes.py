"""Promo codes given to people: one of a pool for each, in the transaction of the step that asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mautod import wire
from mautod.core.codes import LOW, made_by
from mautod.store import catalog
from mautod.store.chains import codes
from mautod.store.db import Tx, from_json
from mautod.store.delivery import consent

KIND: Final = "codes"
_TRIES: Final = 20
"""Two people draw the same code about never; who does draws again."""


def take(tx: Tx, pool: str, people: Iterable[int], now: int) -> dict[int, str]:
    """A code of the pool for each of these people, "" for whom none is left. Inside `write`.

    Who has one already gets that.
    """
    wanted = list(dict.fromkeys(people))
    found = codes.of_people(tx, pool, wanted)
    lacking = [person for person in wanted if person not in found]
    definition = catalog.find(tx, KIND, pool)
    if lacking and definition is not None:
        pattern = from_json(definition.body).get("pattern", "")
        found |= (
            _made(tx, pool, pattern, lacking, now) if pattern else _given(tx, pool, lacking, now)
        )
    return {person: found.get(person, "") for person in wanted}


def pools(tx: Tx) -> list[wire.CodePool]:
    """The pools in force, by key."""
    found = []
    for definition in catalog.active(tx, KIND):
        body, stock = from_json(definition.body), codes.stock(tx, definition.key)
        found.append(
            wire.CodePool(
                key=definition.key,
                name=body["name"],
                pattern=body.get("pattern", ""),
                file=body.get("list", ""),
                given=stock.given,
                left=None if "pattern" in body else stock.left,
                low=body.get("low", LOW),
            )
        )
    return found


def _given(tx: Tx, pool: str, people: list[int], now: int) -> dict[int, str]:
    free = codes.free(tx, pool, len(people))
    return {
        person: code
        for person, code in zip(people, free, strict=False)
        if codes.give(tx, pool, code, person, now)
    }


def _made(tx: Tx, pool: str, pattern: str, people: list[int], now: int) -> dict[int, str]:
    found, salt = {}, consent.salt(tx)
    for person in people:
        drawn = (made_by(pattern, salt, pool, person, number) for number in range(_TRIES))
        code = next((each for each in drawn if codes.make(tx, pool, each, person, now)), None)
        if code is not None:
            found[person] = code
    return found
