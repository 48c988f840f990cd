"""What a calculate leaves, for others to read and as text, by the type of its node (JavaRosa 5.1, measured, 66 to
77)."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from schemas.expressions import EvaluationError
from schemas.survey.definition import FieldType as T
from services.validate.stored import STORES, store, written

clock = datetime.fromisoformat
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
DAY, NIGHT = clock("2024-06-15"), clock("2024-06-16T04:30:00")


@pytest.mark.parametrize(
    ("kind", "result", "value", "text"),
    [
        (T.STRING, True, True, "1"),
        (T.INT, False, False, "0"),
        (T.GEOPOINT, True, True, "1"),
        (T.STRING, math.nan, "", ""),
        (T.INT, math.nan, "", ""),
        (T.STRING, 2.0, 2.0, "2"),
        (T.STRING, 3e9, 3e9, "3000000000"),
        (T.STRING, 1e19, 1e19, "1.0E19"),
        (T.STRING, -0.0, 0.0, "0"),
        (T.STRING, 12345678.9, 12345678.9, "1.23456789E7"),
        (T.STRING, 0.0001, 0.0001, "1.0E-4"),
        (T.STRING, 0.1 + 0.2, 0.1 + 0.2, "0.30000000000000004"),
        (T.STRING, 2.0000000001, 2.0, "2"),
        (T.STRING, 2.9999999999, 2.9999999999, "2.9999999999"),
        (T.STRING, math.inf, math.inf, "Infinity"),
        (T.DECIMAL, -math.inf, -math.inf, "-Infinity"),
        (T.INT, 5.7, 5.0, "5"),
        (T.INT, -5.7, -5.0, "-5"),
        (T.INT, 3e9, 2147483647.0, "2147483647"),
        (T.INT, -math.inf, -2147483648.0, "-2147483648"),
        (T.INT, "abc", "abc", "abc"),
        (T.DATE, "abc", "abc", "abc"),
        (T.STRING, DAY, DAY, "2024-06-15T00:00:00.000Z"),
        (T.DATE, NIGHT, clock("2024-06-16"), "2024-06-16"),
        (T.TIME, NIGHT, NIGHT, "04:30:00.000Z"),
        (T.DATE, 19890.0, 19890.0, "19890"),
        (T.GEOPOINT, "1 2", "1.0 2.0 0.0 0.0", "1.0 2.0 0.0 0.0"),
        (T.SELECT_MULTIPLE, "a  b", "a b", "a b"),
        (T.SELECT_ONE, "a  b", "a  b", "a  b"),
    ],
)
def test_what_is_stored(kind: T, result: Any, value: Any, text: str) -> None:
    assert STORES.get(kind, store)(result, NOW) == (value, text)


def test_a_date_is_stored_with_the_zone_of_the_phone() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert store(DAY, there) == (DAY, "2024-06-15T00:00:00.000+05:45")


def test_a_text_that_is_no_position_stops_the_form() -> None:
    with pytest.raises(EvaluationError):
        STORES[T.GEOPOINT]("here", NOW)


@pytest.mark.parametrize(
    ("kind", "result", "value"),
    [
        (T.STRING, 5.0, "5"),
        (T.INT, True, 1.0),
        (T.STRING, DAY, "2024-06-15T00:00:00.000Z"),
        (T.INT, "", None),
        (T.GEOPOINT, 0.0, ""),
    ],
)
def test_an_action_writes_a_text_that_is_read_again(kind: T, result: Any, value: Any) -> None:
    assert written(result, kind, NOW) == value


@pytest.mark.parametrize(("kind", "result"), [(T.INT, "abc"), (T.DATE, 5.0), (T.DATETIME, "2024-06-15T")])
def test_an_action_that_writes_what_cannot_be_read_stops_the_form(kind: T, result: Any) -> None:
    with pytest.raises(EvaluationError):
        written(result, kind, NOW)
