"""The sums of indicators: what a unit adds to each, and the vector that is made of them with a weight."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from schemas.events import Answer
from schemas.survey.definition import IndicatorDefinition, IndicatorKind, SurveyDefinition
from schemas.survey.figure_definitions import Rate
from schemas.tables.layout import Design, Layout, Segment
from schemas.tables.measures import Compiler
from schemas.tables.unit_scope import Unit
from services.aggregate.sums import Row, base_values, linear

MakeSurvey = Callable[..., SurveyDefinition]
K = IndicatorKind


@pytest.fixture
def compiler(make_survey: MakeSurvey) -> Compiler:
    return Compiler(make_survey())


def unit(**answers: Answer) -> Unit:
    return Unit(answers, {}, 0)


def indicator(kind: IndicatorKind, numerator: str | None = None, **more: Any) -> IndicatorDefinition:
    return IndicatorDefinition(name="x", kind=kind, numerator=numerator, **more)


IN, OUT, UNKNOWN = {"sex": "F"}, {"sex": "M"}, {"sex": "_U"}


@pytest.mark.parametrize("universe", [None, "/data/sex = 'F'"])
@pytest.mark.parametrize(
    ("kind", "more", "weighted", "answers", "sums"),
    [
        (K.SHARE, {"numerator": "/data/borrowed = 'yes'"}, True, {"borrowed": "yes"}, (1, 1, 1)),
        (K.SHARE, {"numerator": "/data/borrowed = 'yes'"}, False, {"borrowed": "yes"}, (1, 1)),
        (K.SHARE, {"numerator": "/data/borrowed = 'yes'"}, True, {"borrowed": "no"}, (1, 1, 0)),
        (K.SHARE, {"numerator": "/data/borrowed = 'yes'"}, True, {"borrowed": "_U"}, (0, 0, 0)),
        (K.MEAN, {"numerator": "/data/pay"}, True, {"pay": 4}, (1, 1, 4)),
        (K.MEAN, {"numerator": "/data/pay"}, False, {"pay": 4}, (1, 4)),
        (K.MEAN, {"numerator": "/data/pay"}, True, {}, (0, 0, 0)),
        (K.MEAN, {"numerator": "/data/pay"}, False, {}, (0, 0)),
        (K.TOTAL, {"numerator": "/data/pay"}, True, {"pay": 4}, (1, 4)),
        (K.TOTAL, {"numerator": "/data/pay"}, False, {}, (0, 0)),
        (K.RATIO, {"numerator": "/data/cost", "denominator": "/data/pay"}, True, {"cost": 3, "pay": 4}, (1, 3, 4)),
        (K.RATIO, {"numerator": "/data/cost", "denominator": "/data/pay"}, False, {"cost": 3, "pay": 4}, (1, 3, 4)),
        (K.RATIO, {"numerator": "/data/cost", "denominator": "/data/pay"}, True, {"cost": 3}, (0, 0, 0)),
        (K.RATIO, {"numerator": "/data/cost", "denominator": "/data/pay"}, True, {"pay": 4}, (0, 0, 0)),
    ],
)
def test_what_a_unit_adds(
    compiler: Compiler,
    universe: str | None,
    kind: IndicatorKind,
    more: dict[str, Any],
    weighted: bool,
    answers: dict[str, Answer],
    sums: tuple[int, ...],
) -> None:
    compute = linear(indicator(kind, universe=universe, scale=0, **more), compiler, weighted)
    nothing = (0,) * len(sums)
    assert compute(unit(**answers, **IN)) == sums
    for outside in (OUT, UNKNOWN):
        assert compute(unit(**answers, **outside)) == (sums if universe is None else nothing)


@pytest.mark.parametrize(("weighted", "one", "none"), [(True, (1, 1), (0, 0)), (False, (1,), (0,))])
def test_a_count(compiler: Compiler, weighted: bool, one: tuple[int, ...], none: tuple[int, ...]) -> None:
    assert linear(indicator(K.COUNT), compiler, weighted)(unit()) == ()
    compute = linear(indicator(K.COUNT, universe="/data/sex = 'F'"), compiler, weighted)
    assert [compute(unit(**answers)) for answers in (IN, OUT, UNKNOWN, {})] == [one, none, none, none]


def test_amounts_are_converted_each_by_its_own_currency(make_survey: MakeSurvey) -> None:
    rates = [Rate(currency=code, since=date(1970, 1, 1), rate=rate) for code, rate in (("BDT", "0.5"), ("EUR", "2"))]
    compiler = Compiler(make_survey().model_copy(update={"currency": "USD", "rates": rates}))
    both = {"currency": "stratum", "denominator_currency": "sex"}
    ratio = indicator(K.RATIO, "/data/cost", denominator="/data/pay", scale=0, **both)
    given = unit(cost=10, pay=3, stratum="BDT", sex="EUR")
    assert linear(ratio, compiler, weighted=False)(given) == (1, 5, 6)
    mean = indicator(K.MEAN, "/data/cost", scale=0, currency="stratum")
    assert linear(mean, compiler, weighted=False)(given) == (1, 5)
    # The rate is of a day: nothing is remembered, though the same answers come again.
    assert linear(mean, compiler, weighted=False)(Unit(given.answers, {}, -86_400_000)) == (0, 0)


@pytest.mark.parametrize("kind", [K.MEAN, K.RATIO, K.SHARE])
def test_rows_are_measured_by_their_own_answers(compiler: Compiler, kind: IndicatorKind) -> None:
    """Whoever has no answer is missing, whatever the rows beside it say."""
    years, rows = "/data/member/years + 0", {"member": [{"member/years": 7}, {}]}
    numerator = "/data/member/years > 5" if kind is K.SHARE else years
    more = {"denominator": years} if kind is K.RATIO else {}
    compute = linear(indicator(kind, numerator, scale=0, **more), compiler, weighted=True, repeat="member")
    found = {K.MEAN: (1, 1, 7), K.RATIO: (1, 7, 7), K.SHARE: (1, 1, 1)}[kind]
    assert compute(Unit({"member/years": 7}, rows, 0)) == found
    assert compute(Unit({}, rows, 0)) == (0, 0, 0)


def test_a_universe_of_rows(compiler: Compiler) -> None:
    compute = linear(indicator(K.COUNT, universe="/data/member/years > 5"), compiler, False, "member")
    rows: dict[str, list[dict[str, Answer]]] = {"member": [{"member/years": 7}, {}]}
    assert [compute(Unit(row, rows, 0)) for row in rows["member"]] == [(1,), (0,)]


def test_a_denominator_of_zero_is_one(compiler: Compiler) -> None:
    ratio = linear(indicator(K.RATIO, "/data/cost", denominator="/data/pay", scale=0), compiler, weighted=True)
    assert ratio(unit(cost=0, pay=0)) == (1, 0, 0)


def test_an_indicator_that_lacks_a_part_is_a_fault(compiler: Compiler) -> None:
    for kind, numerator, words in (
        (K.MEAN, None, r"^indicator x has no numerator$"),
        (K.RATIO, "/data/cost", r"^indicator x has no denominator$"),
    ):
        broken = indicator(K.MEAN, "/data/cost").model_copy(
            update={"kind": kind, "numerator": numerator, "denominator": None}
        )
        with pytest.raises(ValueError, match=words):
            linear(broken, compiler, weighted=False)


class Asked(Compiler):
    """Counts how often a condition was evaluated."""

    evaluated = 0

    def condition(self, text: str, unit: str = "") -> Any:
        condition = super().condition(text, unit)

        def count(each: Unit) -> bool | None:
            self.evaluated += 1
            return condition(each)

        return count


@pytest.mark.parametrize(
    ("numerator", "repeat", "answers", "evaluated"),
    [
        # Of codes: by these.
        ("/data/borrowed = 'yes'", "", {"borrowed": "yes"}, 1),
        ("/data/borrowed = 'yes'", "", {}, 1),
        ("/data/member/kin = 'F'", "member", {"member/kin": "F"}, 1),
        # A row without the answer may have it from around: then it is no key.
        ("/data/member/kin = 'F'", "member", {}, 3),
        # Of numbers there are too many; and of the moment nobody can say.
        ("/data/cost > 3", "", {"cost": 5}, 3),
        ("/data/borrowed = 'yes' and today() > date('2020-01-01')", "", {"borrowed": "yes"}, 3),
    ],
)
def test_what_follows_from_codes_is_worked_out_once(
    make_survey: MakeSurvey, numerator: str, repeat: str, answers: dict[str, Answer], evaluated: int
) -> None:
    compiler = Asked(make_survey())
    compute = linear(indicator(K.SHARE, numerator), compiler, weighted=False, repeat=repeat)
    first = compute(unit(**answers))
    assert [compute(unit(**answers)) for _ in range(2)] == [first, first]
    assert compiler.evaluated == evaluated


def test_the_base_of_some_units() -> None:
    assert base_values(3, 40, 7) == (3, 1, 7, 40, 1600)


def layout(base: tuple[str, ...], **sums: tuple[str, ...]) -> Layout:
    segments = tuple(Segment(name, K.RATIO, 0, 0, own) for name, own in sums.items())
    return Layout("t", "s", "t", "", "", (), base, segments, True, 0, Design.SIMPLE, ())


RATIO = ("n", "wy", "wx", "w2y2", "w2xy", "w2x2")
MEAN = ("n", "w", "wx", "w2", "w2x", "w2x2")


def test_a_row_is_weighted_and_squared_and_each_table_picks_its_own() -> None:
    sums = {"r": RATIO, "m": MEAN}
    row = Row(sums)
    values = row(base_values(1, 10, 7), (1, 3, 4, 1, 1, 5), 10)
    of_ratio = (1, 30, 40, 900, 1200, 1600)
    of_mean = (1, 10, 50, 100, 500, 2500)
    assert row.picker(layout(("n", "k", "w", "w2"), **sums))(values) == (1, 7, 10, 100, *of_ratio, *of_mean)
    assert row.picker(layout(("n", "s"), m=MEAN))(values) == (1, 1, *of_mean)


def test_without_weights_n_stands_for_them() -> None:
    sums = {"m": ("n", "wx", "w2", "w2x")}
    row = Row(sums)
    assert row.picker(layout(("n",), **sums))(row(base_values(2, 2, 7), (2, 9), 1)) == (2, 2, 9, 4, 18)


def test_a_row_of_no_sums_is_its_base() -> None:
    row = Row({"count": ()})
    assert row(base_values(1, 10, 7), (), 10) == [1, 1, 7, 10, 100]
    linear_alone = Row({"total": ("n", "wx")})
    assert linear_alone(base_values(1, 10, 7), (1, 4), 10) == [1, 1, 7, 10, 100, 1, 40]
