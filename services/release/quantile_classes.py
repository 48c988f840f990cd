"""Between which amounts a quantile is published. Pure.

A quantile is somebody's answer, so three things stand between it and what is published:

- The rank is one of as many about the exact one as the table's step has, and which of them is secret: who of these
  respondents stands at the quantile cannot be told, and one amount more or less below it changes who does where one
  class ends and the next begins, with the chance of one in that many.
- What is published is a class of amounts, the finest of a public ladder (2, 4, 10, 20 or 38 % to both sides of its
  middle) that holds the rank and in which at least the threshold of respondents have their amounts. The ladder is the
  same for all cells and surveys: no class can be cut between two people.
- As many respondents must have theirs outside of it, and farther than 20 % from its middle: else to know that somebody
  is in the cell would be to know the amount, or nearly.

Quantiles do not add up, so there is nothing to subtract: a hidden one does not follow from those of a margin and the
other cells.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

from schemas.tables.log_buckets import bucket_of, middle_of
from services.release.distribution import Distribution
from services.release.grid import Grid
from services.release.primary import Reason

WIDTHS = (1, 2, 5, 10, 20)
"""Buckets of a class. The widest is 2.2 times its smallest amount; what is coarser says next to nothing."""
NEAR = Fraction(6, 5)
"""Who knows an amount to 20 % knows it."""

Class = tuple[int, int]
"""First and last bucket."""


def quantile_class(
    found: Distribution, probability: Fraction, grid: Grid, enough: Callable[[int], bool]
) -> Class | Reason:
    """`grid` is of ranks, in the unit of the weights. `enough` says of a number of respondents whether it reaches the
    threshold."""
    bucket = found.bucket_at(_rank(ceil(probability * found.weight), found.weight, grid))
    if bucket is None:
        return Reason.FEW
    for width in WIDTHS:
        first, last = class_of(bucket, width)
        inside = found.within(first, last)
        if enough(inside):
            return (first, last) if enough(found.submissions - found.within(*_near(first, last))) else Reason.ALIKE
    return Reason.FEW


def _rank(exact: int, weight: int, grid: Grid) -> int:
    """One of as many ranks about the exact one as the grid has places, each as likely, within 1 .. weight. Rounding to
    the grid would not do: its points are public, and a rank that is one of them would stay where it is."""
    least = max(1, min(exact - grid.step // 2, weight - grid.step + 1))
    return min(weight, least + grid.offset)


def _near(first: int, last: int) -> Class:
    """The class, and all buckets of amounts that its middle is within NEAR of."""
    middle = middle_of(first, last)
    low, high = sorted((middle / NEAR, middle * NEAR))
    return min(first, bucket_of(ceil(low))), max(last, bucket_of(floor(high)))


def class_of(bucket: int, width: int) -> Class:
    """The class of so many buckets that a bucket is in. Zero is a class of its own."""
    if bucket == 0:
        return 0, 0
    step = (abs(bucket) - 1) // width * width
    return (step + 1, step + width) if bucket > 0 else (-step - width, -step - 1)


def exact_rank(found: Distribution, probability: str) -> int:
    return ceil(Fraction(probability) * found.weight)
