"""Experiments: who gets which variant, and when the data say that one of them is the best.

Everybody's variant is drawn by a hash, so the same person always draws the same. A person counts
once, those held out of the chain not at all, and is judged by what happened within a stretch of
time after the draw that is the same for all; so the outcomes are one fixed sequence, however often
somebody looks at it.

Rates (goals, clicks and opens by people) are judged exactly. If a variant makes no difference, each
success of two variants is of the one with the share of its weight, and what is seen against that,
averaged over a beta prior of the share, is a martingale that begins at 1: the chance that it ever
reaches 1/alpha is at most alpha (Ville). This is the sequential test of Lindon and Malek,
"Anytime-Valid Inference for Multinomial Count Data" (NeurIPS 2022), for one pair.

Money is judged by the mixture sequential probability ratio test of Johari, Pekelis and Walsh,
"Always Valid Inference" (Operations Research 70, 2022), on the difference of two means with
estimated variances; it holds when there are many people, so a minimum is asked for.

Of more than two variants the best must beat each other one, at alpha shared by all pairs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import erf, exp, inf, isfinite, lgamma, log, log1p, sqrt
from typing import Final

_POINTS: Final = 2**64
PRIOR: Final = 100.0
"""How many successes the prior of a share is worth: it expects differences of some ten percent."""
MIXTURE: Final = 0.1
"""How many standard deviations a difference of means is expected to have."""
_EXACT: Final = 2000
"""Up to how many terms a probability is summed; beyond, the normal curve is as good."""


def draw(weights: Mapping[str, int], *unit: str | int) -> str:
    """The variant that `unit` draws; the same for the same weights in the same order.

    Each is drawn with the share of its weight.
    """
    key = "\0".join(map(str, unit)).encode()
    point = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")
    rest = point * sum(weights.values()) // _POINTS
    for name, weight in weights.items():
        if rest < weight:
            return name
        rest -= weight
    raise AssertionError("weights are positive")  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Arm:
    """What is known of one variant: people, how many of them had success, and their money.

    `total` and `squares`: the sums of a person's money and of its square, in any one unit.
    """

    name: str
    weight: int
    people: int = 0
    successes: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def rate(self) -> float:
        return self.successes / self.people if self.people else 0.0

    @property
    def mean(self) -> float:
        return self.total / self.people if self.people else 0.0

    @property
    def noise(self) -> float:
        """The variance of `mean`, infinite while it cannot be told."""
        if self.people < 2:  # noqa: PLR2004 - one value has no spread
            return inf
        spread = self.squares - self.total * self.total / self.people
        return max(spread, 0.0) / (self.people - 1) / self.people


@dataclass(frozen=True, slots=True)
class Standing:
    """How an experiment stands: the best so far, the chance that this is luck, whether it is over.

    `p_value` is valid whenever one looks; with it below alpha and enough people, `winner` is set.
    """

    best: str
    p_value: float
    winner: str | None = None


def judge(arms: Sequence[Arm], *, by_money: bool, alpha: float, least: int) -> Standing:
    """Who is the best of at least two variants, and whether that is certain.

    Nothing is, while any variant has fewer than `least` people.
    """
    ranked = sorted(arms, key=lambda arm: arm.mean if by_money else arm.rate, reverse=True)
    best, others = ranked[0], ranked[1:]
    pairs = len(list(combinations(arms, 2)))
    test = money_p if by_money else rate_p
    p_value = min(pairs * max(test(best, other) for other in others), 1.0)
    enough = all(arm.people >= least for arm in arms)
    return Standing(best.name, p_value, best.name if enough and p_value <= alpha else None)


def rate_p(one: Arm, other: Arm) -> float:
    """The always-valid p-value that two variants have the same rate of success."""
    share = one.weight / (one.weight + other.weight)
    mine, theirs = one.successes, other.successes
    prior_mine, prior_theirs = PRIOR * share, PRIOR * (1 - share)
    evidence = (
        _log_beta(prior_mine + mine, prior_theirs + theirs)
        - _log_beta(prior_mine, prior_theirs)
        - mine * log(share)
        - theirs * log1p(-share)
    )
    return exp(-max(evidence, 0.0))


def money_p(one: Arm, other: Arm) -> float:
    """The always-valid p-value that people of two variants spend the same on average."""
    noise = one.noise + other.noise
    if not isfinite(noise) or noise == 0:
        return 1.0
    # What one observation of each would vary by, so that the mixture does not depend on the size.
    spread = one.noise * one.people + other.noise * other.people
    mixture = MIXTURE * MIXTURE * spread
    difference = one.mean - other.mean
    evidence = 0.5 * log(noise / (noise + mixture))
    evidence += mixture * difference * difference / (2 * noise * (noise + mixture))
    return exp(-max(evidence, 0.0))


def chance_by_rate(one: Arm, other: Arm) -> float:
    """The probability that `one` has the higher rate, for somebody who knew nothing before.

    In closed form where the numbers are small enough to sum; for showing, decides nothing.
    """
    mine = one.successes + 1.0, max(one.people - one.successes, 0) + 1.0
    theirs = other.successes + 1.0, max(other.people - other.successes, 0) + 1.0
    if min(*mine, *theirs) <= _EXACT:
        return _beta_beats(mine, theirs)
    return _normal_beats(
        mine[0] / sum(mine), _beta_noise(*mine), theirs[0] / sum(theirs), _beta_noise(*theirs)
    )


def chance_by_money(one: Arm, other: Arm) -> float:
    """The probability that people of `one` spend more on average; for showing."""
    noise = one.noise + other.noise
    if not isfinite(noise) or noise == 0:
        return 0.5
    return _normal_beats(one.mean, one.noise, other.mean, other.noise)


def chances(arms: Sequence[Arm], *, by_money: bool) -> dict[str, float]:
    """For each of at least two variants, the probability that it beats the best of the others."""
    chance = chance_by_money if by_money else chance_by_rate
    found = {}
    for arm in arms:
        rivals = [other for other in arms if other is not arm]
        rival = max(rivals, key=lambda other: other.mean if by_money else other.rate)
        found[arm.name] = chance(arm, rival)
    return found


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _beta_beats(one: tuple[float, float], other: tuple[float, float]) -> float:
    """P(X > Y) of two beta variables with whole parameters, summed over the smallest of these.

    P(X > Y) = P(1 - Y > 1 - X), and each is one less the other way round.
    """
    (a, b), (c, d) = one, other
    smallest = min(a, b, c, d)
    if smallest == a:
        return _summed(one, other)
    if smallest == d:
        return _summed((d, c), (b, a))
    if smallest == c:
        return 1 - _summed(other, one)
    return 1 - _summed((b, a), (d, c))


def _summed(one: tuple[float, float], other: tuple[float, float]) -> float:
    """P(X > Y) with as many terms as the first parameter of X says (Miller's formula)."""
    (a, b), (c, d) = one, other
    whole = _log_beta(c, d)
    return sum(
        exp(_log_beta(c + i, d + b) - log(b + i) - _log_beta(1 + i, b) - whole)
        for i in range(int(a))
    )


def _beta_noise(a: float, b: float) -> float:
    return a * b / ((a + b) ** 2 * (a + b + 1))


def _normal_beats(mine: float, my_noise: float, theirs: float, their_noise: float) -> float:
    return 0.5 * (1 + erf((mine - theirs) / sqrt(2 * (my_noise + their_noise))))
