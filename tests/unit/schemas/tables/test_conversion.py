"""AGG conversion: exact, once rounded, and missing where nothing is sure."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.survey.figure_definitions import Rate
from schemas.tables.conversion import AMOUNT_SCALE, Rates, converted, first_day
from schemas.tables.unit_scope import Unit


def rate(currency: str, since: str, text: str) -> Rate:
    return Rate(currency=currency, since=date.fromisoformat(since), rate=text)


RATES = Rates("USD", [rate("BDT", "2026-02-01", "0.0081"), rate("BDT", "2026-01-01", "0.0082")])


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2025-12-31", None), ("2026-01-01", "0.0082"), ("2026-01-31", "0.0082"), ("2026-02-01", "0.0081")],
)
def test_the_latest_rate_that_is_not_after_the_day(day: str, expected: str | None) -> None:
    found = RATES.on("BDT", date.fromisoformat(day))
    assert found == (None if expected is None else Fraction(expected))


def test_the_own_currency_and_one_without_rates() -> None:
    assert RATES.on("USD", date.min) == 1
    assert RATES.on("EUR", date.max) is None and RATES.on("_U", date.max) is None


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2026", "2026-01-01"),
        ("2026-Q3", "2026-07-01"),
        ("2026-02", "2026-02-01"),
        ("2026-W01", "2025-12-29"),
        ("2026-02-28", "2026-02-28"),
    ],
)
def test_a_period_counts_from_its_first_day(period: str, day: str) -> None:
    assert first_day(period) == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["", "_U", "_N", "2026-13", "2026-02-30", "2026-W54", "2026-Q5", "26", "2026-1", "w1"])
def test_what_is_no_period_has_no_day(text: str) -> None:
    assert first_day(text) is None


def unit(money: str, day: str) -> Unit:
    return Unit({"money": money, "day": day}, {}, 1_767_225_600_000)


@given(st.integers(-(10**9), 10**9), st.integers(0, 4), st.sampled_from(["BDT", "USD"]))
def test_rounded_once_halves_to_the_even_one(amount: int, scale: int, money: str) -> None:
    convert = converted(lambda _: amount * 10 ** (AMOUNT_SCALE - 3), RATES, "money", "day", scale, 10**9)
    factor = Fraction("0.0082") if money == "BDT" else Fraction(1)
    assert convert(unit(money, "2026-01-05")) == round(Fraction(amount, 1000) * factor * 10**scale)


def test_missing_is_missing() -> None:
    convert = converted(lambda _: 5 * 10**AMOUNT_SCALE, RATES, "money", "day", 2, 4)
    assert convert(unit("BDT", "2025-05-05")) is None and convert(unit("_U", "2026-01-05")) is None
    assert convert(unit("BDT", "_U")) is None and convert(unit("BDT", "2026-01-05")) == 4
    assert convert(unit("USD", "2026-01-05")) is None, "larger than the largest, once it is converted"
    assert converted(lambda _: None, RATES, "money", "day", 2, 4)(unit("USD", "2026-01-05")) is None


def test_without_a_field_the_day_is_the_one_on_which_it_came_in() -> None:
    convert = converted(lambda _: 10**AMOUNT_SCALE, RATES, "money", "", 4, 10)
    assert convert(unit("BDT", "")) == 82
