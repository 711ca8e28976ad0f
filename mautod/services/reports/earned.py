"""What chains reached and earned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, get_args

from mautod import wire
from mautod.core.goals import Attribution, GoalSpec
from mautod.core.reports.spans import By, Stretch, begins, date_of, first_day, stretches
from mautod.errors import BadInput, NotFound
from mautod.services.chains.outline import goal_spec, outline
from mautod.services.reports.effect import effect
from mautod.services.reports.reattribute import Ledger, reattribute
from mautod.store import catalog, rows
from mautod.store.chains import campaigns
from mautod.store.chains.campaigns import ChainRow, Tally
from mautod.store.db import Tx
from mautod.store.reports import stats
from mautod.store.reports.stats import EVER, Goals

_CENT: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until), open where None; `now` is when it is asked about."""

    since: int | None
    until: int | None
    now: int

    @property
    def bounds(self) -> tuple[int, int]:
        """First instant and the one after the last."""
        start = EVER[0] if self.since is None else self.since
        return start, EVER[1] if self.until is None else self.until


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be reported: of one chain or of all, over time or not, shared as ever or so.

    `currency` is for amounts that come without one, `zone` for dates.
    """

    chain: str = ""
    by: str = ""
    attribution: str = ""
    currency: str = ""
    zone: str = "UTC"


def goals(tx: Tx, asked: Asked, period: Period) -> wire.GoalReport:
    """What was credited, and what came of messages queued, in a period, by chain and step.

    Raises:
        NotFound: there is no such chain.
        BadInput: `by` or `attribution` is none.
    """
    by = _one_of("by", asked.by, get_args(By))
    attribution = _one_of("attribution", asked.attribution, get_args(Attribution))
    return _Report(tx, asked, period, by, attribution).made()


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value and value not in known:
        raise BadInput(f"{value!r} is no {name}", field=name, hint=f"One of: {', '.join(known)}.")
    return value


class _Report:
    """One report under way."""

    def __init__(
        self, tx: Tx, asked: Asked, period: Period, by: By | str, attribution: Attribution | str
    ) -> None:
        self._tx = tx
        self._asked = asked
        self._period = period
        self._by = next((each for each in get_args(By) if each == by), None)
        self._attribution = next(
            (each for each in get_args(Attribution) if each == attribution), None
        )
        self._chosen = self._choose()
        self._specs = {row.id: spec for row in campaigns.every(tx) if (spec := self._spec(row))}

    def made(self) -> wire.GoalReport:
        start, end = self._period.bounds
        ledger = self._ledger(start, end)
        mine = {row.id for row in self._chosen}
        credited = ledger.places() if ledger else stats.goals(self._tx, start, end)
        chains = [self._chain(row, credited, ledger) for row in self._chosen]
        whole = stats.together(part for place, part in credited.items() if place[0] in mine)
        return wire.GoalReport(
            since=self._period.since,
            until=self._period.now if self._period.until is None else self._period.until,
            rows=[row for _, found in chains for row in found],
            goals=whole.count,
            money=whole.money(),
            chains=[chain for chain, _ in chains],
            by=self._by or "",
            spans=self._spans(self._by, ledger) if self._by else [],
            attribution=self._attribution or "",
        )

    def _choose(self) -> list[ChainRow]:
        key = self._asked.chain
        if not key:
            return campaigns.every(self._tx)
        found = campaigns.chain(self._tx, key)
        if found is None:
            raise NotFound(f"there is no chain {key!r}", field="chain")
        return [found]

    def _spec(self, row: ChainRow) -> GoalSpec | None:
        definition = catalog.get(self._tx, row.definition_id)
        return None if definition is None else goal_spec(row.id, definition)

    def _ledger(self, start: int, end: int) -> Ledger | None:
        """The ledger as it would be, if that was asked."""
        if self._attribution is None:
            return None
        asked = self._asked
        return reattribute(self._tx, self._specs, self._attribution, (start, end), zone=asked.zone)

    def _chain(
        self, row: ChainRow, credited: Mapping[stats.Place, Goals], ledger: Ledger | None
    ) -> tuple[wire.GoalChain, list[wire.GoalRow]]:
        """A chain as a whole, and part by part."""
        bounds = self._period.bounds
        parts = {place[1:]: part for place, part in credited.items() if place[0] == row.id}
        tallies = campaigns.tallies(self._tx, row.id, *bounds)
        places = sorted({*parts, *tallies})
        found = [
            _row(row, place, tallies.get(place, Tally()), parts.get(place, Goals()))
            for place in places
        ]
        spec = self._specs.get(row.id)
        asked = self._asked
        whole = stats.together(parts.values())
        whole.people = (
            ledger.people(row.id) if ledger else stats.converted(self._tx, row.id, *bounds)
        )
        total = _row(
            row, ("", "", ""), _sum(tallies.values()), whole,
            entered=campaigns.entered(self._tx, row.id, *bounds),
        )  # fmt: skip
        return wire.GoalChain(
            total=total,
            state=row.state,
            goal=self._goal(row),
            effect=effect(self._tx, spec, bounds, asked.currency, asked.zone) if spec else None,
        ), found

    def _goal(self, row: ChainRow) -> str:
        definition = catalog.get(self._tx, row.definition_id)
        return "" if definition is None else outline(definition).goal

    def _spans(self, by: By, ledger: Ledger | None) -> list[wire.GoalSpan]:
        start, end = self._period.bounds
        first = max(start, campaigns.first(self._tx) or self._period.now)
        spans = stretches(self._asked.zone, first, min(end, self._period.now))
        goals = ledger.daily(spans) if ledger else stats.daily_goals(self._tx, start, end, spans)
        return [span for row in self._chosen for span in self._of_chain(row, by, spans, goals)]

    def _of_chain(
        self, row: ChainRow, by: By, spans: list[Stretch], goals: Mapping[tuple[int, int], Goals]
    ) -> Iterator[wire.GoalSpan]:
        tallies: dict[int, Tally] = {}
        for day, tally in campaigns.daily(self._tx, row.id, *self._period.bounds, spans).items():
            tallies.setdefault(first_day(day, by), Tally()).add(tally)
        earned: dict[int, list[Goals]] = {}
        for (chain, day), part in goals.items():
            if chain == row.id:
                earned.setdefault(first_day(day, by), []).append(part)
        for day in sorted({*tallies, *earned}):
            tally, part = tallies.get(day, Tally()), stats.together(earned.get(day, ()))
            yield wire.GoalSpan(
                row.key, date_of(day).isoformat(), begins(day, self._asked.zone),
                tally.sent, tally.opened, tally.clicked, part.count, part.money(),
            )  # fmt: skip


def _row(
    chain: ChainRow, place: campaigns.Place, tally: Tally, credited: Goals,
    entered: int | None = None,
) -> wire.GoalRow:  # fmt: skip
    step, template, variant = place
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
        variant=variant,
        entered=sum(tally.states.values()) if entered is None else entered,
        delivered=tally.delivered,
        bounced=tally.bounced,
        complained=tally.complained,
        replied=tally.replied,
        machine_opened=tally.machine_opened,
        machine_clicked=tally.machine_clicked,
        unsubscribed=tally.unsubscribed,
        conversion=credited.count / tally.sent if tally.sent else 0.0,
        per_message=[_each(money, tally.sent) for money in credited.money() if tally.sent],
    )


def _each(money: wire.Money, sent: int) -> wire.Money:
    e4 = (money.amount / sent).quantize(_CENT, ROUND_HALF_EVEN).scaleb(4)
    return rows.money(int(e4), money.currency)


def _sum(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole
