"""AGG measures: what is compiled, looked up and remembered equals the expression engine, asked anew each time."""

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Answer
from schemas.expressions import EvaluationError, Shape, Value, as_bool, as_number, compile_expression
from schemas.survey.definition import FieldType, IndicatorDefinition, IndicatorKind, SurveyDefinition
from schemas.tables import remembered as module
from schemas.tables.measures import Compiler
from schemas.tables.numbers import scaled
from schemas.tables.remembered import remembered
from schemas.tables.unit_scope import Unit, is_missing, scope_of
from services.aggregate.sums import linear

MakeSurvey = Callable[..., SurveyDefinition]

NUMBERS = frozenset({"cost", "pay", "psu", "weight", "member/years"})
LARGEST = 50

CONDITIONS = [
    "/data/borrowed = 'yes'",
    "'yes' = /data/borrowed",
    "/data/borrowed = 'yes' or /data/borrowed = 'no'",
    "/data/borrowed != 'yes'",
    "/data/borrowed = 'yes' and /data/sex = 'F'",
    "/data/borrowed = 'no' or /data/sex = 'M' and not(/data/sex = /data/borrowed)",
    "selected(/data/reason, 'work')",
    "selected(/data/reason, 'work') and /data/sex = 'F'",
    "/data/cost > 1",
    "/data/cost >= /data/pay",
    "/data/cost = '5'",
    "if(/data/borrowed = 'yes', /data/cost, /data/pay) > 2",
    "count(/data/member) > 1",
    "sum(/data/member/years) > 10",
    "/data/member/kin = 'M'",
    "/data/member/kin != 'F' or /data/borrowed = 'yes'",
    "true()",
    "today() > date('2020-01-01')",
]
OF_ROWS = [
    "/data/member/kin = 'M'",
    "/data/member/kin != 'F' and /data/sex = 'F'",
    "/data/member/years > 5",
    "../sex='F'",
]
MEASURES = ["/data/cost", "/data/pay", "/data/cost + /data/pay", "/data/cost div 3", "sum(/data/member/years)"]

codes: st.SearchStrategy[Answer] = st.sampled_from(["yes", "no", "F", "M", "_N", "_U", ""])
numbers: st.SearchStrategy[Answer] = st.sampled_from([0, 1, 5, 51, -3, "1.5", "5", "0.125", "_U"])
lists: st.SearchStrategy[Answer] = st.lists(st.sampled_from(["work", "study"]), max_size=2) | st.just("_N")
rows = st.lists(
    st.fixed_dictionaries({}, optional={"member/kin": st.sampled_from(["F", "M", "_N"]), "member/years": numbers}),
    max_size=3,
)
units = st.builds(
    lambda answers, members: Unit(answers, {"member": members} if members else {}, 1_700_000_000_000),
    st.fixed_dictionaries(
        {}, optional={"borrowed": codes, "sex": codes, "reason": lists, "cost": numbers, "pay": numbers}
    ),
    rows,
)


def value(text: str, unit: Unit, repeat: str) -> Value:
    shape = Shape(
        root="data",
        types={
            **dict.fromkeys(("stratum", "sex", "borrowed", "member/kin"), FieldType.STRING.value),
            **dict.fromkeys(NUMBERS, FieldType.DECIMAL.value),
            "reason": FieldType.SELECT_MULTIPLE.value,
        },
        repeats=frozenset({"member"}),
    )
    try:
        return compile_expression(text, repeat, shape)(scope_of(unit, bool(repeat), NUMBERS))
    except EvaluationError:
        return math.nan


def asked(text: str, unit: Unit, repeat: str = "") -> Value | None:
    """The engine's value, None where all that the expression reads is missing."""
    paths = compile_expression(text, repeat, Shape(root="data")).paths
    own = {path for path in paths if path.rpartition("/")[0] in ("", repeat)}
    return None if paths and all(is_missing(unit, path, path in own) for path in paths) else value(text, unit, repeat)


def instances(given_: Sequence[Unit]) -> list[Unit]:
    return [
        Unit({**unit.answers, **row}, unit.rows, unit.at_ms) for unit in given_ for row in unit.rows.get("member", [])
    ]


@settings(deadline=None)
@given(st.lists(units, max_size=12), st.sampled_from(CONDITIONS))
def test_a_condition_is_what_the_engine_says(make_survey: MakeSurvey, given_: list[Unit], text: str) -> None:
    condition = Compiler(make_survey()).condition(text)
    for unit in given_:
        # A path into a repeat by itself is compared by look-up, and the submission has no such answer.
        expected = None if text == "/data/member/kin = 'M'" else asked(text, unit)
        assert condition(unit) == (None if expected is None else as_bool(expected))


