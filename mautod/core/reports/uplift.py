"""What messages did: the difference between those who got them and those who were held out.

Rates: the difference of two proportions with the interval of Newcombe (1998), method 10, which
stays within bounds and holds for rare events. Money a person: the difference of two means with
Welch's interval. Both at 95 %. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

LEAST: Final = 30
"""People in an arm below which nothing is said."""

_Z: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference, and between which bounds it lies with a probability of 95 %."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts of so many people: their sum, and the sum of their squares."""

    people: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.people if self.people else 0.0

    @property
    def error(self) -> float:
        """The variance of the mean."""
        if self.people < 2:  # noqa: PLR2004 - one amount has no spread
            return 0.0
        spread = max(self.squares - self.total * self.mean, 0.0)
        return spread / (self.people - 1) / self.people


def is_enough(*people: int) -> bool:
    """Whether there are people enough in each arm to say anything."""
    return all(number >= LEAST for number in people)


def of_rates(reached: int, people: int, held_reached: int, held: int) -> Interval:
    """How much more often the first reached it than those who were held out.

    Both arms have people in them.
    """
    treated, control = reached / people, held_reached / held
    low, high = _wilson(reached, people)
    held_low, held_high = _wilson(held_reached, held)
    difference = treated - control
    return Interval(
        difference,
        difference - sqrt((treated - low) ** 2 + (held_high - control) ** 2),
        difference + sqrt((high - treated) ** 2 + (control - held_low) ** 2),
    )


def of_means(treated: Sums, held: Sums) -> Interval:
    """How much more the first have on average than those who were held out."""
    difference = treated.mean - held.mean
    error = treated.error + held.error
    if not error:
        return Interval(difference, difference, difference)
    parts = [each.error**2 / (each.people - 1) for each in (treated, held) if each.error]
    reach = _student(error**2 / sum(parts)) * sqrt(error)
    return Interval(difference, difference - reach, difference + reach)


def _wilson(reached: int, people: int) -> tuple[float, float]:
    """Between which bounds a proportion lies."""
    rate, spread = reached / people, _Z * _Z / people
    middle = rate + spread / 2
    reach = _Z * sqrt(rate * (1 - rate) / people + spread / people / 4)
    whole = 1 + spread
    return max((middle - reach) / whole, 0.0), min((middle + reach) / whole, 1.0)


def _student(freedom: float) -> float:
    """The 97.5 % point of Student's distribution, by the series of Cornish and Fisher.

    To the fourth digit from ten degrees of freedom on.
    """
    z = _Z
    return (
        z
        + (z**3 + z) / 4 / freedom
        + (5 * z**5 + 16 * z**3 + 3 * z) / 96 / freedom**2
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384 / freedom**3
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160 / freedom**4
    )
