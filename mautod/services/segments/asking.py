"""Ask a rule about many at once; whoever's data make it fail is set aside and counts as no."""

from __future__ import annotations

from collections.abc import Callable, Collection

from mautod.store import state
from mautod.store.db import Tx
from mautod.store.rules.predicate import Predicate, RuleFailed, holds_for_runs, select_people
from mautod.store.state import Aside


def people_who(
    tx: Tx, predicate: Predicate, person_ids: Collection[int], now: int, chain: str
) -> set[int]:
    """Those of these people for whom a rule of `chain` holds. Inside `write`."""
    return _asked(
        tx, person_ids, now, chain, lambda ids: set(select_people(tx, predicate, ids, now))
    )


def runs_that(
    tx: Tx, predicate: Predicate, run_ids: Collection[int], now: int, chain: str
) -> set[int]:
    """Those of these runs for whose person a rule of `chain` holds. Inside `write`."""
    return _asked(tx, run_ids, now, chain, lambda ids: holds_for_runs(tx, predicate, ids, now))


def _asked(
    tx: Tx,
    ids: Collection[int],
    now: int,
    chain: str,
    ask: Callable[[Collection[int]], set[int]],
) -> set[int]:
    if not ids:
        return set()
    try:
        return ask(ids)
    except RuleFailed as error:
        if len(ids) == 1:
            alone = str(next(iter(ids)))
            state.set_aside(tx, now, [Aside("rule", str(error), "chain", chain, alone)])
            return set()
    ordered = sorted(ids)
    half = len(ordered) // 2
    return _asked(tx, ordered[:half], now, chain, ask) | _asked(tx, ordered[half:], now, chain, ask)
