"""AGG contribution: what one submission adds, cell by cell, in exact integers."""

from collections.abc import Callable
from operator import add

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Answer, Response
from schemas.survey.definition import FieldType, IndicatorDefinition, IndicatorKind, Privacy, Role, SurveyDefinition
from schemas.tables.contribution import Contribution
from services.aggregate.contributor import Contributor

MakeSurvey = Callable[..., SurveyDefinition]
MakeResponse = Callable[..., Response]

ANSWERS: dict[str, Answer] = {
    "sex": "F",
    "reason": ["work", "study"],
    "cost": "12.345",
    "pay": 4,
    "borrowed": "yes",
    "weight": "1.5",
    "stratum": "N.1",
    "psu": 3,
}
ROWS: dict[str, list[dict[str, Answer]]] = {
    "member": [
        {"member/kin": "M", "member/years": 30},
        {"member/kin": "M", "member/years": 5},
        {"member/kin": "F"},
    ]
}


def named(contributor: Contributor, contribution: Contribution) -> dict[tuple[str, str], dict[str, int]]:
    """(table, cell) -> sum by name; sums of indicators as indicator.sum."""
    layouts = {layout.id: layout for layout in contributor.layouts}
    found = {}
    for table, cell, amounts in contribution.cells:
        layout = layouts[table]
        names = [*layout.base, *(f"{s.name}.{name}" for s in layout.segments for name in s.sums)]
        found[layout.name, cell] = dict(zip(names, amounts, strict=True))
    return found


