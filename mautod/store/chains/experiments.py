"""What runs drew at splits, what came of it, and which variants have won."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from mautod.core.chains.step import By
from mautod.core.sending.returns import CLICKED, OPENED
from mautod.store.db import Tx, from_json, to_json

# primary key (definition_id, step, run_id)
NOTE: Final = """
INSERT INTO draw (definition_id, step, run_id, variant, at, lot) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (definition_id, step, run_id) DO NOTHING"""
# primary key (definition_id, step)
WINNERS: Final = "SELECT step, variant FROM winner WHERE definition_id = ?"
DECIDED: Final = "SELECT step, variant, at, evidence FROM winner WHERE definition_id = ?"
DECIDE: Final = """
INSERT INTO winner (definition_id, step, variant, at, evidence) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (definition_id, step) DO NOTHING RETURNING 1"""

# Primary key of draw; then of run, UNIQUE (chain_id, person_id, key) for the person's other runs.
_JUDGED: Final = """
FROM draw d JOIN run r ON r.id = d.run_id
WHERE d.definition_id = :definition AND d.step = :step AND d.lot = 1 AND d.at <= :ripe
  AND r.holdout = 0
  AND NOT EXISTS (SELECT 1 FROM run o WHERE o.chain_id = r.chain_id
    AND o.person_id = r.person_id AND o.definition_id = r.definition_id AND o.id < r.id)"""
# UNIQUE (run_id, step, key) of message, UNIQUE (message_id, event_id) of conversion
_MINE: Final = "m.run_id = d.run_id AND m.queued_at >= d.at"
_CONVERTED: Final = f"""
SELECT {{what}} FROM message m CROSS JOIN conversion c
WHERE {_MINE} AND c.message_id = m.id AND c.at <= d.at + :after"""
_SUCCESS: Final[dict[By, str]] = {
    "goal": "(r.goal_at BETWEEN d.at AND d.at + :after OR EXISTS ("
    + _CONVERTED.format(what="1")
    + "))",
    "click": f"EXISTS (SELECT 1 FROM message m WHERE {_MINE}"
    f" AND m.marks & {CLICKED} <> 0 AND m.clicked_at <= d.at + :after)",
    "open": f"EXISTS (SELECT 1 FROM message m WHERE {_MINE}"
    f" AND m.marks & {OPENED} <> 0 AND m.opened_at <= d.at + :after)",
}
_RATES: Final = (
    "SELECT d.variant, count(*), sum(CASE WHEN {success} THEN 1 ELSE 0 END) "
    + _JUDGED
    + " GROUP BY d.variant"
)
MONEY: Final = (
    """
