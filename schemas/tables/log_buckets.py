"""The buckets in which quantile indicators are counted: integers in, integers out. Pure.

Bucket 0 holds zero. Bucket i > 0 holds the whole numbers from EDGES[i - 1] up to, but without, EDGES[i], and bucket -i
the same numbers below zero. The edges are whole numbers made by

    EDGES[0] = 1,    EDGES[i + 1] = EDGES[i] * 51 // 49 + 1

so the largest number of a bucket is at most 51/49 of its smallest, and their harmonic mean is within 2 % of both,
as (51 - 49) / (51 + 49) is 2 %. Up to 24 each number has a bucket of its own. Amounts are classified as they are kept,
at the scale of their indicator; no float has a part in it, so an amount taken back leaves the bucket that it went to.

The formula must stay as it is: cells that are stored are named by these numbers.
"""

from bisect import bisect_right
from fractions import Fraction

DIGITS = 34
"""Of the largest amount (schemas.survey.bounds keeps all sums within as many)."""
RELATIVE_ERROR = Fraction(2, 100)


def _edges() -> tuple[int, ...]:
    edges = [1]
    while edges[-1] <= 10 ** (DIGITS + 1):  # a digit more, so that several buckets together have an end too
        edges.append(edges[-1] * 51 // 49 + 1)
    return tuple(edges)


EDGES = _edges()


def bucket_of(amount: int) -> int:
    """The bucket of an amount of at most 34 digits."""
    if amount >= 0:
        return bisect_right(EDGES, amount)
    return -bisect_right(EDGES, -amount)


def range_of(bucket: int) -> tuple[int, int]:
    """The smallest and the largest amount of a bucket."""
    if bucket == 0:
        return 0, 0
    low, high = EDGES[abs(bucket) - 1], EDGES[abs(bucket)] - 1
    return (low, high) if bucket > 0 else (-high, -low)


def middle_of(first: int, last: int) -> Fraction:
    """The amount that stands for the buckets `first` to `last`: as near, in proportion, to the smallest as to the
    largest. Of a single bucket within RELATIVE_ERROR of all its amounts. Across zero the plain mean."""
    low, high = range_of(first)[0], range_of(last)[1]
    if low * high > 0:
        return Fraction(2 * low * high, low + high)
    return Fraction(low + high, 2)
