"""What an adversary reckons of published quantiles: the rules are public, the key is not.

Written apart from services.release.quantile_classes, for many populations at once: he goes through all places that
the origins of the grids can have, and sees in how many of them what is published would have been published.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil

import numpy as np

from schemas.tables.log_buckets import EDGES
from tests.attack.evidence import Floats, Ints

WIDTHS = (1, 2, 5, 10, 20)
HIDDEN = -(10**9)
"""For a class that is not published."""
SPAN = 4096
"""More than there are buckets in a class."""
NEAR = 1.2
NOBODY, UNSAID = -1, -2
"""For the number of a cell: hidden; exact, so that it tells nothing of the origin."""
REACHED = 800
"""Buckets that amounts are in here: up to 10^14."""
_EDGES = np.array(EDGES[: REACHED + 30], dtype=np.int64)


def buckets(amounts: Ints) -> Ints:
    """Of amounts above zero."""
    return np.asarray(np.searchsorted(_EDGES, amounts, side="right"), dtype=np.int64)


def named(first: int, last: int) -> int:
    """A class as one number."""
    return first * SPAN + last - first


@dataclass(frozen=True)
class Rules:
    """`step` of the grids, 1 in mode `none`."""

    probabilities: tuple[str, ...]
    step: int
    threshold: int

    def ranks(self, number: int, probability: str) -> list[int]:
        """By origin of the grid of ranks."""
        rank = ceil(Fraction(probability) * number)
        least = max(1, min(rank - self.step // 2, number - self.step + 1))
        return [min(number, least + origin) for origin in range(self.step)]

    def edges(self) -> list[int]:
        """What the threshold really is, by origin of the grid of the number."""
        return [self.threshold + -(self.threshold + origin) % self.step for origin in range(self.step)]

    def number(self, number: int) -> list[int]:
        """What is published of it, by origin; NOBODY where the cell is hidden."""
        rounded = [self.step * ((number + origin) // self.step) for origin in range(self.step)]
        if self.step == 1:
            return rounded
        return [told if number >= edge else NOBODY for told, edge in zip(rounded, self.edges(), strict=True)]


def classes(amounts: Ints, rules: Rules) -> Ints:
    """`amounts`: one sorted line of buckets for each population. By origin of the number, population, quantile and
    origin of the rank: which class is published."""
    ranks = [rank for part in rules.probabilities for rank in rules.ranks(amounts.shape[1], part)]
    at = amounts[:, np.array(ranks) - 1]
    found = at[None] * SPAN if rules.step == 1 else _published(amounts, at, np.array(rules.edges())[:, None, None])
    return found.reshape(rules.step, len(amounts), len(rules.probabilities), rules.step)


def _published(amounts: Ints, at: Ints, edges: Ints) -> Ints:
    found = np.full((len(edges), *at.shape), HIDDEN, dtype=np.int64)
    left = np.ones(found.shape, dtype=bool)
    for width in WIDTHS:
        first = (at - 1) // width * width + 1
        low, high = _near(width)
        enough = left & (_within(amounts, first, first + width - 1) >= edges)
        shown = enough & (amounts.shape[1] - _within(amounts, low[first], high[first]) >= edges)
        found = np.where(shown, first * SPAN + width - 1, found)
        left &= ~enough
    return found


@lru_cache
def _near(width: int) -> tuple[Ints, Ints]:
    """By first bucket of a class: the buckets of what is in it or within 20 % of its middle."""
    firsts = np.arange(REACHED)
    low, high = _EDGES[np.maximum(firsts, 1) - 1], _EDGES[np.maximum(firsts, 1) + width - 1] - 1
    middle = 2 * low * high / (low + high)
    return (
        np.minimum(firsts, buckets(np.ceil(middle / NEAR - 1e-6).astype(np.int64))),
        np.maximum(firsts + width - 1, buckets(np.floor(middle * NEAR + 1e-6).astype(np.int64))),
    )


def _within(amounts: Ints, first: Ints, last: Ints) -> Ints:
    inside = (amounts[:, None, :] >= first[..., None]) & (amounts[:, None, :] <= last[..., None])
    return np.asarray(inside.sum(-1), dtype=np.int64)


def likelihood(amounts: Ints, rules: Rules, number: int, told: Ints) -> Floats:
    """Of each population: the chance over all keys that a cell with these amounts is published as it is, `number` and
    the class of each quantile."""
    if number == NOBODY:  # nothing is said, and how many there are is the same whatever their amounts
        return np.ones(len(amounts))
    same = (classes(amounts, rules) == told[None, None, :, None]).mean(-1).prod(-1)
    fits = np.array([number in (own, UNSAID) for own in rules.number(amounts.shape[1])])
    return np.asarray((same * fits[:, None]).mean(0), dtype=np.float64)
