"""AGG numbers: exact integers at a scale, halves to even, nothing that is no number."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.numbers import scaled

LARGEST = 10**9


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-LARGEST, max_value=LARGEST, places=9))
def test_text_is_rounded_half_to_even(number: Decimal) -> None:
    expected = int((number * 100).quantize(Decimal(1), ROUND_HALF_EVEN))
    assert scaled(str(number), 2, LARGEST) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (3, 300),
        ("0.125", 12),
        ("0.135", 14),
        ("-1.005", -100),
        (2.5, 250),
        ("1e3", 100_000),
        (-LARGEST, -LARGEST * 100),
        (LARGEST, LARGEST * 100),
        (str(LARGEST), LARGEST * 100),
        (f"-{LARGEST}", -LARGEST * 100),
    ],
)
def test_examples(answer: object, expected: int) -> None:
    assert scaled(answer, 2, LARGEST) == expected


def test_no_digit_is_lost_before_the_rounding_at_the_scale() -> None:
    """Also beyond the 28 digits with which decimals reckon elsewhere."""
    assert scaled("1234567890123456789012345678901.5", 1, 10**40) == 12345678901234567890123456789015


@pytest.mark.parametrize(
    "answer", [None, "", "_N", "_U", "abc", ["1"], float("nan"), float("inf"), "NaN", LARGEST + 1, "1e400", "9" * 40]
)
def test_no_number_is_none(answer: object) -> None:
    assert scaled(answer, 2, LARGEST) is None
