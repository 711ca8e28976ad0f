"""Runs by whether they were held out, and what their people did in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mautod.store.db import Tx, from_json

# index run_entered alone
ARMS: Final = """
SELECT holdout <> 0, count(*) FROM run
WHERE chain_id = ? AND entered_at >= ? AND entered_at < ? GROUP BY 1"""
# index event_name_ts_person, then that of UNIQUE (chain_id, person_id, key): the plus keeps it from
# another that would read the runs of the whole period for every event
REACHED: Final = """
SELECT r.id, r.holdout <> 0, e.props
FROM event e CROSS JOIN run r
WHERE e.name_id = (SELECT id FROM event_name WHERE name = :event)
AND e.ts >= :since AND e.ts <= :until + :within
AND r.chain_id = :chain AND r.person_id = e.person_id
AND +r.entered_at >= :since AND +r.entered_at < :until
AND +r.entered_at <= e.ts AND +r.entered_at >= e.ts - :within
AND (e.ts > r.entered_at OR e.id > coalesce(r.entry_event, 0))"""


@dataclass(frozen=True, slots=True)
class Deed:
    """An event of somebody on a run, within the time that counts."""

    run: int
    held: bool
    props: Mapping[str, Any]


def arms(tx: Tx, chain_id: int, since: int, until: int) -> tuple[int, int]:
    """How many runs began in [since, until): those that get messages, those held out."""
    found = dict(tx.execute(ARMS, (chain_id, since, until)).fetchall())
    return found.get(0, 0), found.get(1, 0)


def deeds(
    tx: Tx, chain_id: int, event: str, within_ms: int, period: tuple[int, int]
) -> Iterator[Deed]:
    """Events called `event` within so long after the entry of runs that began in the period."""
    since, until = period
    values = {"chain": chain_id, "event": event, "within": within_ms}
    for run, held, props in tx.execute(REACHED, {**values, "since": since, "until": until}):
        yield Deed(run, bool(held), from_json(props))