WITH spent AS (SELECT d.variant variant, (
"""
    + _CONVERTED.format(what="sum(c.value_e4)")
    + ") value "
    + _JUDGED
    + """)
SELECT variant, count(*), count(value), total(value / 10000.0),
  total((value / 10000.0) * (value / 10000.0)) FROM spent GROUP BY variant"""
)
CURRENCIES: Final = f"""
SELECT DISTINCT coalesce(c.currency, '')
FROM draw d CROSS JOIN message m CROSS JOIN conversion c
WHERE d.definition_id = :definition AND d.step = :step AND d.lot = 1 AND {_MINE}
  AND c.message_id = m.id AND c.value_e4 IS NOT NULL"""
# primary key of draw, then UNIQUE (run_id, step, key) of message
PEOPLE: Final = """
SELECT variant, count(*) FROM draw WHERE definition_id = ? AND step = ? GROUP BY variant"""
MAIL: Final = f"""
SELECT d.variant, count(CASE WHEN m.state IN ('sent', 'delivered') THEN 1 END),
  count(CASE WHEN m.marks & {OPENED} <> 0 THEN 1 END),
  count(CASE WHEN m.marks & {CLICKED} <> 0 THEN 1 END)
FROM draw d CROSS JOIN message m
WHERE d.definition_id = ? AND d.step = ? AND {_MINE} GROUP BY d.variant"""
EARNED: Final = f"""
SELECT d.variant, coalesce(c.currency, ''), count(*), sum(c.value_e4)
FROM draw d CROSS JOIN message m CROSS JOIN conversion c
WHERE d.definition_id = ? AND d.step = ? AND {_MINE} AND c.message_id = m.id
GROUP BY d.variant, c.currency ORDER BY 1, 2"""


def rates_sql(by: By) -> str:
    """The statement behind `tallies` for anything but money."""
    return _RATES.format(success=_SUCCESS[by])


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw of one run; `by_lot` unless the variant had won before."""

    definition_id: int
    step: str
    run_id: int
    variant: str
    by_lot: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Which split is asked about, and by what it is judged.

    Who drew until `ripe` is judged, by what happened within `after_ms` of the draw.
    """

    definition_id: int
    step: str
    by: By
    after_ms: int
    ripe: int


@dataclass(frozen=True, slots=True)
class Tally:
    """People with a variant, those with success, and their money with its squares."""

    people: int
    successes: int
    total: float = 0.0
    squares: float = 0.0


@dataclass(slots=True)
class Came:
    """Runs with a variant, and what became of their messages since."""

    people: int = 0
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    goals: int = 0
    money_e4: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """A variant that has won, since when and on what evidence."""

    variant: str
    at: int
    evidence: dict[str, Any]


def note(tx: Tx, draws: Iterable[Drawn], now: int) -> None:
    """Keep what runs drew, each step's once; inside `write`."""
    tx.executemany(
        NOTE, ((d.definition_id, d.step, d.run_id, d.variant, now, d.by_lot) for d in draws)
    )


def winners(tx: Tx, definition_id: int) -> dict[str, str]:
    """The variants that have won in this version, by step."""
    return dict(tx.execute(WINNERS, (definition_id,)).fetchall())


def decided(tx: Tx, definition_id: int) -> dict[str, Decided]:
    """The variants that have won in this version with all that is known, by step."""
    rows = tx.execute(DECIDED, (definition_id,))
    return {step: Decided(variant, at, from_json(text)) for step, variant, at, text in rows}


def decide(tx: Tx, question: Question, variant: str, evidence: object, now: int) -> bool:
    """Let a variant win, unless one has won already; whether it did. Inside `write`."""
    row = (question.definition_id, question.step, variant, now, to_json(evidence))
    return tx.execute(DECIDE, row).fetchone() is not None


def tallies(tx: Tx, question: Question) -> dict[str, Tally]:
    """What came of each variant: people who drew it long enough ago, each counted once.

    Their first run of this version counts, and what happened within the time after its draw.
    """
    if question.by == "money":
        return {name: Tally(*row) for name, *row in tx.execute(MONEY, _values(question))}
    found = tx.execute(rates_sql(question.by), _values(question))
    return {name: Tally(people, successes) for name, people, successes in found}


def currencies(tx: Tx, question: Question) -> list[str]:
    """The currencies in which a split has earned."""
    rows = tx.execute(CURRENCIES, {"definition": question.definition_id, "step": question.step})
    return sorted(currency for (currency,) in rows)


def came(tx: Tx, definition_id: int, step: str) -> dict[str, Came]:
    """What came of each variant that somebody has, whenever they drew it, winners' ways too."""
    place = (definition_id, step)
    found = {name: Came(people=count) for name, count in tx.execute(PEOPLE, place)}
    for name, *numbers in tx.execute(MAIL, place):
        found[name].sent, found[name].opened, found[name].clicked = numbers
    for name, currency, count, value in tx.execute(EARNED, place):
        found[name].goals += count
        if value is not None:
            found[name].money_e4[currency] = value
    return found


def _values(question: Question) -> dict[str, Any]:
    return {
        "definition": question.definition_id,
        "step": question.step,
        "after": question.after_ms,
        "ripe": question.ripe,
    }
