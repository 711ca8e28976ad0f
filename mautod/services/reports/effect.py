"""What a chain did: those who got its messages against those held out, as their runs began."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from mautod import wire
from mautod.core.goals import E4, GoalSpec, worth
from mautod.core.reports.uplift import Interval, Sums, is_enough, of_means, of_rates
from mautod.store import rows
from mautod.store.chains import arms
from mautod.store.db import Tx


@dataclass(slots=True)
class _Arm:
    """Runs that reached the goal, and the money of each by currency, in 1/10 000."""

    reached: set[int] = field(default_factory=set)
    money: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def sums(self, currency: str, people: int) -> Sums:
        """Those who have no money count as well."""
        amounts = self.money[currency].values()
        return Sums(people, float(sum(amounts)), float(sum(each * each for each in amounts)))


def effect(
    tx: Tx, goal: GoalSpec, period: tuple[int, int], currency: str, zone: str
) -> wire.Effect | None:
    """What the chain of `goal` did to the runs that began in a period; None if nobody is held out.

    Refunds are not looked at: an order that was given back was reached all the same.
    """
    people, held = arms.arms(tx, goal.chain_id, *period)
    if not held:
        return None
    treated, control = _arms(tx, goal, period, currency, zone)
    enough = is_enough(people, held)
    counts = len(treated.reached), people, len(control.reached), held
    codes = sorted({*treated.money, *control.money})
    return wire.Effect(
        people=people,
        held=held,
        reached=len(treated.reached),
        held_reached=len(control.reached),
        rate=_uplift(of_rates(*counts)) if enough else None,
        money=[
            _money(code, treated.sums(code, people), control.sums(code, held), enough=enough)
            for code in codes
        ],
    )


def _arms(
    tx: Tx, goal: GoalSpec, period: tuple[int, int], currency: str, zone: str
) -> tuple[_Arm, _Arm]:
    treated, control = _Arm(), _Arm()
    for deed in arms.deeds(tx, goal.chain_id, goal.event, goal.within_ms, period):
        if not goal.is_reached_by(goal.event, deed.props, zone):
            continue
        arm = control if deed.held else treated
        arm.reached.add(deed.run)
        money = worth(goal, deed.props, currency)
        if money is not None:
            of = arm.money[money.currency]
            of[deed.run] = of.get(deed.run, 0) + money.value_e4
    return treated, control


def _money(currency: str, treated: Sums, held: Sums, *, enough: bool) -> wire.MoneyUplift:
    found = of_means(treated, held) if enough else None
    return wire.MoneyUplift(
        mean=rows.money(round(treated.mean), currency),
        held_mean=rows.money(round(held.mean), currency),
        difference=_uplift(found, E4) if found else None,
        total=rows.money(round(found.difference * treated.people), currency) if found else None,
    )


def _uplift(found: Interval, unit: int = 1) -> wire.Uplift:
    return wire.Uplift(found.difference / unit, found.low / unit, found.high / unit)
