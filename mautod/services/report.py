"""What chains reached and earned."""

from __future__ import annotations

from dataclasses import dataclass

from mautod import wire
from mautod.errors import NotFound
from mautod.store import campaigns, stats
from mautod.store.campaigns import ChainRow, Tally
from mautod.store.db import Tx
from mautod.store.stats import EVER, Goals


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until), open where None; `now` is when it is asked about."""

    since: int | None
    until: int | None
    now: int


def goals(tx: Tx, chain: str, period: Period) -> wire.GoalReport:
    """Conversions credited, and messages queued, in a period, by chain and step.

    Raises:
        NotFound: there is no such chain.
    """
    start = EVER[0] if period.since is None else period.since
    end = EVER[1] if period.until is None else period.until
    chosen = _chosen(tx, chain)
    credited = stats.goals(tx, start, end)
    rows = [
        _row(of, step, template, tally, credited.get((of.id, step, template), Goals()))
        for of in chosen
        for (step, template), tally in _tallies(tx, of, start, end, credited)
    ]
    whole = stats.together(
        part for (chain_id, _, _), part in credited.items() if chain_id in {c.id for c in chosen}
    )
    until = period.now if period.until is None else period.until
    return wire.GoalReport(period.since, until, rows, whole.count, whole.money())


def _chosen(tx: Tx, chain: str) -> list[ChainRow]:
    if not chain:
        return campaigns.every(tx)
    found = campaigns.chain(tx, chain)
    if found is None:
        raise NotFound(f"there is no chain {chain!r}", field="chain")
    return [found]


def _tallies(
    tx: Tx, chain: ChainRow, since: int, until: int, credited: dict[stats.Place, Goals]
) -> list[tuple[tuple[str, str], Tally]]:
    """Every step and template that sent or was credited in the period."""
    found = campaigns.tallies(tx, chain.id, since, until)
    for chain_id, step, template in credited:
        if chain_id == chain.id:
            found.setdefault((step, template), Tally())
    return sorted(found.items())


def _row(chain: ChainRow, step: str, template: str, tally: Tally, credited: Goals) -> wire.GoalRow:
    return wire.GoalRow(
        chain=chain.key,
        chain_name=chain.name,
        step=step,
        template=template,
        sent=tally.sent,
        opened=tally.opened,
        clicked=tally.clicked,
        goals=credited.count,
        people=credited.people,
        money=credited.money(),
    )
