"""Laws of bands: each number has exactly one code, codes rise with numbers, and the code says where the number is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.survey.bands import bounds_of, code_of, codes_of

BOUNDS = st.lists(st.integers(-1000, 1000), min_size=1, max_size=8, unique=True).map(sorted)


@given(BOUNDS, st.integers(-2000, 2000))
def test_the_code_says_where_the_number_is(bounds: list[int], number: int) -> None:
    codes = codes_of(bounds)
    code = code_of(bounds, codes, number)
    if number < bounds[0]:
        assert code == f"Y_LT{bounds[0]}"
    elif number >= bounds[-1]:
        assert code == f"Y_GE{bounds[-1]}"
    else:
        low = max(bound for bound in bounds if bound <= number)
        high = min(bound for bound in bounds if bound > number)
        assert code == f"Y{low}T{high - 1}"


@given(BOUNDS, st.decimals(-2000, 2000, places=2), st.decimals(-2000, 2000, places=2))
def test_codes_rise_with_numbers(bounds: list[int], one: object, other: object) -> None:
    codes = codes_of(bounds)
    assert len(set(codes)) == len(bounds) + 1
    low, high = sorted([one, other])  # type: ignore[type-var]
    assert codes.index(code_of(bounds, codes, low)) <= codes.index(code_of(bounds, codes, high))  # type: ignore[arg-type]


def test_examples() -> None:
    assert codes_of(bounds_of("15,25,35,45,65")) == ["Y_LT15", "Y15T24", "Y25T34", "Y35T44", "Y45T64", "Y_GE65"]


@pytest.mark.parametrize("argument", ["", "a", "25,15", "15,15", "1.5,2"])
def test_bounds_that_do_not_rise_are_refused(argument: str) -> None:
    with pytest.raises(ValueError, match=r"bounds|invalid"):
        bounds_of(argument)
