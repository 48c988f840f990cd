"""Draws with fixed odds, made cheap: a round of fieldwork takes about a hundred of them for each respondent."""

from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random


class Draw:
    """One code out of several, by weights that stay the same."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._codes = tuple(weights)
        self._edges = list(accumulate(weights.values()))
        # Rounding must not let a draw of just below 1 fall behind the last edge.
        self._last = len(self._codes) - 1

    def __call__(self, rng: Random) -> str:
        return self._codes[bisect(self._edges, rng.random() * self._edges[-1], 0, self._last)]


def several(rng: Random, odds: Sequence[tuple[str, float]], otherwise: str) -> tuple[str, ...]:
    """Each code by its own probability, in their order; `otherwise` if none came up."""
    return tuple(code for code, probability in odds if rng.random() < probability) or (otherwise,)


def whole(rng: Random, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included. Quicker than randint, and as good for made-up answers."""
    return low + int(rng.random() * (high - low + 1))


def answers_yes(yes: float) -> Draw:
    """yes with this probability, else no; one in a hundred each does not know or refuses."""
    return Draw({"yes": 0.98 * yes, "no": 0.98 * (1 - yes), "dk": 0.01, "ref": 0.01})
