"""RE1 types as Collect's engine reads them (JavaRosa 5.1, measured, 18 to 30). RE2 values as they are written back. RE3
zones. RE4 any text is read or not, without an exception."""

import contextlib
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.survey.definition import FieldType
from services.validate.moments import Unopenable, date_text, datetime_text, time_text
from services.validate.readers import READERS, TIMED, one_of, some_of

clock = datetime.fromisoformat
NOON = datetime(2024, 6, 15, 12, tzinfo=UTC)
NEPAL = datetime(2024, 6, 15, 12, tzinfo=timezone(timedelta(hours=5, minutes=45)))

GOOD: dict[FieldType, dict[str, Any]] = {
    FieldType.INT: {"0": 0, "+5": 5, "-0": 0, "007": 7, "१२": 12, "-2147483648": -(2**31), "2147483647": 2**31 - 1},
    FieldType.DECIMAL: {".5": 0.5, "5.": 5, "1e5": 1e5, "-1.50": -1.5, "1E-300": 1e-300, "1d": 1, "0x1p3": 8},
    FieldType.DATE: {
        "2024-6-5": clock("2024-06-05"),
        "2024-02-29": clock("2024-02-29"),
        "24-06-15": clock("0024-06-15"),
    },
    FieldType.TIME: {
        "10:30": clock("2024-06-15T10:30:00"),
        "10:30:15.5": clock("2024-06-15T10:30:15.500"),
        "10:30:00.000+02:00": clock("2024-06-15T08:30:00"),
        "23:59:59.999Z": clock("2024-06-15T23:59:59.999"),
    },
    FieldType.DATETIME: {
        "2024-06-15": clock("2024-06-15"),
        "2024-06-15T10:00": clock("2024-06-15T10:00:00"),
        "2024-06-15T10:00:00.000+05:45": clock("2024-06-15T04:15:00"),
        "2024-06-15T10:00:00.000+0530": clock("2024-06-15T04:30:00"),
        "2024-06-15T10:00:00.000+03": clock("2024-06-15T07:00:00"),
        "2024-06-15T23:30:00.000-05:00": clock("2024-06-16T04:30:00"),
    },
    FieldType.GEOPOINT: {
        "1": "1.0 0.0 0.0 0.0",
        "27.7 85.3 0 0": "27.7 85.3 0.0 0.0",
        "100 200": "100.0 200.0 0.0 0.0",
        "1  2": "1.0 2.0 0.0 0.0",
        "0 0 0 0": "",
    },
    FieldType.GEOTRACE: {
        "1 2 0 0; 3 4 0 0;": "1.0 2.0 0.0 0.0; 3.0 4.0 0.0 0.0",
        "1 2;;3 4": "1.0 2.0 0.0 0.0; ; 3.0 4.0 0.0 0.0",
        ";": "",
    },
    FieldType.GEOSHAPE: {"1 2 0 0": "1.0 2.0 0.0 0.0"},
    FieldType.SELECT_MULTIPLE: {"a  b": "a b", "a": "a", "a a": "a a"},
}
BAD = {
    FieldType.INT: ["12.5", "3.0", "1e3", "1,000", "0x1F", "2147483648", "9" * 5000, "1 2", "1_000", "𝟏"],
    FieldType.DECIMAL: ["1,5", "१.५", ".", "1_0", "1e", "9" * 65, "e5", "--1"],
    FieldType.DATE: ["2024-02-30", "15/06/2024", "2024-06-15T10:00", "2024-06-15Z", "0000-01-01", "2024-06"],
    FieldType.TIME: ["24:00:00", "25:00", "10", "10:60", "10:30:", "10:30:99"],
    FieldType.DATETIME: ["2024-06-15 10:00", "2024-06-15T25:00", "2024-W24-6", "20240615T100000Z"],
    FieldType.GEOPOINT: ["1 2 3 4 5", "1,2", "here", ";", "1 \u2003 2"],
    FieldType.GEOTRACE: ["a;b", "1 2;\u2003"],
    FieldType.GEOSHAPE: ["x"],
}


def read(kind: FieldType, text: str, now: datetime = NOON) -> Any:
    return TIMED[kind](text, now) if kind in TIMED else READERS[kind](text)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_re1_what_a_phone_can_hold_is_read(kind: FieldType, text: str) -> None:
    assert read(kind, text) == GOOD[kind][text]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in BAD.items() for text in texts])
def test_re1_what_the_engine_would_empty_is_not_read(kind: FieldType, text: str) -> None:
    assert read(kind, text) is None


def test_re1_no_number_and_no_end_are_decimals() -> None:
    assert math.isnan(read(FieldType.DECIMAL, "NaN"))
    assert read(FieldType.DECIMAL, "-Infinity") == read(FieldType.DECIMAL, "-1e999") == -math.inf


@pytest.mark.parametrize("text", ["2024-06-15T", "2024-06-15T10:00+xx", "2024-06-15T10:00+"])
def test_re1_at_these_the_engine_stops(text: str) -> None:
    with pytest.raises(Unopenable):
        read(FieldType.DATETIME, text)


def test_re1_choices() -> None:
    one, some = one_of(["a", "b c"]), some_of(["a", "b"])
    assert [one(text) for text in ("a", "b c", "A", "b")] == ["a", "b c", None, None]
    assert [some(text) for text in ("a", "b  a", "a a", "a c", "a,b", "a\tb")] == ["a", "b a", "a a", None, None, None]


def test_re2_moments_are_written_with_milliseconds_and_zone() -> None:
    moment = clock("2024-06-05T09:05:03.007")
    assert date_text(clock("0024-06-05")) == "24-06-05"
    assert time_text(moment, UTC) == "09:05:03.007Z"
    assert datetime_text(moment, NEPAL.tzinfo) == "2024-06-05T09:05:03.007+05:45"
    assert datetime_text(moment, timezone(-timedelta(hours=3, minutes=30))) == "2024-06-05T09:05:03.007-03:30"


@given(st.datetimes(clock("1900-01-01"), clock("2200-01-01")))
def test_re3_what_was_written_in_a_zone_is_read_in_it(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    for now in (NOON, NEPAL):
        assert read(FieldType.DATETIME, datetime_text(moment, now.tzinfo), now) == moment


TEXT = st.text(max_size=30) | st.text("0123456789-+:.TZ e;", max_size=30)


@given(TEXT)
def test_re4_any_text_is_read_or_not(text: str) -> None:
    for reader in READERS.values():
        reader(text)
    for kind in TIMED:
        with contextlib.suppress(Unopenable):
            read(kind, text)
