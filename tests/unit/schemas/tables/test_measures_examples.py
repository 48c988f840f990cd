"""AGG measures by example: what is looked up, what is missing, what is refused, and how amounts are converted."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from schemas.events import Answer
from schemas.expressions import ExpressionError, NotSupported
from schemas.survey.definition import (
    FieldDefinition,
    FieldType,
    GroupDefinition,
    IndicatorDefinition,
    IndicatorKind,
    Privacy,
    PrivacyKind,
    Role,
    SurveyDefinition,
)
from schemas.survey.figure_definitions import Rate
from schemas.tables.measures import Compiler
from schemas.tables.unit_scope import Unit

MakeSurvey = Callable[..., SurveyDefinition]
AT_MS = 1_767_225_600_000
"""2026-01-01."""
LARGEST = 50


def unit(rows: dict[str, list[dict[str, Answer]]] | None = None, /, **answers: Answer) -> Unit:
    return Unit(answers, rows or {}, AT_MS)


@pytest.fixture
def compiler(make_survey: MakeSurvey) -> Compiler:
    return Compiler(make_survey())


def with_fields(survey: SurveyDefinition, *fields: FieldDefinition) -> SurveyDefinition:
    return survey.model_copy(update={"fields": [*survey.fields, *fields]})


def field(path: str, type_: FieldType, privacy: str = "keep", argument: str = "") -> FieldDefinition:
    return FieldDefinition(path=path, type=type_, privacy=Privacy(kind=PrivacyKind(privacy), argument=argument))


# -- numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/data/cost", " /data/cost ", "/data/cost + 0"])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (5, 500),
        ("0.125", 12),
        (LARGEST, 100 * LARGEST),
        (-LARGEST, -100 * LARGEST),
        (LARGEST + 1, None),
        (-LARGEST - 1, None),
        ("_U", None),
        ("", None),
        ("abc", None),
    ],
)
def test_a_number_at_its_scale(compiler: Compiler, text: str, answer: Answer, expected: int | None) -> None:
    assert compiler.number(text, 2, LARGEST)(unit(cost=answer)) == expected


@pytest.mark.parametrize("text", ["/data/cost", "/data/cost + 0"])
def test_no_answer_is_no_number(compiler: Compiler, text: str) -> None:
    assert compiler.number(text, 2, LARGEST)(unit()) is None


def test_one_missing_answer_of_two_makes_no_number_and_two_are_missing(compiler: Compiler) -> None:
    measure = compiler.number("coalesce(/data/cost, /data/pay)", 0, LARGEST)
    assert (measure(unit(pay=4)), measure(unit(cost=3)), measure(unit())) == (4, 3, None)
    assert compiler.number("/data/cost + /data/pay", 0, LARGEST)(unit(pay=4)) is None


def test_a_constant_needs_no_answer(compiler: Compiler) -> None:
    assert compiler.number("1 + 1", 1, LARGEST)(unit()) == 20
    assert compiler.condition("true()")(unit()) is True


def test_the_moment_is_that_of_the_submission_and_is_asked_each_time(compiler: Compiler) -> None:
    this_year = compiler.condition("today() >= date('2026-01-01')")
    assert this_year(unit()) is True
    assert this_year(Unit({}, {}, AT_MS - 1)) is False


def test_what_cannot_be_evaluated_on_some_answers_is_no_number(compiler: Compiler) -> None:
    measure = compiler.number("number(date(/data/cost))", 0, 10**9)
    assert measure(unit(cost="_U")) is None


def test_a_number_of_rows_is_that_of_the_instance(compiler: Compiler) -> None:
    rows: dict[str, list[dict[str, Answer]]] = {"member": [{"member/years": 7}, {"member/years": 9}]}
    measure = compiler.number("/data/member/years + /data/pay", 0, LARGEST, "member")
    first, second = (Unit({"pay": 1, **row}, rows, AT_MS) for row in rows["member"])
    assert (measure(first), measure(second)) == (8, 10)
    assert compiler.number("sum(/data/member/years)", 0, LARGEST)(unit(rows)) == 16


def test_a_path_by_itself_is_looked_up_in_the_unit_alone(compiler: Compiler) -> None:
    """A submission has no answer of its rows, and a row none of those beside it."""
    rows: dict[str, list[dict[str, Answer]]] = {"member": [{"member/years": 7, "member/kin": "F"}, {}]}
    for unit_, repeat in ((unit(rows), ""), (unit(rows), "member")):
        assert compiler.number("/data/member/years", 0, LARGEST, repeat)(unit_) is None
        assert compiler.condition("/data/member/kin = 'F'", repeat)(unit_) is None
    assert compiler.reads("/data/member/years") == ("member/years",)


def test_a_row_without_an_answer_is_missing_also_where_the_expression_has_another_value(compiler: Compiler) -> None:
    rows: dict[str, list[dict[str, Answer]]] = {"member": [{"member/years": 7}, {}]}
    measure = compiler.number("coalesce(/data/member/years, 3)", 0, LARGEST, "member")
    condition = compiler.condition("coalesce(/data/member/years, 3) = 3", "member")
    found = [(measure(each), condition(each)) for each in (Unit(row, rows, AT_MS) for row in rows["member"])]
    assert found == [(7, False), (None, None)]


# -- conditions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/data/sex = 'F'", "/data/sex='F'", ' /data/sex = "F" ', "'F' = /data/sex"])
def test_a_code_is_compared(compiler: Compiler, text: str) -> None:
    condition = compiler.condition(text)
    found = [condition(unit(sex=answer)) for answer in ("F", "M", "_N", "_U", "", "F")]
    assert found == [True, False, None, None, None, True]
    assert condition(unit()) is None


def test_a_number_is_compared_as_a_number(compiler: Compiler) -> None:
    assert compiler.condition("/data/cost = '5'")(unit(cost="5.0")) is True


def test_a_code_that_is_a_number_is_compared_as_text(make_survey: MakeSurvey) -> None:
    """A banded number is a code."""
    survey = with_fields(make_survey(), field("age", FieldType.INT, "band", "10"))
    assert Compiler(survey).condition("/data/age = '20'")(unit(age="20")) is True
    assert Compiler(survey).condition("/data/age = '20'")(unit(age="20.0")) is False


def test_one_of_several_choices_is_not_all_of_them(make_survey: MakeSurvey) -> None:
    survey = with_fields(make_survey(), field("rank", FieldType.RANK))
    for path in ("reason", "rank"):
        condition = Compiler(survey).condition(f"/data/{path} = 'work'")
        assert condition(unit(**{path: ["work"]})) is True
        assert condition(unit(**{path: ["work", "study"]})) is False


def test_no_code_is_not_a_code(compiler: Compiler) -> None:
    """To compare with nothing is left to the engine."""
    assert compiler.condition("/data/sex = ''")(unit(sex="F")) is False


# -- which answers are read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "repeat", "paths"),
    [
        ("/data/cost", "", ("cost",)),
        ("/data/pay + /data/cost", "", ("cost", "pay")),
        ("/data/member/years + 0", "", None),
        ("/data/member/years + 0", "member", ("member/years",)),
        ("/data/member/years + /data/cost", "member", ("cost", "member/years")),
        ("position(..)", "member", None),
        ("1", "", ()),
    ],
)
def test_what_a_value_follows_from(compiler: Compiler, text: str, repeat: str, paths: tuple[str, ...] | None) -> None:
    assert compiler.reads(text, repeat) == paths


def test_what_an_expression_names_wherever_it_stands(compiler: Compiler) -> None:
    assert compiler.paths("sum(/data/member/years) + /data/cost") == {"member/years", "cost"}
    assert compiler.paths("../sex = 'F'", "member") == {"sex"}
    assert compiler.paths("no-such-function(/data/cost)") == frozenset()


def test_numbers_are_those_that_leave_as_numbers(make_survey: MakeSurvey) -> None:
    survey = with_fields(
        make_survey(), field("age", FieldType.INT, "band", "10"), field("size", FieldType.DECIMAL, "round", "5")
    )
    compiler = Compiler(survey)
    assert [compiler.has_numbers([path]) for path in ("pay", "cost", "size", "age", "sex")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert compiler.has_numbers(["sex", "cost"]) and not compiler.has_numbers([])


def test_what_could_only_fail_is_refused(compiler: Compiler) -> None:
    for text in ("no-such-function(/data/cost)", "/data/cost +"):
        with pytest.raises(ExpressionError):
            compiler.number(text, 0, LARGEST)
        with pytest.raises(ExpressionError):
            compiler.condition(text)


def test_what_is_refused_says_what_to_write(compiler: Compiler) -> None:
    with pytest.raises(NotSupported, match="Use or, or two questions"):
        compiler.condition("/data/cost | /data/pay")


def test_the_root_may_be_written_with_slashes(make_survey: MakeSurvey) -> None:
    for root in ("data", "/data", "/data/"):
        compiler = Compiler(make_survey().model_copy(update={"root": root}))
        assert compiler.reads("/data/cost") == ("cost",)
        assert compiler.number("/data/cost + 1", 0, LARGEST)(unit(cost=4)) == 5


def test_groups_are_on_the_way_and_repeats_are_units(make_survey: MakeSurvey) -> None:
    survey = make_survey().model_copy(
        update={"groups": [GroupDefinition(path="member", repeat=True), GroupDefinition(path="home", repeat=False)]}
    )
    compiler = Compiler(with_fields(survey, field("home/rooms", FieldType.INT)))
    assert compiler.reads("/data/home/rooms + 1") == ("home/rooms",)
    assert compiler.number("/data/home/rooms + 1", 0, LARGEST)(unit(**{"home/rooms": 3})) == 4


# -- amounts in currencies --------------------------------------------------------------------------------------


def money(survey: SurveyDefinition, period: bool = True) -> SurveyDefinition:
    day = FieldDefinition(
        path="day", type=FieldType.DATE, role=Role.PERIOD if period else None, privacy=Privacy(kind=PrivacyKind.KEEP)
    )
    rates = [
        Rate(currency="BDT", since=date(2025, 1, 1), rate="0.5"),
        Rate(currency="BDT", since=date(2026, 1, 1), rate="0.25"),
    ]
    fields = [day, field("other", FieldType.DATE), field("money", FieldType.STRING)]
    return with_fields(survey, *fields).model_copy(update={"currency": "USD", "rates": rates})


def indicator(**more: Any) -> IndicatorDefinition:
    return IndicatorDefinition(
        name="x",
        kind=IndicatorKind.MEAN,
        numerator="/data/cost",
        scale=1,
        **more,
    )


def test_an_amount_is_converted_by_the_rate_of_its_day(make_survey: MakeSurvey) -> None:
    compiler = Compiler(money(make_survey()))
    by_period = compiler.measure(indicator(currency="money"), "/data/cost", "money")
    assert by_period(unit(cost=10, money="BDT", day="2025-03-01")) == 50
    assert by_period(unit(cost=10, money="BDT", day="2026-03-01")) == 25
    assert by_period(unit(cost=10, money="USD", day="2026-03-01")) == 100
    assert by_period(unit(cost=10, money="BDT")) is None
    by_other = compiler.measure(indicator(currency="money", date="other"), "/data/cost", "money")
    assert by_other(unit(cost=10, money="BDT", day="2025-03-01", other="2026-03-01")) == 25


def test_without_a_period_it_is_the_day_on_which_it_was_received(make_survey: MakeSurvey) -> None:
    measure = Compiler(money(make_survey(), period=False)).measure(indicator(currency="money"), "/data/cost", "money")
    assert measure(unit(cost=10, money="BDT")) == 25
    assert measure(Unit({"cost": 10, "money": "BDT"}, {}, AT_MS - 1)) == 50


def test_an_amount_is_rounded_after_it_is_converted(make_survey: MakeSurvey) -> None:
    measure = Compiler(money(make_survey())).measure(indicator(currency="money"), "/data/cost", "money")
    assert measure(unit(cost="0.26", money="BDT", day="2025-03-01")) == 1
    # Before the conversion it may be larger than it may be after it.
    largest = indicator().largest
    assert measure(unit(cost=2 * largest, money="BDT", day="2025-03-01")) == 10 * largest
    assert measure(unit(cost=2 * largest + 2, money="BDT", day="2025-03-01")) is None


def test_an_amount_of_a_row_is_converted(make_survey: MakeSurvey) -> None:
    measure = Compiler(money(make_survey())).measure(
        indicator(currency="money"), "/data/member/years + 0", "money", "member"
    )
    assert measure(Unit({"member/years": 10, "money": "BDT", "day": "2025-03-01"}, {}, AT_MS)) == 50


def test_an_amount_without_a_currency_stays_as_it_is(make_survey: MakeSurvey) -> None:
    measure = Compiler(money(make_survey())).measure(indicator(), "/data/member/years + 0", "", "member")
    assert measure(Unit({"member/years": 10, "money": "BDT", "day": "2025-03-01"}, {}, AT_MS)) == 100


def test_what_a_conversion_reads(make_survey: MakeSurvey) -> None:
    compiler, without = Compiler(money(make_survey())), Compiler(money(make_survey(), period=False))
    assert compiler.converted_by(indicator()) == ()
    assert compiler.converted_by(indicator(currency="money")) == ("money", "day")
    assert compiler.converted_by(indicator(currency="money", date="other")) == ("money", "other")
    assert without.converted_by(indicator(currency="money")) == ("money",)
