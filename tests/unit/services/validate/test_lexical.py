"""Types as Collect's engine reads them (JavaRosa 5.1, measured), and numbers in their one text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.survey.definition import FieldType
from services.validate.lexical import CHECKS, canonical, day, decimal, whole

GOOD = {
    FieldType.INT: ["0", "+5", "-0", "007", "१२", "-2147483648", "2147483647"],
    FieldType.DECIMAL: [".5", "5.", "1e5", "-1.50", "1E-300", "0"],
    FieldType.DATE: ["2024-6-5", "2024-02-29", "24-06-15"],
    FieldType.TIME: ["10:30", "10:30:00", "10:30:00.000+02:00", "23:59:59.999Z"],
    FieldType.DATETIME: [
        "2024-06-15",
        "2024-06-15T10:00",
        "2024-06-15T10:00:00.000+05:45",
        "2024-06-15T10:00:00.000+0530",
        "2024-06-15T10:00:00.000+03",
    ],
    FieldType.GEOPOINT: ["1", "1 2", "27.7 85.3 0 0", "100 200", "1  2"],
    FieldType.GEOTRACE: ["1 2 0 0", "1 2;3 4", "1 2 0 0; 3 4 0 0;"],
    FieldType.GEOSHAPE: ["1 2 0 0;3 4 0 0;1 2 0 0"],
}
BAD = {
    FieldType.INT: ["12.5", "3.0", "1e3", "1,000", "0x1F", "2147483648", "9" * 5000, "", "1 2", "1_000"],
    FieldType.DECIMAL: ["1,5", "१.५", "NaN", "Infinity", "1d", "0x1p3", "1e309", ".", "1e99999", "9" * 65],
    FieldType.DATE: ["2024-02-30", "15/06/2024", "2024-06-15T10:00", "2024-06-15Z", "0000-01-01"],
    FieldType.TIME: ["24:00:00", "25:00", "10", "10:60"],
    FieldType.DATETIME: ["2024-06-15 10:00", "2024-06-15T25:00", "2024-06-15T", "2024-06-15T10:00+xx"],
    FieldType.GEOPOINT: ["1 2 3 4 5", "1,2", "here", ";"],
    FieldType.GEOTRACE: ["", ";", "1 2;;3 4", "a;b"],
    FieldType.GEOSHAPE: ["x"],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_val_030_what_a_phone_can_write_is_accepted(kind: FieldType, text: str) -> None:
    assert CHECKS[kind](text)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in BAD.items() for text in texts])
def test_val_030_what_the_engine_would_empty_is_refused(kind: FieldType, text: str) -> None:
    assert not CHECKS[kind](text)


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


@given(st.text(max_size=30))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    for check in CHECKS.values():
        assert check(text) in (True, False)
    assert (whole(text) is None) or isinstance(whole(text), int)
    day(text)
