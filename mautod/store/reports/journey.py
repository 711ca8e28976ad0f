"""Stays in the segments that are stages, and messages, person by person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mautod.core.reports.journey import Stay
from mautod.store.db import Tx

# the table of segments is small
_STAGES: Final = """
SELECT stage, key, name FROM segment WHERE active = 1 AND stage IS NOT NULL ORDER BY stage, key"""
# Indexes stay_left, which has all that is asked, and member_since of those segments, sorted by
# person; who was absorbed or erased has none.
STAYS: Final = """
SELECT x.person_id, s.stage, x.entered_at, x.left_at
FROM segment s CROSS JOIN stay x INDEXED BY stay_left
WHERE s.active = 1 AND s.stage IS NOT NULL AND x.segment_id = s.id AND x.left_at >= 0
UNION ALL SELECT m.person_id, s.stage, m.since, NULL
FROM segment s CROSS JOIN member m
WHERE s.active = 1 AND s.stage IS NOT NULL AND m.segment_id = s.id AND m.since >= 0
ORDER BY 1, 3"""
# The whole ledger, sorted by person: reading it from end to end is five times faster than finding
# each row by index message_person.
SENT: Final = """
SELECT person_id, sending_at, chain_id FROM message NOT INDEXED
WHERE sending_at >= ? AND sending_at < ? AND state IN ('sent', 'delivered')
AND chain_id IS NOT NULL ORDER BY person_id"""


@dataclass(frozen=True, slots=True)
class Named:
    """A segment that is a stage."""

    stage: int
    key: str
    name: str


def stages(tx: Tx) -> list[Named]:
    """The segments that are stages, the lowest first."""
    return [Named(*row) for row in tx.execute(_STAGES)]


def stays(tx: Tx) -> Iterator[Stay]:
    """Every stay in such a segment, those of one person together, by id and by when it began."""
    rows: Iterator[Stay] = tx.execute(STAYS)
    return rows


def sent(tx: Tx, since: int, until: int) -> Iterator[tuple[int, int, int]]:
    """(person, when, chain) of the messages that left in a period, by person."""
    yield from tx.execute(SENT, (since, until))
