"""How many would stand alone, before anybody is asked: from the codes of the keys and the expected sample. Pure.

With n interviews, and p the chance that somebody has a combination of codes (the product of the shares of its codes:
the keys are taken as independent), the class of a record that has it holds 1 + Binomial(n - 1, p) records. So

    share of records in classes smaller than k  =  sum over combinations of p * P(Binomial(n - 1, p) <= k - 2)

and the expected uniques are n times that share for k = 2, which is the sum of n p (1 - p)^(n - 1). Without shares every
code of a key is taken as equally frequent. It is a screening figure. Where it shows few, rare codes make real ones
stand alone that even shares hide; where it shows many, keys that hang together make them fewer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import exp, log1p

MANY = 50_000
"""Different chances that are told apart. Beyond, those that are equal in three digits are taken together, which moves
a result by less than a thousandth."""

Chances = dict[float, int]
"""Chance of a combination -> how many combinations have it."""


def chances(keys: Iterable[Sequence[float]]) -> Chances:
    """Of all combinations of codes, from the shares of each key's codes (each sums to 1)."""
    found: Chances = {1.0: 1}
    for shares in keys:
        together: Counter[float] = Counter()
        for chance, number in found.items():
            for share, times in Counter(shares).items():
                if share > 0:
                    together[chance * share] += number * times
        found = _rounded(together) if len(together) > MANY else together
    return found


def share_below(found: Chances, interviews: int, level: int) -> float:
    """The share of records in classes with fewer than `level` records."""
    return sum(number * p * _at_most(level - 2, interviews - 1, p) for p, number in found.items())


def equal_shares(codes: int) -> list[float]:
    return [1 / codes] * codes


def _at_most(wanted: int, others: int, p: float) -> float:
    """P(Binomial(others, p) <= wanted)."""
    if wanted < 0:
        return 0.0
    if wanted >= others:
        return 1.0
    if p >= 1:
        return 0.0
    term = exp(others * log1p(-p))
    total = term
    for number in range(1, wanted + 1):
        term *= (others - number + 1) / number * p / (1 - p)
        total += term
    return min(total, 1.0)


def _rounded(found: Chances) -> Chances:
    """Each group at its mean, so that all chances still sum to 1."""
    mass: dict[float, float] = defaultdict(float)
    numbers: Counter[float] = Counter()
    for p, number in found.items():
        near = float(f"{p:.2e}")
        numbers[near] += number
        mass[near] += p * number
    means: Counter[float] = Counter()
    for near, number in numbers.items():
        means[mass[near] / number] += number
    return means
