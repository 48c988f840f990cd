"""Numbers in their one text, and days."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.validate.lexical import canonical, day, decimal, whole


@given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda value: -300 < value.adjusted() < 300))
def test_a_number_keeps_its_value_in_its_one_text(value: Decimal) -> None:
    assert Decimal(canonical(value)) == value
    assert canonical(Decimal(canonical(value))) == canonical(value)


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_equal_numbers_have_one_text(number: int, zeros: int) -> None:
    assert canonical(Decimal(number)) == canonical(Decimal(f"{number}.{'0' * zeros}")) == str(number)


@pytest.mark.parametrize(("text", "expected"), [("1.50", "1.5"), ("-0.0", "0"), ("1e2", "100"), ("1e-40", "1E-40")])
def test_canonical_examples(text: str, expected: str) -> None:
    number = decimal(text)
    assert number is not None
    assert canonical(number) == expected


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1d", "0x1p3", "1e309", ".", "1e99999", "9" * 65, "1,5", ""])
def test_what_is_no_finite_number_does_not_leave_as_one(text: str) -> None:
    assert decimal(text) is None


@given(st.text(max_size=30))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    assert (whole(text) is None) or isinstance(whole(text), int)
    assert (decimal(text) is None) or isinstance(decimal(text), Decimal)
    day(text)
