"""Who did something for the first time when, and who came back how much later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mautod.core.reports.spans import Stretch
from mautod.store.db import Tx
from mautod.store.rows import ahead_values, day_sql

# index event_name_ts_person, then the primary key of event_stat, which knows whose first it was
_FRESH: Final = """
WITH fresh AS (
  SELECT DISTINCT e.person_id AS person, e.ts AS ts FROM event e CROSS JOIN event_stat s
  WHERE e.name_id = (SELECT id FROM event_name WHERE name = :first)
  AND e.ts >= :since AND e.ts < :until
  AND s.person_id = e.person_id AND s.name_id = e.name_id AND s.first_ts = e.ts)"""
SIZES: Final = f"{_FRESH} SELECT {{day}}, count(*) FROM fresh f GROUP BY 1"
# then index event_person_name_ts
AGAIN: Final = f"""{_FRESH}
SELECT {{day}}, (a.ts - f.ts) / :span, count(DISTINCT f.person)
FROM fresh f CROSS JOIN event a
WHERE a.person_id = f.person AND a.name_id = (SELECT id FROM event_name WHERE name = :again)
AND a.ts > f.ts AND a.ts < f.ts + :reach GROUP BY 1, 2"""


def sizes(tx: Tx, first: str, period: tuple[int, int], spans: Sequence[Stretch]) -> dict[int, int]:
    """How many people did `first` for the first time in a period, by day."""
    values = {"first": first, "since": period[0], "until": period[1], **ahead_values(spans)}
    return dict(tx.execute(SIZES.format(day=day_sql("f.ts", spans)), values).fetchall())


def again(
    tx: Tx,
    events: tuple[str, str],
    period: tuple[int, int],
    spans: Sequence[Stretch],
    lengths: tuple[int, int],
) -> dict[tuple[int, int], int]:
    """How many of them did the second event later, by day and by how many lengths of time later.

    `lengths`: the length of one, and how far after the first anything counts.
    """
    values = {
        "first": events[0], "again": events[1], "since": period[0], "until": period[1],
        "span": lengths[0], "reach": lengths[1], **ahead_values(spans),
    }  # fmt: skip
    rows = tx.execute(AGAIN.format(day=day_sql("f.ts", spans)), values)
    return {(day, later): people for day, later, people in rows}
