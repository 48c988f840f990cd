"""What a published change tells of one person: the likelihood that the best adversary uses.

He knows which group of people the target belongs to, how many moved between two releases (m), and what share of them
to expect in each cell from the published tables. Cell c moved by k steps. With d ~ Poisson(expected) others in it and
a place in the grid that he cannot know (uniform), P(k | d) is a hat function of d / step - k; the target in c makes
d + 1 of it. The logarithm of the ratio is his evidence for c.
"""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CERTAIN = 20.0
"""Logarithm that stands for "cannot be otherwise"."""
TINY = 1e-300


@lru_cache(maxsize=16_384)
def _table(expected: float, step: int, least_changed: int, most: int, known: int) -> Floats:
    """Evidence for k = -1 .. most. With sticky cells k = 0 also holds what was kept back. `known`: how many of those
    who moved the cell the adversary knows."""
    others = np.arange(int(expected + 12 * np.sqrt(expected) + 30) + most * step)
    chance = poisson.pmf(others, expected)
    changes = np.arange(-1, most + 1)

    def seen(unknown: Floats) -> Floats:
        number = unknown + known
        hat = np.maximum(0.0, 1.0 - np.abs(number[:, None] / step - changes[None, :]))
        if least_changed > 1:
            held = number < least_changed
            hat[held] = 0.0
            hat[held, 1] = 1.0
        return np.asarray(chance @ hat, dtype=np.float64)

    without, with_ = seen(others.astype(np.float64)), seen(others.astype(np.float64) + 1)
    ratio = np.log(np.maximum(with_, TINY) / np.maximum(without, TINY))
    return np.where((without < TINY) & (with_ < TINY), 0.0, np.clip(ratio, -CERTAIN, CERTAIN))


def evidence(
    change: Ints, expected: Floats | float, step: int, least_changed: int, known: Ints | None = None
) -> Floats:
    """For each change, in steps, away from zero in the direction in which the target moved the cell. `expected` has
    the shape of `change`, or is one number for all; `known`, of the same shape, are those who moved it whose answers
    the adversary has."""
    most = 1 << int(min(change.max(initial=1), 4000)).bit_length()
    places = np.clip(change, -1, most) + 1
    if known is None:
        return _looked_up(places, expected, lambda number: _table(number, step, least_changed, most, 0))
    found = np.zeros(places.shape)
    wanted = np.broadcast_to(expected, places.shape)
    for number in map(int, np.unique(known)):
        here = known == number
        table = partial(_table, step=step, least_changed=least_changed, most=most, known=number)
        found[here] = _looked_up(places[here], wanted[here], table)
    return found


def evidence_of_closing(change: Ints, expected: Floats | float, step: int) -> Floats:
    """Of the change from a coarse release to the closing one, which is taken for exact. Before stood n minus the
    place in the grid plus its origin, the difference of two uniform numbers that the adversary cannot know."""
    most = 1 << int(change.max(initial=1)).bit_length()
    places = np.clip(change, -step - 1, most) + step + 1
    return _looked_up(places, expected, lambda number: _closing_table(number, step, most))


def _looked_up(places: Ints, expected: Floats | float, table: Callable[[float], Floats]) -> Floats:
    # Ten per cent more or less people expected change nothing that matters, and the tables can be kept.
    wanted = np.round(np.log(np.maximum(expected, 1e-3)) * 10)
    if np.ndim(wanted) == 0:
        return table(float(np.exp(wanted / 10)))[places]
    wanted = np.broadcast_to(wanted, places.shape)
    found = np.zeros(places.shape)
    for value in np.unique(wanted):
        here = wanted == value
        found[here] = table(float(np.exp(value / 10)))[places[here]]
    return found


@lru_cache(maxsize=4096)
def _closing_table(expected: float, step: int, most: int) -> Floats:
    others = np.arange(int(expected + 12 * np.sqrt(expected) + 30)).astype(float)
    chance = poisson.pmf(others, expected)
    changes = np.arange(-step - 1, most + 1).astype(float)[:, None]
    without = np.maximum(0.0, 1.0 - np.abs(changes - others[None, :]) / step) @ chance
    with_ = np.maximum(0.0, 1.0 - np.abs(changes - others[None, :] - 1.0) / step) @ chance
    ratio = np.log(np.maximum(with_, TINY) / np.maximum(without, TINY))
    return np.asarray(np.where((without < TINY) & (with_ < TINY), 0.0, np.clip(ratio, -CERTAIN, CERTAIN)))
