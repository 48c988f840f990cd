"""REL live tables: from what aggregate keeps to what a release is made of.

LT1 a margin is the table that has only its dimensions, to the last integer and error, for submissions and for rows of a
repeat, whatever was sampled. LT2 cells, moves, codes as they are. LT3 the two largest. LT4 tables of other people.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Answer, Response
from schemas.survey.definition import (
    TOTAL,
    FieldDefinition,
    FieldType,
    IndicatorKind,
    Privacy,
    PrivacyKind,
    Role,
    SurveyDefinition,
    TableDefinition,
)
from services.release.dimensions import dimension
from services.release.live_table import Amount, LiveTable
from services.release.live_tables import live_tables, plans, same_people
from services.release.margins import with_margins
from services.release.single_contributions import SingleContributions
from services.release.stored_inputs import StoredInputs
from tests.counted import Counted

MakeSurvey = Callable[..., SurveyDefinition]
MakeResponse = Callable[..., Response]

MEASURES = ["poor", "mean", "total", "share", "months"]
DESIGNS: list[list[Role]] = [
    [],
    [Role.WEIGHT],
    [Role.STRATUM],
    [Role.STRATUM, Role.WEIGHT],
    [Role.PSU],
    [Role.STRATUM, Role.PSU, Role.WEIGHT],
]
SMALL = {"threshold": 3}
TABLES = [
    TableDefinition(name="two", dimensions=["sex", "borrowed"], indicators=MEASURES, **SMALL),
    TableDefinition(name="one", dimensions=["sex"], indicators=MEASURES, **SMALL),
    TableDefinition(name="none", dimensions=[], indicators=MEASURES, **SMALL),
    TableDefinition(name="reasons", dimensions=["reason", "sex"], indicators=["mean"], **SMALL),
    TableDefinition(name="kin", dimensions=["sex", "member/kin"], indicators=["years"], unit="member", **SMALL),
    TableDefinition(name="members", dimensions=["sex"], indicators=["years"], unit="member", **SMALL),
    TableDefinition(name="all_members", dimensions=[], indicators=["years"], unit="member", **SMALL),
]

sexes = st.sampled_from(["F", "M", "_U"])
rows = st.lists(
    st.fixed_dictionaries({"member/kin": st.sampled_from(["F", "M"]), "member/years": st.integers(0, 90)}), max_size=4
)
answers = st.fixed_dictionaries(
    {
        "sex": sexes,
        "borrowed": st.sampled_from(["yes", "no", "_N"]),
        "reason": st.sampled_from([["work"], ["work", "study"], "_N"]),
        "cost": st.sampled_from(["0", "12.34", "99.99", "250", "-3.5"]),
        "pay": st.integers(1, 9),
        "weight": st.sampled_from(["1", "0.5", "2.25"]),
        "stratum": st.sampled_from(["N", "S"]),
        "psu": st.integers(1, 4),
    }
)
people = st.lists(st.tuples(answers, rows), min_size=1, max_size=40)


def tables_of(counted: Counted) -> dict[str, LiveTable]:
    planned = plans([counted.survey])
    single = SingleContributions((plan.layout, plan.several()) for plan in planned)
    for contribution in counted.contributions:
        single.add(contribution)
    return {table.name: table for table in live_tables(planned, counted.pages, counted.runs, single)}


@pytest.mark.parametrize("roles", DESIGNS, ids=lambda roles: "-".join(roles) or "simple")
def test_lt1_a_margin_is_the_table_without_the_dimension(
    roles: list[Role], make_survey: MakeSurvey, make_response: MakeResponse
) -> None:
    survey = make_survey(roles, TABLES)

    @settings(max_examples=25)
    @given(people)
    def holds(asked: list[tuple[dict[str, Answer], list[dict[str, Answer]]]]) -> None:
        counted = Counted(survey).count(make_response(given, {"member": members}) for given, members in asked)
        found = tables_of(counted)
        for wide, narrow in (("two", "one"), ("one", "none"), ("kin", "members"), ("members", "all_members")):
            fewer = len(found[narrow].dimensions)
            margins = {
                codes[:fewer]: cell
                for codes, cell in found[wide].cells.items()
                if all(code == TOTAL for code in codes[fewer:])
            }
            assert margins == found[narrow].cells, wide

    holds()


def test_lt1_no_margin_over_a_question_with_several_answers() -> None:
    assert with_margins(("work", "F"), (True, False)) == [("work", "F"), ("work", TOTAL)]
    assert with_margins((), ()) == [()]


def test_lt2_cells_hold_units_submissions_weights_and_moves(
    make_survey: MakeSurvey, make_response: MakeResponse
) -> None:
    given: dict[str, Answer] = {"sex": "F", "borrowed": "yes", "cost": "10.5", "pay": 2, "weight": "1.5"}
    members: list[dict[str, Answer]] = [{"member/kin": "M", "member/years": 5}, {"member/kin": "F", "member/years": 7}]
    counted = Counted(make_survey([Role.WEIGHT], TABLES))
    counted.count(make_response(given, {"member": members}) for _ in range(4))
    counted.take_back(counted.contributions[0])
    found = tables_of(counted)
    cell = found["two"].cells["F", "yes"]
    # Four came and one went: each move counts, and stays counted.
    assert (cell.units, cell.submissions, cell.moves, cell.weight) == (3, 3, 3 + 2, 3 * 1_500_000)
    assert cell.amounts["mean"] == Amount(3, 3 * 1_500_000 * 1050, 3 * 1_500_000, (1_500_000 * 1050,) * 2, 0.0)
    household = found["kin"].cells["F", TOTAL]
    assert (household.units, household.submissions, household.moves) == (6, 3, 5)
    mean = next(indicator for indicator in found["two"].indicators if indicator.name == "mean")
    amount = cell.amounts["mean"]
    assert amount.below is not None
    assert (amount.above / mean.factor) / (amount.below / mean.below_factor) == 10.5
    assert mean.amount and not next(one for one in found["two"].indicators if one.name == "share").amount


def test_lt2_who_is_gone_leaves_a_cell_that_still_counts_the_moves(
    make_survey: MakeSurvey, make_response: MakeResponse
) -> None:
    counted = Counted(make_survey((), TABLES)).count([make_response({"sex": "F", "borrowed": "no"})])
    counted.take_back(counted.contributions[0])
    cell = tables_of(counted)["two"].cells["F", "no"]
    assert (cell.units, cell.submissions, cell.moves) == (0, 0, 2)


def field(type_: FieldType, kind: PrivacyKind = PrivacyKind.KEEP, **more: Any) -> FieldDefinition:
    return FieldDefinition(path="at", type=type_, privacy=Privacy(kind=kind, argument=more.pop("argument", "")), **more)


def test_lt2_a_dimension_has_all_codes_of_its_list_and_the_missing_ones(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    found = dimension([survey], "sex", {"M"})
    assert found.codes == ("F", "M", "work", "study", "yes", "no", "_N", "_U")
    assert found.listed and not found.several
    assert dimension([survey], "reason", ()).several
    older = survey.model_copy(update={"choice_lists": {"codes": survey.choice_lists["codes"][:1]}})
    assert dimension([survey, older], "sex", ()).codes == ("F", "M", "work", "study", "yes", "no", "_N", "_U")
    bands = survey.model_copy(update={"fields": [field(FieldType.INT, PrivacyKind.BAND, argument="15,65")]})
    assert dimension([bands], "at", ()).codes == ("Y_LT15", "Y15T64", "Y_GE65", "_N", "_U")
    months = survey.model_copy(update={"fields": [field(FieldType.DATE, PrivacyKind.PERIOD, argument="month")]})
    found = dimension([months], "at", {"2026-05", "2026-04", "_U"})
    assert found.codes == ("2026-04", "2026-05", "_N", "_U") and not found.listed


def test_lt3_the_largest_are_of_submissions_not_of_rows(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    def household(*years: int) -> Response:
        members: list[dict[str, Answer]] = [{"member/kin": "F", "member/years": year} for year in years]
        return make_response({"sex": "F"}, {"member": members})

    counted = Counted(make_survey((), TABLES)).count([household(30, 31), household(40), household(50, 1)])
    found = tables_of(counted)["kin"]
    assert found.cells["F", "F"].amounts["years"].largest == (61, 51)
    assert found.cells[TOTAL, TOTAL].amounts["years"].largest == (61, 51)
    assert [one.kind for one in found.indicators] == [IndicatorKind.MEAN]


def test_lt4_a_table_that_came_later_is_withheld(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    first = make_survey((), TABLES[:1])
    second = make_survey((), [*TABLES[:2], TABLES[3]], version="2")
    before = Counted(first).count(make_response({"sex": "F", "borrowed": "yes"}) for _ in range(5))
    after = Counted(second).count(make_response({"sex": "F", "borrowed": "yes"}) for _ in range(7))
    planned = plans([first, second])
    assert [len(plan.versions) for plan in planned] == [2, 1, 1]
    single = SingleContributions((plan.layout, plan.several()) for plan in planned)
    pages = [*before.pages, *after.pages]
    found = live_tables(planned, pages, [], single)
    assert found[0].cells["F", "yes"].units == 12
    kept, withheld = same_people(planned, found)
    assert [table.name for table in kept] == ["two", "reasons"] and withheld == ["one"]
    # That nobody answered to the first version is not told by it.
    assert same_people(planned, live_tables(planned, after.pages, [], single))[1] == ["one"]
    assert same_people(planned[1:], live_tables(planned[1:], after.pages, [], single))[1] == []


def test_stored_inputs_are_read_back(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    from services.release.epoch import Moment
    from services.release.policy import Policy

    counted = Counted(make_survey(DESIGNS[-1], TABLES)).count(
        make_response({"sex": "F", "borrowed": "yes", "cost": "1.5", "weight": "3", "stratum": "N", "psu": place})
        for place in range(6)
    )
    stored = StoredInputs(tuple(tables_of(counted).values()), Policy(every_ms=5), Moment(1, 2, "a/0:3", True))
    assert StoredInputs.decode(stored.encode()) == stored