@settings(deadline=None)
@given(st.lists(units, max_size=12), st.sampled_from(OF_ROWS))
def test_a_condition_on_rows_is_what_the_engine_says(make_survey: MakeSurvey, given_: list[Unit], text: str) -> None:
    condition = Compiler(make_survey()).condition(text, "member")
    for unit in instances(given_):
        if text == "/data/member/kin = 'M'" and "member/kin" not in unit.answers:
            assert condition(unit) is None, "looked up in the row alone"
            continue
        expected = asked(text, unit, "member")
        assert condition(unit) == (None if expected is None else as_bool(expected))


def test_a_row_without_an_answer_is_missing_whatever_the_rows_beside_it_say(make_survey: MakeSurvey) -> None:
    """And does not count as a no."""
    rows_: dict[str, list[dict[str, Answer]]] = {"member": [{"member/years": 7, "member/kin": "F"}, {}]}
    first, second = instances([Unit({"sex": "F"}, rows_, 1_700_000_000_000)])
    condition = Compiler(make_survey()).condition("/data/member/years > 5", "member")
    assert (condition(first), condition(second)) == (True, None)
    measure = Compiler(make_survey()).number("/data/member/years + 1", 0, LARGEST, "member")
    assert (measure(first), measure(second)) == (8, None)
    assert Compiler(make_survey()).condition("sum(/data/member/years) > 5")(Unit({}, rows_, 0)) is True


@settings(deadline=None)
@given(st.lists(units, max_size=12), st.sampled_from(MEASURES))
def test_a_measure_is_what_the_engine_says(make_survey: MakeSurvey, given_: list[Unit], text: str) -> None:
    measure = Compiler(make_survey()).number(text, 2, LARGEST)
    for unit in given_:
        if text in ("/data/cost", "/data/pay"):
            expected = scaled(unit.answers.get(text.removeprefix("/data/")), 2, LARGEST)
        else:
            found = asked(text, unit)
            expected = None if found is None else scaled(as_number(found), 2, LARGEST)
        assert measure(unit) == expected


def share_of(numerator: str, universe: str | None, unit: Unit, repeat: str, compiler: Compiler) -> tuple[int, ...]:
    """By a compiler that has seen no other unit."""
    if universe is not None and not compiler.condition(universe, repeat)(unit):
        return (0, 0, 0)
    measured = compiler.condition(numerator, repeat)(unit)
    return (0, 0, 0) if measured is None else (1, 1, int(measured))


@settings(deadline=None)
@given(
    st.lists(units, max_size=8),
    st.sampled_from([("", numerator, universe) for numerator in CONDITIONS for universe in (None, *CONDITIONS)])
    | st.sampled_from([("member", numerator, universe) for numerator in OF_ROWS for universe in (None, *OF_ROWS)]),
)
def test_the_sums_of_a_share_are_those_of_its_expressions(
    make_survey: MakeSurvey, given_: list[Unit], share: tuple[str, str, str | None]
) -> None:
    repeat, numerator, universe = share
    survey = make_survey()
    indicator = IndicatorDefinition(name="x", kind=IndicatorKind.SHARE, numerator=numerator, universe=universe)
    sums = linear(indicator, Compiler(survey), weighted=True, repeat=repeat)
    for unit in instances(given_) if repeat else given_:
        assert sums(unit) == share_of(numerator, universe, unit, repeat, Compiler(survey))


def test_what_is_remembered_is_bounded_and_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMBINATIONS", 3)
    computed = []

    def compute(unit: Unit) -> str:
        computed.append(unit.answers["a"])
        return f"of {unit.answers['a']}"

    find = remembered(compute, ("a",), absent=True)
    for name in ("x", "y", "x", "y"):
        assert find(Unit({"a": name}, {}, 0)) == f"of {name}"
    assert computed == ["x", "y"]
    for number in range(10):
        assert find(Unit({"a": number}, {}, 0)) == f"of {number}"
    assert find(Unit({"a": "x"}, {}, 0)) == "of x"
    assert computed.count("x") == 2, "forgotten meanwhile"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("/data/cost", ("cost",)),
        ("/data/borrowed = 'yes' and /data/sex = 'F'", ("borrowed", "sex")),
        ("/data/cost > number(/data/pay)", ("cost", "pay")),
        ("/data/cost > random()", None),
        ("today() > date('2020-01-01')", None),
        ("count(/data/member) > 1", None),
        ("sum(/data/member/years)", None),
    ],
)
def test_only_what_follows_from_own_answers_is_remembered(
    make_survey: MakeSurvey, text: str, paths: tuple[str, ...] | None
) -> None:
    assert Compiler(make_survey()).reads(text) == paths
