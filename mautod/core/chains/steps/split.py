"""`split = { short = 1, long = 1 }`: several ways on, each for its share of the people.

The same person always draws the same, and a run keeps what it drew. With `winner`, all who come
after one is certain to be the best go its way.

Keys:
  split: names of variants and their weights; each goes on at the step of its name
  to: where a variant goes on instead, by its name
  seed: another text is another draw
  winner: by (goal, money, click, open), after (1h or more), confidence ("95%"), least (100 people)

Example:
  [[step]]
  split = { short = 1, long = 1 }
  to = { short = "first", long = "second" }
  winner = { by = "click", after = "1d", confidence = "95%", least = 100 }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self, get_args

from mautod.core.chains.run import Draw, Go, Run, Transition, View
from mautod.core.chains.step import By, Step, Winner
from mautod.core.experiments import draw
from mautod.core.files.definition import Table, duration, expected, key_name, label, one_of
from mautod.duration import HOUR
from mautod.errors import BadInput

MOST_WAYS: Final = 10
HEAVIEST: Final = 10_000
LEAST: Final = 100
"""So many people at least on each way before there can be a winner; the default too."""
MOST_PEOPLE: Final = 10_000_000
_LOWEST, _HIGHEST = Decimal(80), Decimal("99.9")
_CONFIDENCE: Final = Decimal(95)


@dataclass(frozen=True, slots=True)
class Split(Step):
    """Draw a variant by weight and go on at the step of its name, or at what `to` says for it.

    The draw is a hash of chain, step, `seed` and person: the same person always draws the same.
    """

    weights: Mapping[str, int]
    to: Mapping[str, str]
    seed: str = ""
    judged: Winner | None = None

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "split", "to", "seed", "winner")
        inner = table.need_table("split")
        if not 2 <= len(inner.values) <= MOST_WAYS:  # noqa: PLR2004 - of one there is no choice
            message = f"has 2 to {MOST_WAYS} variants, found {len(inner.values)}."
            raise table.error("split", message, "Write split = { short = 1, long = 1 }.")
        weights = {_name(inner, name): inner.need(name, _weight) for name in inner.values}
        return cls(id_, weights, _to(table, weights), table.get("seed", label, ""), _winner(table))

    def enter(self, run: Run, view: View) -> Transition:
        had = run.variants.get(self.id)
        if had is not None and had in self.weights:
            return Go(self._way(had))
        won = view.winners.get(self.id)
        if won is not None and won in self.weights:
            return Go(self._way(won), (Draw(self.id, won, by_lot=False),))
        name = draw(self.weights, view.chain, self.id, self.seed, run.person_id)
        return Go(self._way(name), (Draw(self.id, name, by_lot=True),))

    def ways(self) -> Mapping[str, str | None]:
        return {name: self._way(name) for name in self.weights}

    @property
    def winner(self) -> Winner | None:
        return self.judged

    def _way(self, name: str) -> str:
        return self.to.get(name, name)


def _name(inner: Table, name: str) -> str:
    try:
        return key_name(name)
    except BadInput as error:
        raise inner.error(name, error.message, error.hint) from error


def _to(table: Table, weights: Mapping[str, int]) -> Mapping[str, str]:
    inner = table.table("to")
    if inner is None:
        return {}
    inner.only(*weights)
    return {name: inner.need(name, key_name) for name in inner.values}


def _winner(table: Table) -> Winner | None:
    inner = table.table("winner")
    if inner is None:
        return None
    inner.only("by", "after", "confidence", "least")
    by = inner.need("by", one_of(*get_args(By)))
    certain = inner.get("confidence", _confidence, _CONFIDENCE)
    return Winner(
        by=next(known for known in get_args(By) if known == by),
        after_ms=inner.need("after", _after),
        alpha=float(1 - certain / 100),
        least=inner.get("least", _least, LEAST),
    )


def _weight(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= HEAVIEST:
        raise expected(f"a weight of 1 to {HEAVIEST}", value)
    return value


def _least(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not LEAST <= value <= MOST_PEOPLE:
        raise expected(f"a number of people from {LEAST}", value)
    return value


def _after(value: Any) -> int:
    length = duration(value)
    if length < HOUR:
        raise BadInput(f"{value!r} is too short to judge anything.", hint="Write at least 1h.")
    return length


def _confidence(value: Any) -> Decimal:
    """Reader: how certain a winner must be, as `"95%"`."""
    text = value.strip() if isinstance(value, str) else ""
    digits = text.removesuffix("%").strip()
    if text.endswith("%") and digits.replace(".", "", 1).isdecimal() and digits.isascii():
        share = Decimal(digits)
        if _LOWEST <= share <= _HIGHEST:
            return share
    raise expected(f'a confidence from "{_LOWEST}%" to "{_HIGHEST}%", like "95%"', value)


STEP = Split
