"""Quantile indicators: the bucket that a unit is in, and the cells that are made of it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from schemas.events import Answer
from schemas.survey.definition import IndicatorDefinition, IndicatorKind, SurveyDefinition
from schemas.tables.layout import BUCKET, Design, Layout
from schemas.tables.log_buckets import bucket_of
from schemas.tables.measures import Compiler
from schemas.tables.unit_scope import Unit
from services.aggregate.histogram import HistogramCells, bucket

MakeSurvey = Callable[..., SurveyDefinition]


def indicator(numerator: str | None, **more: Any) -> IndicatorDefinition:
    made = IndicatorDefinition(name="x", kind=IndicatorKind.QUANTILE, numerator="/data/cost", scale=1, **more)
    return made.model_copy(update={"numerator": numerator})


def unit(**answers: Answer) -> Unit:
    return Unit(answers, {"member": [{"member/years": 7}, {}]}, 0)


def cells(*dimensions: str, base: Sequence[str] = ("n",)) -> HistogramCells:
    layout = Layout("h", "s", "h", "", "", (*dimensions, BUCKET), tuple(base), (), False, 0, Design.SIMPLE, ())
    return HistogramCells(layout)


def test_the_bucket_is_that_of_the_amount_at_its_scale(make_survey: MakeSurvey) -> None:
    find = bucket(indicator("/data/cost"), Compiler(make_survey()))
    assert find(unit(cost=12)) == str(bucket_of(120))
    assert (find(unit(cost=0)), find(unit(cost="-0.1")), find(unit(cost="_U")), find(unit())) == ("0", "-1", None, None)


def test_who_is_not_in_the_universe_has_none(make_survey: MakeSurvey) -> None:
    find = bucket(indicator("/data/cost", universe="/data/sex = 'F'"), Compiler(make_survey()))
    found = [find(unit(cost=0, sex=sex)) for sex in ("F", "M", "_U")]
    assert found == ["0", None, None]


def test_a_row_has_that_of_its_own_amount(make_survey: MakeSurvey) -> None:
    """The rows beside it say nothing of it."""
    years = "coalesce(/data/member/years, 0)"
    find = bucket(indicator(years), Compiler(make_survey()), "member")
    assert (find(unit(**{"member/years": 7})), find(unit())) == (str(bucket_of(70)), None)
    within = bucket(indicator("/data/cost", universe=f"{years} = 0"), Compiler(make_survey()), "member")
    assert (within(unit(**{"member/years": 0, "cost": 0})), within(unit(cost=0))) == ("0", None)


def test_without_an_amount_there_is_no_quantile(make_survey: MakeSurvey) -> None:
    with pytest.raises(ValueError, match=r"^indicator x has no numerator$"):
        bucket(indicator(None), Compiler(make_survey()))


def test_the_cells_of_one_unit() -> None:
    assert cells("sex").of_one(["F", "M"], "3", 10) == [("F|3", (1,)), ("M|3", (1,))]
    assert cells(base=("n", "w", "w2")).of_one(["_T"], "-3", 10) == [("-3", (1, 10, 100))]
    assert cells("sex").of_one(["F"], None, 10) == []


def test_the_cells_of_the_rows_of_one_submission() -> None:
    rows: list[tuple[list[str], str | None]] = [(["F"], "3"), (["F", "M"], "3"), (["F"], None), (["F"], "4")]
    assert cells("kin", base=("n", "w", "w2")).of_rows(rows, 10) == [
        ("F|3", (2, 20, 400)),
        ("M|3", (1, 10, 100)),
        ("F|4", (1, 10, 100)),
    ]
    assert cells().of_rows([(["_T"], "0"), (["_T"], "0")], 1) == [("0", (2,))]
