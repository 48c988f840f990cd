"""All tables of one kind of unit: cell by cell what a submission adds, its histograms included."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from schemas.events import Answer, Response
from schemas.survey.definition import (
    IndicatorDefinition,
    IndicatorKind,
    Role,
    SurveyDefinition,
    TableDefinition,
)
from schemas.survey.figure_definitions import Rate
from schemas.tables.layout import layouts
from schemas.tables.log_buckets import bucket_of
from schemas.tables.measures import Compiler
from services.aggregate.unit_tables import Cell, UnitTables

MakeSurvey = Callable[..., SurveyDefinition]
MakeResponse = Callable[..., Response]
Rows = dict[str, list[dict[str, Answer]]]
K = IndicatorKind

OWN = [
    IndicatorDefinition(name="n", kind=K.COUNT),
    IndicatorDefinition(name="cost", kind=K.TOTAL, numerator="/data/cost", scale=0),
    IndicatorDefinition(name="costs", kind=K.QUANTILE, numerator="/data/cost", universe="/data/sex = 'F'", scale=0),
    IndicatorDefinition(name="years", kind=K.TOTAL, numerator="/data/member/years", scale=0),
    IndicatorDefinition(name="ages", kind=K.QUANTILE, numerator="/data/member/years", scale=0),
    IndicatorDefinition(
        name="women", kind=K.COUNT, universe="/data/member/kin = 'F' and /data/borrowed = 'yes'", scale=0
    ),
]
TWO: Rows = {"member": [{"member/kin": "F", "member/years": 7}, {"member/kin": "F", "member/years": 7}]}


def table(name: str, dimensions: Sequence[str], *indicators: str, unit: str = "") -> TableDefinition:
    return TableDefinition(name=name, dimensions=list(dimensions), indicators=list(indicators), unit=unit)


class Tables:
    def __init__(self, survey: SurveyDefinition, unit: str) -> None:
        kept = [layout for layout in layouts(survey) if layout.name != "_registry"]
        self._names = {layout.id: layout.name for layout in kept}
        indicators = {indicator.name: indicator for indicator in survey.indicators}
        self._tables = UnitTables(unit, kept, indicators, Compiler(survey))

    def of(self, response: Response, weight: int = 1) -> list[tuple[str, str, tuple[int, ...]]]:
        cells: list[Cell] = []
        self._tables.add(response, weight, cells)
        return [(self._names[id_], key, tuple(sums)) for id_, key, sums in cells]


@pytest.fixture
def tables(make_survey: MakeSurvey) -> Callable[..., Tables]:
    def make(*own: TableDefinition, roles: Sequence[Role] = (), **more: Any) -> Tables:
        survey = make_survey(roles, own).model_copy(update={"indicators": OWN, **more})
        return Tables(survey, own[0].unit)

    return make


def bucket(amount: int) -> str:
    return str(bucket_of(amount))


def test_each_table_has_its_own_sums_of_a_submission(tables: Any, make_response: MakeResponse) -> None:
    found = tables(
        table("all", [], "n"), table("cost", ["sex"], "n", "cost"), table("more", ["sex", "reason"], "cost")
    ).of(make_response({"sex": "F", "reason": ["work", "study"], "cost": 3}))
    assert found == [
        ("all", "_T", (1, 7)),
        ("cost", "F", (1, 7, 1, 3, 9)),
        ("more", "F|work", (1, 7, 1, 3, 9)),
        ("more", "F|study", (1, 7, 1, 3, 9)),
    ]


def test_a_submission_is_in_one_bucket_for_each_of_its_cells(tables: Any, make_response: MakeResponse) -> None:
    made = tables(table("all", [], "costs"), table("by", ["reason"], "cost", "costs"), table("none", ["sex"], "cost"))
    answers: dict[str, Answer] = {"sex": "F", "reason": ["work", "study"], "cost": 30}
    found = [cell for cell in made.of(make_response(answers)) if ":" in cell[0]]
    assert found == [
        ("all:costs", bucket(30), (1,)),
        ("by:costs", f"work|{bucket(30)}", (1,)),
        ("by:costs", f"study|{bucket(30)}", (1,)),
    ]
    for outside in ({**answers, "sex": "M"}, {**answers, "cost": "_U"}):
        assert not [cell for cell in made.of(make_response(outside)) if ":" in cell[0]]


def test_buckets_are_weighted(tables: Any, make_response: MakeResponse) -> None:
    made = tables(table("all", [], "n", "costs"), roles=[Role.WEIGHT])
    assert made.of(make_response({"sex": "F", "cost": 30}), weight=10) == [
        ("all", "_T", (1, 7, 10, 100)),
        ("all:costs", bucket(30), (1, 10, 100)),
    ]


def test_indicators_are_weighted(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    own = IndicatorDefinition(name="women", kind=K.COUNT, universe="/data/sex = 'F'")
    survey = make_survey([Role.WEIGHT], [table("all", [], "women")]).model_copy(update={"indicators": [own]})
    assert Tables(survey, "").of(make_response({"sex": "F"}), weight=10) == [("all", "_T", (1, 7, 10, 100, 1, 10, 100))]


def test_a_submission_is_measured_with_its_rows_at_its_time(make_survey: MakeSurvey, make_response: Any) -> None:
    years = "sum(/data/member/years)"
    own = [
        IndicatorDefinition(name="years", kind=K.TOTAL, numerator=years, scale=0),
        IndicatorDefinition(name="now", kind=K.COUNT, universe="today() < date('2200-01-01')"),
        IndicatorDefinition(
            name="ages", kind=K.QUANTILE, numerator=years, universe="today() < date('2200-01-01')", scale=0
        ),
    ]
    survey = make_survey((), [table("all", [], "years", "now", "ages")]).model_copy(update={"indicators": own})
    assert Tables(survey, "").of(make_response({}, TWO)) == [
        ("all", "_T", (1, 7, 1, 14, 196, 1)),
        ("all:ages", bucket(14), (1,)),
    ]


def test_rows_are_measured_at_the_time_of_their_submission(make_survey: MakeSurvey, make_response: Any) -> None:
    now = "today() < date('2200-01-01')"
    own = [
        IndicatorDefinition(name="now", kind=K.COUNT, universe=f"{now} and /data/member/years > 5"),
        IndicatorDefinition(
            name="ages", kind=K.QUANTILE, numerator="coalesce(/data/member/years, 3)", universe=now, scale=0
        ),
    ]
    survey = make_survey((), [table("m", [], "now", "ages", unit="member")]).model_copy(update={"indicators": own})
    rows: Rows = {"member": [{"member/years": 7}, {}]}
    found = Tables(survey, "member").of(make_response({}, rows))
    # Who has no years is not three years old.
    assert found == [("m", "_T", (2, 1, 7, 4, 1, 1)), ("m:ages", bucket(7), (1,))]


def test_several_histograms_each_of_its_own_indicator(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    pay = IndicatorDefinition(name="pays", kind=K.QUANTILE, numerator="/data/pay", scale=0)
    survey = make_survey((), [table("a", [], "pays", "costs"), table("b", [], "costs")])
    made = Tables(survey.model_copy(update={"indicators": [*OWN, pay]}), "")
    found = [cell for cell in made.of(make_response({"sex": "F", "cost": 30, "pay": 500})) if ":" in cell[0]]
    assert found == [("a:pays", bucket(500), (1,)), ("a:costs", bucket(30), (1,)), ("b:costs", bucket(30), (1,))]


def test_rows_are_added_up_by_cell_and_counted_as_one_submission(tables: Any, make_response: MakeResponse) -> None:
    made = tables(table("m", ["sex", "member/kin"], "years", "ages", unit="member"), table("t", [], unit="member"))
    rows: Rows = {
        "member": [
            {"member/kin": "F", "member/years": 7},
            {"member/kin": "M", "member/years": 5},
            {"member/kin": "F", "member/years": 20},
            {"member/kin": "F", "member/years": 7},
        ]
    }
    assert made.of(make_response({"sex": "M"}, rows)) == [
        ("m", "M|F", (3, 1, 7, 9, 3, 34, 34 * 34)),
        ("m", "M|M", (1, 1, 7, 1, 1, 5, 25)),
        ("m:ages", f"M|F|{bucket(7)}", (2,)),
        ("m:ages", f"M|M|{bucket(5)}", (1,)),
        ("m:ages", f"M|F|{bucket(20)}", (1,)),
        ("t", "_T", (4, 1, 7, 16)),
    ]


def test_the_weight_of_a_row_is_that_of_its_submission(tables: Any, make_response: MakeResponse) -> None:
    made = tables(table("m", ["member/kin"], "years", "ages", unit="member"), roles=[Role.WEIGHT])
    assert made.of(make_response({}, TWO), weight=10) == [
        ("m", "F", (2, 1, 7, 20, 400, 2, 140, 140 * 140)),
        ("m:ages", f"F|{bucket(7)}", (2, 20)),
    ]


def test_without_rows_there_is_nothing_to_count(tables: Any, make_response: MakeResponse) -> None:
    made = tables(table("m", ["member/kin"], "years", unit="member"))
    without: list[Rows] = [{}, {"member": []}, {"other": [{"member/kin": "F"}]}]
    for rows in without:
        assert made.of(make_response({"sex": "F"}, rows)) == []


def test_a_table_of_rows_alone_counts_them(tables: Any, make_response: MakeResponse) -> None:
    assert tables(table("m", ["member/kin"], unit="member")).of(make_response({}, TWO)) == [("m", "F", (2, 1, 7, 4))]


def test_a_row_is_judged_with_the_answers_around_it(tables: Any, make_response: MakeResponse) -> None:
    made = tables(table("m", ["sex"], "women", unit="member"))
    for borrowed, women in (("yes", 2), ("no", 0)):
        [(_, key, sums)] = made.of(make_response({"sex": "M", "borrowed": borrowed, "cost": 3}, TWO))
        assert (key, sums[4]) == ("M", women)


def test_an_answer_of_the_row_stands_before_one_around_it(tables: Any, make_response: MakeResponse) -> None:
    [(_, key, _)] = tables(table("m", ["member/kin"], unit="member")).of(make_response({"member/kin": "M"}, TWO))
    assert key == "F"


def test_what_can_read_any_answer_is_given_all(make_survey: MakeSurvey, make_response: Any) -> None:
    many = IndicatorDefinition(
        name="many", kind=K.COUNT, universe="today() > date('1960-01-01') and /data/pay = 4 and /data/member/years > 5"
    )
    survey = make_survey((), [table("m", [], "many", unit="member")])
    made = Tables(survey.model_copy(update={"indicators": [many]}), "member")
    [(_, _, sums)] = made.of(make_response({"pay": 4}, TWO))
    assert sums[4] == 2


def test_amounts_of_rows_are_converted_by_what_is_around(make_survey: MakeSurvey, make_response: Any) -> None:
    rate = Rate.model_validate({"currency": "BDT", "since": "2000-01-01", "rate": "0.5"})
    years: dict[str, Any] = {"numerator": "/data/member/years", "date": "sex", "scale": 0}
    own = [
        IndicatorDefinition(name="usd", kind=K.TOTAL, currency="stratum", **years),
        IndicatorDefinition(name="usds", kind=K.QUANTILE, currency="reason", **years),
    ]
    survey = make_survey((), [table("m", [], "usd", "usds", unit="member")])
    made = Tables(survey.model_copy(update={"indicators": own, "currency": "USD", "rates": [rate]}), "member")
    rows: Rows = {"member": [{"member/years": 8}]}
    found = made.of(make_response({"stratum": "BDT", "reason": "BDT", "sex": "2026", "pay": 1}, rows))
    assert found == [("m", "_T", (1, 1, 7, 1, 1, 4, 16)), ("m:usds", bucket(4), (1,))]
