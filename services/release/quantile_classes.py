"""Between which amounts a quantile is published. Pure.

A quantile is somebody's answer, so three things stand between it and what is published:

- The rank is rounded on a grid of the table's step, whose origin is secret: which of some respondents is the one at the
  quantile cannot be told, and one answer more or less moves it with the chance of one in that many.
- What is published is a class of amounts, the finest of a public ladder (2, 4, 10, 20 or 38 % to both sides of its
  middle) that holds the rank and in which at least the threshold of respondents have their amounts. The ladder is the
  same for all cells and surveys: no class can be cut between two people.
- As many respondents must have theirs outside of it: else to know that somebody is in the cell would be to know the
  amount.

Quantiles do not add up, so there is nothing to subtract: a hidden one does not follow from those of a margin and the
other cells.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil

from services.release.distribution import Distribution
from services.release.grid import Grid
from services.release.primary import Reason

WIDTHS = (1, 2, 5, 10, 20)
"""Buckets of a class. The widest is 2.2 times its smallest amount; what is coarser says next to nothing."""

Class = tuple[int, int]
"""First and last bucket."""


def quantile_class(
    found: Distribution, probability: Fraction, grid: Grid, enough: Callable[[int], bool]
) -> Class | Reason:
    """`grid` is of ranks, in the unit of the weights. `enough` says of a number of respondents whether it reaches the
    threshold."""
    rank = min(found.weight, max(1, grid.round(ceil(probability * found.weight))))
    bucket = found.bucket_at(rank)
    if bucket is None:
        return Reason.FEW
    for width in WIDTHS:
        first, last = class_of(bucket, width)
        inside = found.within(first, last)
        if enough(inside):
            return (first, last) if enough(found.submissions - inside) else Reason.ALIKE
    return Reason.FEW


def class_of(bucket: int, width: int) -> Class:
    """The class of so many buckets that a bucket is in. Zero is a class of its own."""
    if bucket == 0:
        return 0, 0
    step = (abs(bucket) - 1) // width * width
    return (step + 1, step + width) if bucket > 0 else (-step - width, -step - 1)


def exact_rank(found: Distribution, probability: str) -> int:
    return ceil(Fraction(probability) * found.weight)
