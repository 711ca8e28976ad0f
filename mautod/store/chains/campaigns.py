"""Chains in numbers: who walks them, what their messages came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mautod.core.reports.spans import Stretch
from mautod.core.sending.returns import (
    BOUNCED,
    CLICKED,
    COMPLAINED,
    DELIVERED,
    MACHINE_CLICKED,
    MACHINE_OPENED,
    OPENED,
    REPLIED,
    UNSUBSCRIBED,
)
from mautod.store.db import Tx
from mautod.store.rows import ahead_values, day_sql, marks

_OPENED: Final = OPENED | MACHINE_OPENED
_CLICKED: Final = CLICKED | MACHINE_CLICKED
LEFT_US: Final = frozenset({"sent", "delivered"})
"""States of a message that went out."""


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A row of `chain`: a chain, or by `kind` a broadcast."""

    id: int
    key: str
    name: str
    state: str
    definition_id: int
    version: int
    changed_at: int
    kind: str = "chain"


@dataclass(slots=True)
class Tally:
    """Messages of one chain or step, by what became of them.

    `opened` and `clicked` by anybody, `machine_opened` and `machine_clicked` by machines alone.
    `bounced`: refused at once because of the address, or come back for whatever reason.
    """

    states: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    opened: int = 0
    clicked: int = 0
    machine_opened: int = 0
    machine_clicked: int = 0
    unsubscribed: int = 0
    delivered: int = 0
    bounced: int = 0
    complained: int = 0
    replied: int = 0

    @property
    def sent(self) -> int:
        """How many left."""
        return self.count(*LEFT_US)

    def count(self, *states: str) -> int:
        """How many are in any of these states."""
        return sum(self.states.get(state, 0) for state in states)

    def add(self, other: Tally) -> None:
        """Count the messages of `other` too."""
        _add_all(self.states, other.states)
        _add_all(self.refused, other.refused)
        for name in _CAME:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def note(self, state: str, reason: str, marks: int, count: int) -> None:
        """Count so many messages of one kind."""
        _add_all(self.states, {state: count})
        if state == "refused":
            _add_all(self.refused, {reason: count})
        opened, clicked = marks & _OPENED, marks & _CLICKED
        self.opened += count if opened else 0
        self.clicked += count if clicked else 0
        self.machine_opened += count if opened == MACHINE_OPENED else 0
        self.machine_clicked += count if clicked == MACHINE_CLICKED else 0
        self.unsubscribed += count if marks & UNSUBSCRIBED else 0
        self._arrive(state, reason, marks, count)

    def _arrive(self, state: str, reason: str, marks: int, count: int) -> None:
        bounced = marks & BOUNCED or (state == "failed" and reason == "bounced")
        self.bounced += count if bounced else 0
        delivered = marks & DELIVERED or state == "delivered"
        self.delivered += count if delivered and not bounced else 0
        self.complained += count if marks & COMPLAINED else 0
        self.replied += count if marks & REPLIED else 0


_CAME: Final = (
    "opened", "clicked", "machine_opened", "machine_clicked", "unsubscribed",
    "delivered", "bounced", "complained", "replied",
)  # fmt: skip


