"""AGG documents: sums of any size are stored exactly."""

import pytest
from bson.decimal128 import Decimal128
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.cells import Page
from services.aggregate.mongo_documents import DECIMAL_END, INT64_END, page, page_document


def stored(amounts: list[int]) -> Page:
    return Page("s", 0, "", 1, {"t": {"c": amounts}}, {})


@given(st.lists(st.integers(-DECIMAL_END + 1, DECIMAL_END - 1), min_size=1, max_size=5))
def test_sums_come_back_as_they_were(amounts: list[int]) -> None:
    assert page(page_document(stored(amounts))) == stored(amounts)


@given(st.integers(INT64_END, DECIMAL_END - 1), st.sampled_from([1, -1]))
def test_beyond_64_bits_a_sum_is_the_decimal_of_its_digits(size: int, sign: int) -> None:
    number = page_document(stored([sign * size - (sign < 0)]))["tables"]["t"]["c"][0]
    assert number.bid == Decimal128(str(sign * size - (sign < 0))).bid


def test_what_a_decimal_cannot_hold_is_refused() -> None:
    with pytest.raises(ArithmeticError):
        page_document(stored([DECIMAL_END + 1]))