def test_unweighted_sums_leave_out_what_equals_n(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    contributor = Contributor(make_survey())
    contribution = contributor(make_response(ANSWERS, ROWS))
    found = named(contributor, contribution)
    assert found["_registry", "_T"] == {"n": 1}
    assert found["all", "_T"] == {"n": 1, "k": 7}
    assert found["by_sex", "F"] == {
        "n": 1,
        "k": 7,
        "poor.n": 1,
        "mean.n": 1,
        "mean.wx": 1234,
        "mean.w2x2": 1234**2,
        "total.n": 1,
        "total.wx": 1234,
        "total.w2x2": 1234**2,
        "share.n": 1,
        "share.wx": 1,
        "months.n": 1,
        "months.wy": 1234,
        "months.wx": 400,
        "months.w2y2": 1234**2,
        "months.w2xy": 1234 * 400,
        "months.w2x2": 400**2,
    }
    assert contribution.design is None


def test_a_multiple_choice_puts_a_unit_into_each_cell(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    contributor = Contributor(make_survey())
    found = named(contributor, contributor(make_response({**ANSWERS, "reason": ["work", "study", "work"]})))
    assert found["by_reason", "F|work"] == found["by_reason", "F|study"]
    assert found["by_reason", "F|work"]["n"] == 1
    none = named(contributor, contributor(make_response({**ANSWERS, "reason": "_N"})))
    assert [cell for table, cell in none if table == "by_reason"] == ["F|_N"]


def test_rows_are_units_and_the_submission_is_the_cluster(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    contributor = Contributor(make_survey())
    found = named(contributor, contributor(make_response(ANSWERS, ROWS)))
    assert found["members", "F|M"] == {
        "n": 2,
        "s": 1,
        "k": 7,
        "w2": 4,
        "years.n": 2,
        "years.wx": 35,
        "years.w2": 4,
        "years.w2x": 70,
        "years.w2x2": 35**2,
    }
    assert found["members", "F|F"]["n"] == 1, "a unit without the measure is in the cell"
    assert found["members", "F|F"]["years.n"] == 0, "but not in the indicator"


def test_weights_are_scaled_and_squares_are_of_the_submission(
    make_survey: MakeSurvey, make_response: MakeResponse
) -> None:
    contributor = Contributor(make_survey([Role.WEIGHT]))
    found = named(contributor, contributor(make_response(ANSWERS, ROWS)))
    cell, w = found["by_sex", "F"], 1_500_000
    assert (cell["w"], cell["w2"]) == (w, w * w)
    assert (cell["mean.w"], cell["mean.wx"], cell["mean.w2x2"]) == (w, w * 1234, (w * 1234) ** 2)
    assert (cell["share.w"], cell["share.wx"], cell["share.w2x"]) == (w, w, w * w)
    assert found["members", "F|M"]["w2"] == (2 * w) ** 2


def test_without_a_usable_weight_nobody_is_stood_for(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    contributor = Contributor(make_survey([Role.WEIGHT]))
    for weight in ("_U", "-2", "0"):
        cell = named(contributor, contributor(make_response({**ANSWERS, "weight": weight})))["by_sex", "F"]
        assert (cell["n"], cell["w"], cell["mean.n"], cell["mean.wx"]) == (1, 0, 1, 0)


def test_a_design_is_named_and_squares_are_left_to_the_psus(
    make_survey: MakeSurvey, make_response: MakeResponse
) -> None:
    contributor = Contributor(make_survey([Role.WEIGHT, Role.STRATUM, Role.PSU]))
    contribution = contributor(make_response(ANSWERS))
    assert contribution.design == "N%2E1|3"
    cell = named(contributor, contribution)["by_sex", "F"]
    assert not [name for name in cell if ".w2" in name]
    assert contributor(make_response({"sex": "F"})).design == "_U|_U"


def test_missing_measures_are_not_in_the_indicator(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    contributor = Contributor(make_survey())
    cell = named(contributor, contributor(make_response({"sex": "M", "borrowed": "_U", "cost": 5})))["by_sex", "M"]
    assert (cell["n"], cell["mean.n"], cell["share.n"], cell["months.n"]) == (1, 1, 0, 0)
    cell = named(contributor, contributor(make_response({"sex": "M", "borrowed": "no"})))["by_sex", "M"]
    assert (cell["share.n"], cell["poor.n"]) == (0, 0), "whose cost is unknown is not in a universe of costs"


def test_a_table_keeps_its_id_over_versions_that_keep_its_meaning(make_survey: MakeSurvey) -> None:
    def ids(survey: SurveyDefinition) -> dict[str, str]:
        return {layout.name: layout.id for layout in Contributor(survey).layouts}

    survey = make_survey()
    first = ids(survey)
    assert set(first) == {"_registry", "all:median", *(table.name for table in survey.tables)}
    assert len(set(first.values())) == len(first)
    labelled = [table.model_copy(update={"label": "x", "threshold": 3}) for table in survey.tables]
    assert ids(survey.model_copy(update={"version": "2", "tables": labelled})) == first
    changed = [i.model_copy(update={"scale": 3}) if i.name == "mean" else i for i in survey.indicators]
    second = ids(survey.model_copy(update={"indicators": changed}))
    assert {name for name in first if first[name] != second[name]} == {"by_sex", "by_reason"}
    banded = [
        f.model_copy(update={"privacy": Privacy.model_validate({"kind": "band", "argument": "1"})})
        if f.path == "sex"
        else f
        for f in survey.fields
    ]
    third = ids(survey.model_copy(update={"fields": banded}))
    assert {name for name in first if first[name] != third[name]} == {"by_sex", "by_reason", "members"}


def test_an_indicator_that_cannot_be_evaluated_is_left_out(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    broken = IndicatorDefinition(name="mean", kind=IndicatorKind.MEAN, numerator="no-such-function(/data/cost)")
    indicators = [broken if i.name == "mean" else i for i in survey.indicators]
    layouts = {
        layout.name: layout for layout in Contributor(survey.model_copy(update={"indicators": indicators})).layouts
    }
    assert layouts["by_reason"].unsupported == ("mean",)
    assert layouts["all"].unsupported == ()


def test_expressions_go_through_the_engine(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    survey = make_survey()
    field = survey.fields[5]
    assert (field.path, field.type) == ("cost", FieldType.DECIMAL)
    summed = IndicatorDefinition(
        name="mean", kind=IndicatorKind.MEAN, numerator="/data/cost + sum(/data/member/years)", scale=1
    )
    indicators = [summed if i.name == "mean" else i for i in survey.indicators]
    contributor = Contributor(survey.model_copy(update={"indicators": indicators}))
    rows = {"member": ROWS["member"][:2]}
    cell = named(contributor, contributor(make_response(ANSWERS, rows)))["by_sex", "F"]
    assert cell["mean.wx"] == 473


given_answers = st.fixed_dictionaries(
    {},
    optional={
        "sex": st.sampled_from(["F", "M", "_N"]),
        "reason": st.lists(st.sampled_from(["work", "study"]), max_size=3) | st.just("_N"),
        "cost": st.sampled_from([5, 100, "12.345", "99.995", "_U"]),
        "pay": st.sampled_from([1, 4]),
        "borrowed": st.sampled_from(["yes", "no", "_N", "_U"]),
        "weight": st.sampled_from(["1.5", "0.25", 3]),
        "stratum": st.sampled_from(["N.1", "S"]),
        "psu": st.integers(1, 3),
    },
)
given_rows = st.lists(
    st.fixed_dictionaries({"member/kin": st.sampled_from(["F", "M"])}, optional={"member/years": st.integers(0, 90)}),
    max_size=3,
).map(lambda members: {"member": members} if members else {})


@settings(deadline=None)  # a survey is compiled for each response
@given(
    st.lists(st.tuples(given_answers, given_rows), min_size=1, max_size=10),
    st.sampled_from([(), (Role.WEIGHT,), (Role.WEIGHT, Role.STRATUM), (Role.WEIGHT, Role.STRATUM, Role.PSU)]),
)
def test_what_came_before_changes_nothing(
    make_survey: MakeSurvey,
    make_response: MakeResponse,
    given_: list[tuple[dict[str, Answer], dict[str, list[dict[str, Answer]]]]],
    roles: tuple[Role, ...],
) -> None:
    survey = make_survey(roles)
    used = Contributor(survey)
    for answers, rows in given_:
        response = make_response(answers, rows)
        assert used(response) == Contributor(survey)(response)


amounts = st.integers(-(10**30), 10**30)
contributions = st.builds(
    Contribution,
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y|z"]), st.tuples(amounts, amounts))).map(tuple),
    st.none() | st.just("s|p"),
    st.just({"a": [1]}),
)


@given(contributions)
def test_the_ledger_gives_back_exactly_what_was_applied(contribution: Contribution) -> None:
    assert Contribution.decode(contribution.encode()) == contribution


@given(contributions)
def test_taking_back_is_the_inverse(contribution: Contribution) -> None:
    for (table, cell, left), (other_table, other_cell, right) in zip(
        contribution.cells, (-contribution).cells, strict=True
    ):
        assert (table, cell) == (other_table, other_cell)
        assert set(map(add, left, right)) == {0}
    opposite = -contribution
    assert -opposite == contribution
