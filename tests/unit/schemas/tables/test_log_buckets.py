"""AGG quantiles: the buckets of the histogram, which stored cells are named by."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.log_buckets import DIGITS, EDGES, RELATIVE_ERROR, bucket_of, middle_of, range_of

AMOUNTS = st.integers(-(10**DIGITS), 10**DIGITS) | st.integers(-1_000_000, 1_000_000)


@given(AMOUNTS)
def test_an_amount_is_in_the_range_of_its_bucket_and_within_two_percent_of_its_middle(amount: int) -> None:
    bucket = bucket_of(amount)
    low, high = range_of(bucket)
    assert low <= amount <= high
    assert abs(middle_of(bucket, bucket) - amount) <= RELATIVE_ERROR * abs(amount)


@given(AMOUNTS, AMOUNTS)
def test_buckets_are_in_the_order_of_amounts(one: int, other: int) -> None:
    if one <= other:
        assert bucket_of(one) <= bucket_of(other)


@given(AMOUNTS)
def test_below_zero_is_above_zero_in_a_mirror(amount: int) -> None:
    assert bucket_of(-amount) == -bucket_of(amount)
    low, high = range_of(bucket_of(amount))
    assert range_of(bucket_of(-amount)) == (-high, -low)


def test_zero_and_small_numbers_are_alone() -> None:
    assert [bucket_of(amount) for amount in range(26)] == [*range(26)]
    assert bucket_of(26) == 25 and range_of(0) == (0, 0)


@pytest.mark.parametrize(("amount", "bucket"), [(100, 52), (12_345, 169), (10**9, 451), (10**15, 797), (10**34, 1890)])
def test_the_edges_are_what_stored_cells_were_named_by(amount: int, bucket: int) -> None:
    assert bucket_of(amount) == bucket


def test_no_bucket_could_be_wider() -> None:
    """So there are as few as can be: with one number more the error would be above 2 %."""
    assert all(Fraction(high - low, high + low) > RELATIVE_ERROR for low, high in pairwise(EDGES))


def test_the_middle_of_several() -> None:
    low, high = range_of(169)[0], range_of(180)[1]
    middle = middle_of(169, 180)
    assert middle / low == high / middle + (middle / low - high / middle)
    assert middle - low == low * (middle / low - 1) and middle / low - 1 == 1 - middle / high
    assert middle_of(-180, -169) == -middle
    assert middle_of(-3, 5) == 1
