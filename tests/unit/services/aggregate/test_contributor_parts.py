"""What a contributor makes beside the sums: text, places of a design, epoch, weights; and tables that are given."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from schemas.events import Answer, Response
from schemas.survey.definition import FieldDefinition, FieldType, Privacy, PrivacyKind, Role, SurveyDefinition
from schemas.tables.contribution import Contribution
from schemas.tables.layout import layouts
from services.aggregate.contributor import CARRIER, LARGEST_WEIGHT, Contributor

MakeSurvey = Callable[..., SurveyDefinition]
MakeResponse = Callable[..., Response]

ANSWERS: dict[str, Answer] = {"sex": "F", "cost": 3, "weight": "1.5", "stratum": "N", "psu": 3}


def test_it_comes_with_its_text(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    contributor = Contributor(make_survey([Role.STRATUM, Role.PSU]))
    whole = contributor(make_response(ANSWERS))
    assert whole.text is not None
    assert Contribution.decode(whole.text).cells == whole.cells
    # What is kept is what a contribution without its text would say.
    assert whole.text == Contribution(whole.cells, whole.design, whole.places).encode()
    bare = contributor.bare(make_response(ANSWERS))
    assert (bare, bare.text) == (whole, None)


def test_places_are_those_of_tables_with_a_design(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    contributor = Contributor(make_survey([Role.STRATUM, Role.PSU]))
    expected = {layout.id: layout.design_places for layout in layouts(make_survey([Role.STRATUM, Role.PSU]))}
    assert contributor.places == contributor(make_response(ANSWERS)).places == expected
    assert all(expected.values())
    simple = Contributor(make_survey())
    assert simple.places == simple(make_response(ANSWERS)).places == {}


def test_it_says_for_which_epoch_it_is(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    response = make_response(ANSWERS)
    assert Contributor(make_survey(), epoch=4)(response).epoch == 4
    assert Contributor(make_survey())(response).epoch == 0


def test_tables_that_are_given_stand_for_its_own(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    survey = make_survey()
    [by_sex] = [layout for layout in layouts(survey) if layout.name == "by_sex"]
    made = Contributor(survey, [replace(by_sex, id="t@2"), replace(by_sex, id="t@3")])
    own = Contributor(survey)(make_response(ANSWERS))
    [sums] = [sums for id_, _, sums in own.cells if id_ == by_sex.id]
    assert made(make_response(ANSWERS)).cells == (("t@2", "F", sums), ("t@3", "F", sums))
    assert [layout.id for layout in made.layouts] == ["t@2", "t@3"]
    assert Contributor(survey, [])(make_response(ANSWERS)).cells == ()


def test_a_table_that_only_carries_a_histogram_is_counted_nowhere(
    make_survey: MakeSurvey, make_response: MakeResponse
) -> None:
    survey = make_survey()
    own = {layout.name: layout for layout in layouts(survey)}
    made = Contributor(survey, [replace(own["all"], id=CARRIER), own["all:median"], own["by_sex"]])
    found = {id_ for id_, _, _ in made.cells(make_response(ANSWERS))}
    assert found == {own["all:median"].id, own["by_sex"].id}


def test_the_registry_counts_each_submission_once(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    contributor = Contributor(make_survey([Role.WEIGHT]))
    assert contributor.layouts[0].id == "_registry"
    for answers in (ANSWERS, {}):
        assert contributor(make_response(answers)).cells[0] == ("_registry", "_T", (1,))


@pytest.mark.parametrize(
    ("weight", "scaled"),
    [
        ("1.5", 1_500_000),
        (LARGEST_WEIGHT, LARGEST_WEIGHT * 10**6),
        (LARGEST_WEIGHT + 1, 0),
        ("0.000001", 1),
        (0, 0),
        (-1, 0),
        ("_U", 0),
        (None, 0),
    ],
)
def test_a_weight_is_how_many_people_somebody_stands_for(
    make_survey: MakeSurvey, make_response: MakeResponse, weight: Answer | None, scaled: int
) -> None:
    answers = {**ANSWERS} if weight is not None else {"sex": "F"}
    contributor = Contributor(make_survey([Role.WEIGHT]))
    [by_sex] = [layout for layout in contributor.layouts if layout.name == "by_sex"]
    given = answers if weight is None else {**answers, "weight": weight}
    [sums] = [sums for id_, _, sums in contributor.cells(make_response(given)) if id_ == by_sex.id]
    place = by_sex.place("w")
    assert place is not None and sums[place] == scaled


@pytest.mark.parametrize(
    ("roles", "design"),
    [
        ([], None),
        ([Role.WEIGHT], None),
        ([Role.STRATUM], "N|%"),
        ([Role.PSU], "%|3"),
        ([Role.STRATUM, Role.PSU], "N|3"),
    ],
)
def test_the_key_of_stratum_and_psu(make_survey: MakeSurvey, roles: list[Role], design: str | None) -> None:
    contributor = Contributor(make_survey(roles))
    assert contributor.design(ANSWERS) == design
    unknown = None if design is None else "|".join("%" if part == "%" else "_U" for part in design.split("|"))
    assert contributor.design({}) == contributor.design({"stratum": "", "psu": ""}) == unknown


def test_who_is_named_is_known_by_pseudonym(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    survey = make_survey()
    who = FieldDefinition(
        path="phone", type=FieldType.STRING, privacy=Privacy(kind=PrivacyKind.PSEUDONYM, argument="respondent")
    )
    member = who.model_copy(update={"path": "member/phone"})
    contributor = Contributor(survey.model_copy(update={"fields": [*survey.fields, who, member]}))
    assert contributor.subjects(make_response({**ANSWERS, "phone": "p1"})) == ("p1",)
    rows: dict[str, list[dict[str, Answer]]] = {"member": [{"member/phone": "p2"}, {}]}
    assert contributor.subjects(make_response({"phone": "p1"}, rows)) == ("p1", "p2")
    assert contributor.subjects(make_response(ANSWERS)) == ()
