"""REL classes of quantiles: which amounts, for which origins of the grids.

C1 every rank about the exact one is as likely. C2 who is near the middle counts as inside. C3 no amount of one person
is told for certain by one figure, whoever knows the others.
"""

from fractions import Fraction
from functools import partial
from itertools import product
from random import Random

import pytest

from schemas.tables.log_buckets import bucket_of, range_of
from services.release.distribution import Distribution
from services.release.grid import Grid
from services.release.primary import Reason
from services.release.quantile_classes import Class, quantile_class

STEP, THRESHOLD = 5, 10
HALF = Fraction(1, 2)
APART = [range_of(bucket)[0] for bucket in range(1, 61)]
"""Sixty people, each in a bucket of their own."""


def of_amounts(amounts: list[int]) -> Distribution:
    buckets = [bucket_of(amount) for amount in amounts]
    numbers = [(bucket, buckets.count(bucket)) for bucket in sorted(set(buckets))]
    return Distribution(tuple((bucket, number, number, number) for bucket, number in numbers))


def told(amounts: list[int], part: Fraction, rank: int, number: int = 0, least: int = THRESHOLD) -> Class | Reason:
    """With these two origins."""
    return quantile_class(
        of_amounts(amounts), part, Grid(STEP, rank), partial(Grid(STEP, number).reaches, threshold=least)
    )


@pytest.mark.parametrize(
    ("part", "ranks"),
    [
        (HALF, [28, 29, 30, 31, 32]),
        (Fraction("0.51"), [29, 30, 31, 32, 33]),
        (Fraction("0.01"), [1, 2, 3, 4, 5]),
        (Fraction("0.99"), [56, 57, 58, 59, 60]),
    ],
)
def test_c1_every_rank_about_the_exact_one_is_as_likely(part: Fraction, ranks: list[int]) -> None:
    found = [
        quantile_class(of_amounts(APART), part, Grid(STEP, origin), lambda number: number >= 1)
        for origin in range(STEP)
    ]
    assert found == [(rank, rank) for rank in ranks]


def test_c1_of_fewer_than_a_step_each_has_a_chance() -> None:
    found = {
        quantile_class(of_amounts([1, 100]), HALF, Grid(STEP, origin), lambda number: number >= 1)
        for origin in range(STEP)
    }
    assert found == {(bucket_of(1), bucket_of(1)), (bucket_of(100), bucket_of(100))}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("other", "published"), [(1_010, False), (1_150, False), (1_300, True), (700, True)])
def test_c2_who_is_within_20_percent_of_the_middle_is_not_outside(sign: int, other: int, published: bool) -> None:
    for origin in range(STEP):
        found = told([sign * 1_000] * 40 + [sign * other] * 40, Fraction("0.3"), origin)
        assert (found is Reason.ALIKE) is not published


def test_c2_nothing_is_near_zero_but_zero() -> None:
    assert told([0] * 40 + [1] * 40, Fraction("0.25"), 0) == (0, 0)


def test_c3_no_figure_tells_of_one_person_for_certain() -> None:
    """Over all origins: how many of them tell that she has this amount and not that one. A rank that stayed where it is
    would tell with all of them, where it is between two classes."""
    random, origins, shares = Random(3), list(product(range(STEP), repeat=2)), list[float]()
    for _ in range(120):
        size = 10 * random.randrange(4, 16)
        others = [round(random.lognormvariate(9, 0.8)) for _ in range(size - 1)]
        low, high = ([*others, amount] for amount in (min(others), max(others)))
        differ = [told(low, HALF, *at) != told(high, HALF, *at) for at in origins]
        shares.append(sum(differ) / len(origins))
    assert max(shares) < 0.7 and 0 < sum(shares) / len(shares) <= 1 / STEP