def _add_all(totals: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        totals[name] = totals.get(name, 0) + count


CHAIN: Final = "c.id, c.key, c.name, c.state, c.definition_id, c.version, c.changed_at, c.kind"
_CHAIN: Final = f"SELECT {CHAIN} FROM chain c"
# primary key of chain
_TURN: Final = """
UPDATE chain SET state = :state, changed_at = :now,
  paused_at = CASE WHEN :state = 'paused' THEN :now END WHERE id = :id"""
_PAUSED_AT: Final = "SELECT paused_at FROM chain WHERE id = ?"


def chains(tx: Tx) -> list[ChainRow]:
    """Every chain that was ever applied, stopped ones last."""
    return [each for each in every(tx) if each.kind == "chain"]


def every(tx: Tx) -> list[ChainRow]:
    """Chains and broadcasts, stopped ones last."""
    found = tx.execute(f"{_CHAIN} ORDER BY c.state = 'stopped', c.key")
    return [ChainRow(*row) for row in found]


def chain(tx: Tx, key: str) -> ChainRow | None:
    """The chain or the broadcast called `key`."""
    row = tx.execute(f"{_CHAIN} WHERE c.key = ?", (key,)).fetchone()
    return ChainRow(*row) if row else None


def set_state(tx: Tx, chain_id: int, state: str, now: int) -> None:
    """Pause, resume or stop; inside `write`, with the definitions' version moved by the caller."""
    tx.execute(_TURN, {"id": chain_id, "state": state, "now": now})


def paused_at(tx: Tx, chain_id: int) -> int | None:
    """When a chain that is paused was paused."""
    at: int | None = tx.execute(_PAUSED_AT, (chain_id,)).fetchone()[0]
    return at


# index message_tally alone
TALLIES: Final = """
SELECT step, template, variant, state, COALESCE(reason, ''), marks, count(*)
FROM message WHERE chain_id = :chain AND queued_at >= :since AND queued_at < :until
GROUP BY step, state, reason, template, variant, marks"""
# index message_tally alone; {day} reads queued_at
DAILY: Final = """
SELECT {day}, state, marks, count(*)
FROM message WHERE chain_id = :chain AND queued_at >= :since AND queued_at < :until
AND state IN ('sent', 'delivered') GROUP BY 1, 2, 3"""

Place = tuple[str, str, str]
"""(step, template, variant)"""


def tallies(tx: Tx, chain_id: int, since: int, until: int) -> dict[Place, Tally]:
    """Messages of a chain that were queued in [since, until), by step, template and variant."""
    found: dict[Place, Tally] = {}
    period = {"chain": chain_id, "since": since, "until": until}
    for step, template, variant, state, reason, came, count in tx.execute(TALLIES, period):
        found.setdefault((step, template, variant), Tally()).note(state, reason, came, count)
    return found


def first(tx: Tx) -> int | None:
    """When the first message of all was queued, about."""
    row = tx.execute("SELECT queued_at FROM message WHERE id > 0 ORDER BY id LIMIT 1").fetchone()
    return int(row[0]) if row else None


def daily(
    tx: Tx, chain_id: int, since: int, until: int, spans: Sequence[Stretch]
) -> dict[int, Tally]:
    """Messages of a chain that left, by the day on which they were queued."""
    found: dict[int, Tally] = {}
    values = {"chain": chain_id, "since": since, "until": until, **ahead_values(spans)}
    sql = DAILY.format(day=day_sql("queued_at", spans))
    for day, state, came, count in tx.execute(sql, values):
        found.setdefault(day, Tally()).note(state, "", came, count)
    return found


# index run_chain_state (chain_id, state, step) alone
_HERE: Final = """
SELECT step, count(*) FROM run WHERE chain_id = ? AND state = 'active' GROUP BY step"""
_ENTERED: Final = "SELECT state, count(*) FROM run WHERE chain_id = ? GROUP BY state"
# index run_entered alone
ENTERED: Final = """
SELECT count(*) FROM run WHERE chain_id = ? AND entered_at >= ? AND entered_at < ?"""
# index run_chain_state, outcomes from the rows
_OUTCOMES: Final = """
SELECT COALESCE(outcome, ''), count(*) FROM run WHERE chain_id = ? AND state = 'done'
GROUP BY outcome ORDER BY 2 DESC, 1"""


def here(tx: Tx, chain_id: int) -> dict[str, int]:
    """How many runs stand at each step."""
    return dict(tx.execute(_HERE, (chain_id,)).fetchall())


def walked(tx: Tx, chain_id: int) -> tuple[int, int]:
    """How many runs there are under way, and ever."""
    counts = dict(tx.execute(_ENTERED, (chain_id,)).fetchall())
    return counts.get("active", 0), sum(counts.values())


def entered(tx: Tx, chain_id: int, since: int, until: int) -> int:
    """How many runs began in [since, until)."""
    return int(tx.execute(ENTERED, (chain_id, since, until)).fetchone()[0])


def outcomes(tx: Tx, chain_id: int) -> dict[str, int]:
    """How runs ended, the most frequent first."""
    return dict(tx.execute(_OUTCOMES, (chain_id,)).fetchall())


# primary key of run
_FOLLOWED: Final = "SELECT id, definition_id FROM run WHERE id IN ({marks})"


def followed(tx: Tx, run_ids: Sequence[int]) -> dict[int, int]:
    """Which version of its chain each run follows, as the id of a definition."""
    return dict(tx.execute(_FOLLOWED.format(marks=marks(run_ids)), list(run_ids)).fetchall())
