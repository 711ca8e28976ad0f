"""`wait = "1h"`: let time pass, or wait for a time of day, a weekday, a date or the window.

A length counts from when the run's last message left, so that everybody has the full time to read
it; "window" is when the chain's is open. What has come already is not waited for.

Keys:
  wait: a length, or one of the following in a table
  until: what the person's clock shows then: "10:00", "mon", "mon-fri 9:30", "1 10:00"; or "window"
  date: the day or instant in this property of the person's has come
  offset: so long before (-3d) or after (+1d) the date
  at: the time of day by the person's clock, with `date`; the offset is whole days then
  else: where to go on for who has no such date; else with the next step

Example:
  [[step]]
  wait = { date = "renews_at", offset = "-3d", at = "10:00", else = "second" }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from mautod.core.chains.moments import Dated
from mautod.core.chains.readers import date_path, offset, time_of_day
from mautod.core.chains.run import Go, Park, Run, Transition, View, began_at, over_at
from mautod.core.chains.step import Step
from mautod.core.files.definition import Table, key_name, span, text
from mautod.core.rules.checker import Depends
from mautod.core.times.schedules import Schedule, parse_schedule
from mautod.core.times.windows import next_opening
from mautod.duration import DAY

WINDOW: Final = "window"


@dataclass(frozen=True, slots=True)
class Opening:
    """The chain's window is open."""


Target = int | Schedule | Opening | Dated
"""A stretch of time in ms, a time on the person's clock, the window, or a date of the person's."""


@dataclass(frozen=True, slots=True)
class Wait(Step):
    """Go on when `target` has come; at `otherwise` if it never will."""

    target: Target
    otherwise: str | None = None

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "wait")
        if not isinstance(table.values.get("wait"), Mapping):
            return cls(id_, table.need("wait", span))
        inner = table.need_table("wait")
        inner.only("until", "date", "offset", "at", "else")
        if ("until" in inner) == ("date" in inner):
            raise table.error("wait", "needs until or date, one of them.", 'Write until = "10:00".')
        if "until" in inner:
            inner.only("until")
            return cls(id_, inner.need("until", _until))
        return cls(id_, _dated(inner), inner.get("else", key_name, None))

    def enter(self, run: Run, view: View) -> Transition:
        at = self._comes(run, view)
        if at is None:
            return Go(self.otherwise)
        return Park(at) if at > view.now else Go()

    def ways(self) -> Mapping[str, str | None]:
        return {"": None} if self.otherwise is None else {"": None, "else": self.otherwise}

    def least_ms(self, way: str) -> int | None:  # noqa: ARG002
        return self.target if isinstance(self.target, int) else None

    @property
    def parks(self) -> bool:
        return isinstance(self.target, int | Schedule)

    @property
    def needs_window(self) -> bool:
        return isinstance(self.target, Opening)

    @property
    def dates(self) -> tuple[tuple[str, ...], ...]:
        return (self.target.path,) if isinstance(self.target, Dated) else ()

    @property
    def personal(self) -> bool:
        return not isinstance(self.target, int)

    @property
    def stirred_by(self) -> Depends | None:
        return Depends(props=frozenset(path[0] for path in self.dates)) if self.dates else None

    def _comes(self, run: Run, view: View) -> int | None:
        match self.target:
            case int(length):
                return over_at(run, length, view)
            case Schedule() as schedule:
                return schedule.following(began_at(run, view), view.zones[1])
            case Opening():
                began = began_at(run, view)
                if view.window is None:
                    return began
                return next_opening(view.window, view.zones[1], began)
            case Dated() as dated:
                value = view.dates.get(dated.path)
                return None if value is None else dated.single(value, view.zones)


def _until(value: Any) -> Schedule | Opening:
    """Reader: a time of day, days of the week or the month, or the window."""
    words = text(value).strip().lower()
    if words == WINDOW:
        return Opening()
    return parse_schedule(words if ":" in words else f"{words} 00:00")


def _dated(inner: Table) -> Dated:
    at_ms, after = inner.get("at", time_of_day, None), inner.get("offset", offset, 0)
    if at_ms is not None and after % DAY:
        raise inner.error("offset", "is whole days where a day is meant.", 'Write "-3d".')
    return Dated(inner.need("date", date_path), after, at_ms)


STEP = Wait
