"""What constraints say of the numbers, lengths, codes and days of an answer."""

import math
from datetime import UTC, datetime

import pytest

from cli.filling.bounds import Bounds, Probe, as_codes, as_day, as_length, bounds
from cli.filling.hints import Measure, hints_of
from schemas.expressions import Shape
from services.validate.form import Form, FormData
from services.validate.row import Row
from tests.unit.cli.filling.definitions import definition

SHAPE = Shape("data", {"x": "int", "a": "int", "b": "int", "d": "date"})
OTHERS = {"a": 40.0, "b": 7.0}


def found(constraint: str, at: str = "x", measure: Measure = Measure.VALUE, probe: Probe = float) -> Bounds:
    row = Row()
    row.form = Form(FormData(definition(), {}), datetime(2026, 11, 20, 12, tzinfo=UTC))
    row.answers = {**OTHERS}
    result = bounds(hints_of(constraint, at, SHAPE).comparisons, measure, probe, row, at, 1.0)
    assert row.answers == OTHERS, "the row is left as it was"
    return result


@pytest.mark.parametrize(
    ("constraint", "low", "high"),
    [
        (". >= 15 and . <= 99", 15, 99),
        (". > 15 and 99 > .", 16, 98),
        (". >= 14.5 and . < 20.5", 15, 20),
        (". <= /data/a - /data/b", -math.inf, 33),
        ("100 - . >= /data/a", -math.inf, 60),
        ("2 * . + 10 < 50", -math.inf, 19),
        ("/data/a + . + /data/b = 100", -math.inf, math.inf),
        ("regex(., '[0-9]+') or /data/a > 3", -math.inf, math.inf),
        (". > . ", -math.inf, math.inf),
    ],
)
def test_numbers(constraint: str, low: float, high: float) -> None:
    result = found(constraint)
    assert (result.low, result.high) == (low, high)


def test_an_equation_names_its_solution() -> None:
    assert found("/data/a + . + /data/b = 100").exact == (53.0,)
    assert found(". = /data/a or . = 2").exact == (40.0, 2.0)


def test_lengths_and_codes() -> None:
    assert found("string-length(.) <= 10 and string-length(.) > 2", "x", Measure.LENGTH, as_length).high == 10
    assert found("string-length(.) <= 10 and string-length(.) > 2", "x", Measure.LENGTH, as_length).low == 3
    assert found("count-selected(.) <= 3 and . > 1", "x", Measure.COUNT, as_codes).high == 3


def test_days() -> None:
    day = (datetime(2026, 11, 20) - datetime(1970, 1, 1)).days  # noqa: DTZ001 dates of forms have no zone
    assert found(". <= today() and . > today() - 10", "d", probe=as_day).low == day - 9
    assert found(". <= today() and . > today() - 10", "d", probe=as_day).high == day
